//! The section `accounts` at random: functions that are named and functions that are found.

use lambda_async_exporter::domain::{AccountEntry, Credentials, Members, Regions, Role, ScopeId};

use super::{NAMES, Scenario, TEAMS};
use crate::{
    aws::ACCOUNT,
    polling::REGION,
    random::{
        rng::Rng,
        wants::{Filter, Named, Wants},
    },
};

const OTHER_ACCOUNT: &str = "000000000002";
const REGIONS: [&str; 2] = [REGION, "eu-west-1"];

impl Scenario {
    pub(super) fn add_entries(&mut self, rng: &mut Rng) {
        // Two ways into one account, of which one is known to be that only later.
        let ways = [None, Some(ACCOUNT)];
        for way in &ways[..if self.faults.identity { 2 } else { 0 }] {
            self.add_entry(rng, *way);
        }
        for _ in 0..rng.between(1, 2) {
            let account = rng.pick(&[None, None, Some(ACCOUNT), Some(OTHER_ACCOUNT)]);
            self.add_entry(rng, account);
        }
    }

    fn add_entry(&mut self, rng: &mut Rng, account: Option<&str>) {
        let regions = match rng.below(3) {
            0 => REGIONS.to_vec(),
            1 => vec![REGIONS[1]],
            _ => vec![REGION],
        };
        let kind = rng.below(5);
        let filter = (kind > 0).then(|| filter(rng));
        let mut functions = Vec::new();
        if kind < 3 {
            for _ in 0..rng.between(1, 6) {
                functions.push(self.add_function(rng, account, &regions));
            }
        }
        if let Some(filter) = &filter {
            for region in &regions {
                let wants = self.wants_in(account, region);
                wants.filters.push((filter.clone(), account.is_none()));
            }
        }
        let discovery = filter.as_ref().map(Filter::discovery);
        let regions = regions.iter().map(|region| region.parse().unwrap());
        self.accounts.push(AccountEntry {
            name: None,
            members: Members::One(account.map_or(Credentials::Ambient, role)),
            regions: Regions::Named(regions.collect()),
            functions: functions.iter().map(|text| text.parse().unwrap()).collect(),
            discovery,
        });
    }

    /// Names a function in one of the forms that there are; gives the reference.
    fn add_function(&mut self, rng: &mut Rng, account: Option<&str>, regions: &[&str]) -> String {
        let name = rng.pick(&NAMES);
        let qualifier = rng.pick(&["", "*", "BLUE", "BLUE", "GREEN", "1", "$LATEST"]);
        let own = account.unwrap_or(ACCOUNT);
        let form = rng.below(3);
        let region = rng.pick(&REGIONS);
        let regions = if form == 2 { &[region] } else { regions };
        for region in regions {
            let named = self.wants_in(account, region).named.entry(name.to_owned());
            let named: &mut Named = named.or_default();
            match qualifier {
                "*" => named.every = true,
                "" => drop(named.qualifiers.insert("$LATEST".to_owned())),
                other => drop(named.qualifiers.insert(other.to_owned())),
            }
            named.needs_identity |= account.is_none() && form == 0;
        }
        let suffix = if qualifier.is_empty() { "" } else { ":" };
        let prefix = match form {
            0 => String::new(),
            1 => format!("{own}:function:"),
            _ => format!("arn:aws:lambda:{region}:{own}:function:"),
        };
        format!("{prefix}{name}{suffix}{qualifier}")
    }

    fn wants_in(&mut self, account: Option<&str>, region: &str) -> &mut Wants {
        let account = account.unwrap_or(ACCOUNT);
        let scope = ScopeId {
            account: Some(account.parse().unwrap()),
            region: region.parse().unwrap(),
        };
        self.wants.entry(scope).or_default()
    }
}

fn filter(rng: &mut Rng) -> Filter {
    Filter {
        prefix: rng.pick(&[None, None, Some("prod-"), Some("dev-")]),
        not_suffix: rng.pick(&[None, None, Some("-canary")]),
        teams: rng.pick(&[
            None,
            None,
            Some(vec![TEAMS[0]]),
            Some(vec![TEAMS[0], TEAMS[1]]),
            Some(Vec::new()),
        ]),
        aliases: rng.chance(50),
    }
}

fn role(account: &str) -> Credentials {
    let arn = format!("arn:aws:iam::{account}:role/reader");
    Credentials::Role(
        Role {
            arn: arn.parse().unwrap(),
            external_id: None,
            session_name: "test".into(),
            assumed_with: Credentials::Ambient,
        }
        .into(),
    )
}
