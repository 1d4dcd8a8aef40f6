//! What is known about accounts and regions, and what has to be asked of AWS about them: plain values.
//!
//! An entry of the configuration may leave open whose the ambient credentials are, which accounts an
//! organisation has, and which regions an account uses. Each of these is a [`Question`]. An answer
//! holds until the next one: a question that AWS does not answer takes nothing away.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    CallFailure,
    plan::{self, Member, Plan},
};
use crate::domain::{
    AccountEntry, AccountId, Credentials, FailureKind, Members, Organization, Partition, Region,
    Regions, Role, RoleArn, Shard,
};

/// How often AWS is asked for accounts and regions that it told before.
const REFRESH: Duration = Duration::from_hours(1);

/// The first pause after a question that AWS did not answer; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Something that only AWS knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Which account the ambient credentials belong to.
    Identity,
    /// Which accounts the organisation of this entry has.
    Organization(usize),
    /// Which regions are enabled in the account of these credentials.
    Regions(Credentials),
}

/// What AWS told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The account of the ambient credentials.
    Identity(AccountId),
    /// The accounts of an organisation that are wanted.
    Accounts(BTreeSet<AccountId>),
    /// The regions that are enabled.
    Regions(Vec<Region>),
}

/// What is known, and what was asked.
#[derive(Debug)]
pub(super) struct Directory {
    entries: Vec<AccountEntry>,
    default_region: Option<Region>,
    shard: Shard,
    inquiries: BTreeMap<Question, Inquiry>,
}

/// How asking a question goes.
#[derive(Debug, Default)]
struct Inquiry {
    told: Option<Told>,
    answered: bool,
    failures: u32,
    /// The last failure, until AWS answers.
    failed: Option<(FailureKind, Option<String>)>,
}

/// What a question without an answer leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unanswered {
    /// When to ask again.
    pub(super) again: Asking,
    /// Whether an earlier answer goes on holding.
    pub(super) told_before: bool,
    /// Whether it did not fail like this the last time.
    pub(super) is_news: bool,
}

/// A question to ask now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asking {
    /// Which.
    pub(super) question: Question,
    /// After this pause.
    pub(super) pause: Duration,
    /// In this region: another one after each failure, since the outage of one must not be that of
    /// all.
    pub(super) region: Region,
}

impl Directory {
    /// Nothing is known yet. The default region is given where an entry needs it.
    pub(super) fn new(
        entries: Vec<AccountEntry>,
        default_region: Option<Region>,
        shard: Shard,
    ) -> Self {
        Self {
            entries,
            default_region,
            shard,
            inquiries: BTreeMap::new(),
        }
    }

    /// The entry of an organisation.
    pub(super) fn organization(&self, index: usize) -> Option<&Organization> {
        match &self.entries.get(index)?.members {
            Members::Organization(organization) => Some(organization),
            Members::One(_) => None,
        }
    }

    /// The questions that were never asked before. Each is given once; after that
    /// [`Self::answered`] and [`Self::unanswered`] tell when to ask again.
    pub(super) fn open_questions(&mut self) -> Vec<Asking> {
        let mut questions = BTreeSet::new();
        for (index, entry) in self.entries.iter().enumerate() {
            match &entry.members {
                Members::One(Credentials::Ambient) if needs_identity(entry) => {
                    questions.insert(Question::Identity);
                }
                Members::One(_) => {}
                Members::Organization(_) => {
                    questions.insert(Question::Organization(index));
                }
            }
            if entry.regions == Regions::All {
                let members = self.credentials(index, entry).into_iter();
                questions.extend(members.map(Question::Regions));
            }
        }
        // Roles that are no longer used are asked about no more.
        self.inquiries
            .retain(|question, _| questions.contains(question));
        let mut open = Vec::new();
        for question in questions {
            if !self.inquiries.contains_key(&question) {
                self.inquiries.insert(question.clone(), Inquiry::default());
                open.extend(self.asking(question, Duration::ZERO));
            }
        }
        open
    }

    /// AWS answered. Gives when to ask again.
    pub(super) fn answered(&mut self, question: &Question, told: Told) -> Option<Asking> {
        let inquiry = self.inquiries.get_mut(question)?;
        inquiry.told = Some(told);
        inquiry.answered = true;
        inquiry.failures = 0;
        inquiry.failed = None;
        // Credentials never change accounts.
        match question {
            Question::Identity => None,
            Question::Organization(_) | Question::Regions(_) => {
                self.asking(question.clone(), REFRESH)
            }
        }
    }

    /// AWS did not answer.
    pub(super) fn unanswered(
        &mut self,
        question: &Question,
        failure: &CallFailure,
    ) -> Option<Unanswered> {
        let inquiry = self.inquiries.get_mut(question)?;
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(inquiry.failures.min(16));
        inquiry.answered = true;
        inquiry.failures += 1;
        let told_before = inquiry.told.is_some();
        let longest = longest_pause(question, told_before);
        let asked = failure.retry_after.unwrap_or_default();
        let failed = Some((failure.kind, failure.code.clone()));
        let is_news = inquiry.failed != failed;
        inquiry.failed = failed;
        Some(Unanswered {
            again: self.asking(question.clone(), pause.max(asked).min(longest))?,
            told_before,
            is_news,
        })
    }

    /// Whether every question has had a first answer, good or bad.
    pub(super) fn is_settled(&self) -> bool {
        self.inquiries.values().all(|inquiry| inquiry.answered)
    }

    /// The account of the ambient credentials, once it is known.
    pub(super) fn own_account(&self) -> Option<AccountId> {
        match self.told(&Question::Identity) {
            Some(Told::Identity(account)) => Some(*account),
            _ => None,
        }
    }

