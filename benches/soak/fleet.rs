//! What people do with their functions in a week: nothing has the same name twice, so that whatever
//! is kept for a name would add up.

use std::collections::VecDeque;

use exporter_harness::Aws;
use lambda_simulator::{EventInvokeConfig, Region};

use crate::{
    ACCOUNTS, FUNCTIONS, HOUR, REGIONS, SCOPES,
    support::aws::{account, put_function, queue},
};

/// How many functions are deleted in each sweep of an even hour, and created in each of an odd one.
const REPLACED: usize = 2;
/// How many sweeps an alias stays.
const ALIAS_LIFE: usize = 6;

/// All functions of all scopes.
pub(crate) struct Fleet {
    regions: Vec<Region>,
    /// A function's name, as long as there is one.
    places: Vec<Option<String>>,
    created: usize,
    deleted: usize,
    aliases: VecDeque<Alias>,
}

struct Alias {
    place: usize,
    function: String,
    name: String,
}

impl Fleet {
    /// Puts a function into every place.
    pub(crate) fn start(aws: &Aws) -> Self {
        let scopes = (0..ACCOUNTS).flat_map(|number| REGIONS.map(|region| (number, region)));
        let regions = scopes.map(|(number, region)| aws.region(&account(number), region));
        let mut fleet = Self {
            regions: regions.collect(),
            places: vec![None; SCOPES * FUNCTIONS],
            created: 0,
            deleted: 0,
            aliases: VecDeque::new(),
        };
        for region in &fleet.regions {
            region.set_quota(None);
        }
        for _ in 0..fleet.places.len() {
            fleet.create();
        }
        fleet
    }

    /// How many functions there are.
    pub(crate) fn functions(&self) -> usize {
        self.created - self.deleted
    }

    /// How many were created after the start.
    pub(crate) fn created(&self) -> usize {
        self.created - self.places.len()
    }

    /// What happens in one sweep; the first one is 1.
    pub(crate) fn live_on(&mut self, sweep: usize) {
        for _ in 0..REPLACED {
            if ((sweep - 1) / HOUR).is_multiple_of(2) {
                self.delete();
            } else if self.functions() < self.places.len() {
                self.create();
            }
        }
        self.change_config(sweep);
        self.create_alias(sweep);
        if self.aliases.len() > ALIAS_LIFE {
            self.delete_alias();
        }
    }

    fn region(&self, place: usize) -> &Region {
        &self.regions[place % SCOPES]
    }

    fn create(&mut self) {
        let place = self.created % self.places.len();
        self.places[place] = Some(put_function(self.region(place), self.created));
        self.created += 1;
    }

    fn delete(&mut self) {
        let place = self.deleted % self.places.len();
        let name = self.places[place].take().unwrap();
        self.region(place).remove_function(&name);
        self.deleted += 1;
    }

    /// Another config, with a destination that never was before; every fourth time none any more.
    fn change_config(&self, sweep: usize) {
        let place = sweep * 7 % self.places.len();
        let Some(name) = &self.places[place] else {
            return;
        };
        let region = self.region(place);
        if sweep.is_multiple_of(4) {
            region.remove_event_invoke_config(name, "$LATEST");
        } else {
            region.put_event_invoke_config(name, "$LATEST", config(region, sweep));
        }
    }

    /// An alias with a config of its own.
    fn create_alias(&mut self, sweep: usize) {
        let place = sweep * 11 % self.places.len();
        let Some(function) = self.places[place].clone() else {
            return;
        };
        let name = format!("release-{sweep}");
        let region = self.region(place);
        region.put_alias(&function, &name, "1");
        region.put_event_invoke_config(&function, &name, config(region, sweep));
        self.aliases.push_back(Alias {
            place,
            function,
            name,
        });
    }

    fn delete_alias(&mut self) {
        let alias = self.aliases.pop_front().unwrap();
        let is_there = self.places[alias.place].as_ref() == Some(&alias.function);
        if is_there {
            let region = self.region(alias.place);
            region.remove_alias(&alias.function, &alias.name);
            region.remove_event_invoke_config(&alias.function, &alias.name);
        }
    }
}

fn config(region: &Region, sweep: usize) -> EventInvokeConfig {
    let number = i32::try_from(sweep).unwrap();
    EventInvokeConfig::new()
        .retries(number % 3)
        .event_age(60 + number)
        .on_failure(queue(region, &format!("failed-{sweep}")).as_str())
}
