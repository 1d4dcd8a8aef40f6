//! What is asked of AWS about accounts and regions, what it replies, and what follows: plain values.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::lookup::Failed;
use crate::domain::{AccountId, CallFailure, Credentials, Operation, Organization, Region};

/// Accounts, and what people call them.
pub(super) type AccountNames = BTreeMap<AccountId, Arc<str>>;

/// Something that only AWS knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    /// Which account the ambient credentials belong to.
    Identity,
    /// Which accounts of an organisation are wanted.
    Accounts(Arc<Organization>),
    /// Which regions are enabled in the account of these credentials.
    Regions(Credentials),
}

/// A query to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingQuery {
    /// What to ask.
    pub(super) query: Query,
    /// After this pause.
    pub(super) pause: Duration,
    /// In this region: another one after each failure, since the outage of one must not be that of
    /// all.
    pub(super) region: Region,
}

/// What AWS replied to a query, in the query's own type.
#[derive(Debug)]
pub(super) enum Reply {
    /// To [`Query::Identity`].
    Identity(Result<AccountId, CallFailure>),
    /// To [`Query::Accounts`].
    Accounts(Arc<Organization>, Result<AccountNames, CallFailure>),
    /// To [`Query::Regions`].
    Regions(Credentials, Result<Vec<Region>, CallFailure>),
}

impl Reply {
    /// The reply to a query that could not be asked.
    pub(super) fn failed(query: Query, why: &str) -> Self {
        match query {
            Query::Identity => {
                Self::Identity(Err(CallFailure::error(Operation::GetCallerIdentity, why)))
            }
            Query::Accounts(organization) => {
                let failure = CallFailure::error(Operation::ListAccounts, why);
                Self::Accounts(organization, Err(failure))
            }
            Query::Regions(credentials) => {
                let failure = CallFailure::error(Operation::ListRegions, why);
                Self::Regions(credentials, Err(failure))
            }
        }
    }
}

/// What follows from a reply.
#[derive(Debug)]
pub(super) struct Applied {
    /// When to ask again; never, where the answer cannot change or is no longer wanted.
    pub(super) again: Option<PendingQuery>,
    /// How it failed, if it did.
    pub(super) failure: Option<(Query, Problem, Failed)>,
}

/// Why a reply is of no use.
#[derive(Debug)]
pub(super) enum Problem {
    /// The call failed.
    Failed(CallFailure),
    /// The organisation was listed, and no account is left. That is no answer: it would take all accounts away, and
    /// a filter or a permission is as likely to be wrong.
    NoAccount,
}

impl Problem {
    /// The failure, if it is one.
    pub(super) fn failure(&self) -> Option<&CallFailure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::NoAccount => None,
        }
    }
}