    /// The scopes of this shard, as far as is known. Those without an account are every shard's.
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan::new();
        for (index, entry) in self.entries.iter().enumerate() {
            for credentials in self.credentials(index, entry) {
                let account = credentials.account().or_else(|| self.own_account());
                let member = Member {
                    account,
                    regions: self.regions(entry, &credentials),
                    credentials,
                };
                plan::add(&mut plan, entry, &member);
            }
        }
        plan.retain(|scope, _| scope.account.is_none() || self.shard.holds(scope));
        plan
    }

    fn told(&self, question: &Question) -> Option<&Told> {
        self.inquiries.get(question)?.told.as_ref()
    }

    /// Whose credentials an entry means, as far as is known.
    fn credentials(&self, index: usize, entry: &AccountEntry) -> Vec<Credentials> {
        let organization = match &entry.members {
            Members::One(credentials) => return vec![credentials.clone()],
            Members::Organization(organization) => organization,
        };
        let Some(Told::Accounts(accounts)) = self.told(&Question::Organization(index)) else {
            return Vec::new();
        };
        let partition = self.partition(entry);
        let role = |account: &AccountId| {
            let name = organization.role_name.clone();
            Credentials::Role(Arc::new(Role {
                arn: RoleArn::new(partition.name, *account, name),
                external_id: organization.external_id.clone(),
                session_name: Arc::clone(&organization.session_name),
                assumed_with: organization.credentials.clone(),
            }))
        };
        accounts.iter().map(role).collect()
    }

    /// Where an entry looks for functions with these credentials.
    fn regions(&self, entry: &AccountEntry, credentials: &Credentials) -> Vec<Region> {
        match &entry.regions {
            Regions::Named(regions) => regions.clone(),
            Regions::Default => self.default_region.iter().cloned().collect(),
            Regions::All => {
                let question = Question::Regions(credentials.clone());
                let inquiry = self.inquiries.get(&question);
                match inquiry.map(|inquiry| (&inquiry.told, inquiry.answered)) {
                    Some((Some(Told::Regions(regions)), _)) => regions.clone(),
                    Some((_, true)) => self.partition(entry).default_regions(),
                    // The first answer is on its way. Where even the account is not known, it shows
                    // in one region that it is not.
                    _ if self.own_account().is_none() && credentials.account().is_none() => {
                        vec![self.home(self.partition(entry))]
                    }
                    _ => Vec::new(),
                }
            }
        }
    }

    fn asking(&self, question: Question, pause: Duration) -> Option<Asking> {
        let failures = self.inquiries.get(&question)?.failures as usize;
        let regions = self.regions_to_ask_in(&question);
        let region = regions.get(failures % regions.len().max(1))?.clone();
        Some(Asking {
            question,
            pause,
            region,
        })
    }

    /// The regions that a question can be asked in; at least one.
    fn regions_to_ask_in(&self, question: &Question) -> Vec<Region> {
        let mut regions: Vec<Region> = match question {
            Question::Identity => {
                let ambient = Members::One(Credentials::Ambient);
                let entries = self.entries.iter();
                let entries = entries.filter(|entry| entry.members == ambient);
                entries
                    .flat_map(|entry| self.regions_of_entry(entry))
                    .collect()
            }
            Question::Organization(index) => {
                let entry = self.entries.get(*index);
                entry.map_or_else(Vec::new, |entry| self.regions_of_entry(entry))
            }
            Question::Regions(Credentials::Role(role)) => {
                vec![self.home(Partition::named(role.arn.partition()))]
            }
            Question::Regions(Credentials::Ambient) => {
                let default = self.default_region.clone();
                vec![default.unwrap_or_else(|| Partition::named("aws").home())]
            }
        };
        let mut seen = BTreeSet::new();
        regions.retain(|region| seen.insert(region.clone()));
        regions
    }

    fn regions_of_entry(&self, entry: &AccountEntry) -> Vec<Region> {
        match &entry.regions {
            Regions::Named(regions) => regions.clone(),
            Regions::Default | Regions::All => vec![self.home(self.partition(entry))],
        }
    }

    /// Where a partition's global services are asked.
    fn home(&self, partition: &Partition) -> Region {
        let default = self.default_region.as_ref();
        let default = default.filter(|region| Partition::of(region) == partition);
        default.cloned().unwrap_or_else(|| partition.home())
    }

    /// The partition of an entry: that of its role, or else of its regions.
    fn partition(&self, entry: &AccountEntry) -> &'static Partition {
        let credentials = match &entry.members {
            Members::One(credentials) => credentials,
            Members::Organization(organization) => &organization.credentials,
        };
        if let Credentials::Role(role) = credentials {
            return Partition::named(role.arn.partition());
        }
        let region = match &entry.regions {
            Regions::Named(regions) => regions.first(),
            Regions::Default | Regions::All => self.default_region.as_ref(),
        };
        region.map_or_else(|| Partition::named("aws"), Partition::of)
    }
}

/// Whether anything of an entry with the ambient credentials is named without an account.
fn needs_identity(entry: &AccountEntry) -> bool {
    entry.discovery.is_some()
        || entry
            .functions
            .iter()
            .any(|function| function.account().is_none())
}

/// Whose the credentials are, and which accounts there are, decides whether anything is read at all.
/// Regions have a fallback, and there are as many questions about them as accounts.
fn longest_pause(question: &Question, told_before: bool) -> Duration {
    match question {
        Question::Identity => Duration::from_mins(1),
        Question::Organization(_) => Duration::from_mins(5),
        Question::Regions(_) if told_before => REFRESH,
        Question::Regions(_) => Duration::from_mins(10),
    }
}
