//! Temporary credentials: who holds them, and until when.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use crate::identifier;
use crate::role::Role;

/// The roles that were put and the sessions that were given out.
#[derive(Default)]
pub(crate) struct Sessions {
    roles: HashMap<String, Role>,
    open: HashMap<String, Session>,
    /// Access keys that AWS does not know any more, of sessions and others.
    revoked: HashSet<String>,
    /// How often each role was assumed, by its ARN.
    assumed: HashMap<String, u64>,
    /// `None`: as long as `AssumeRole` asks for.
    pub(crate) duration: Option<Duration>,
}

struct Session {
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    arn: String,
    ends: SystemTime,
}

impl Sessions {
    pub(crate) fn put_role(&mut self, role: Role) {
        self.roles.insert(role.arn.clone(), role);
    }

    pub(crate) fn may_assume(&self, role_arn: &str, external_id: Option<&str>) -> bool {
        self.roles.get(role_arn).is_none_or(|role| {
            let known = role.external_id.is_none() || role.external_id.as_deref() == external_id;
            !role.denied && known
        })
    }

    /// Opens a session of a role and returns its access key id, which ends in the account as every key of the simulator
    /// does.
    pub(crate) fn open(
        &mut self,
        role_arn: &str,
        account: &str,
        arn: String,
        ends: SystemTime,
    ) -> String {
        *self.assumed.entry(role_arn.to_owned()).or_default() += 1;
        let access_key_id = format!("ASIA{:04}{account}", identifier::number());
        self.open
            .insert(access_key_id.clone(), Session { arn, ends });
        access_key_id
    }

    /// Ends every session that was given out so far.
    pub(crate) fn expire(&mut self) {
        self.open
            .values_mut()
            .for_each(|session| session.ends = SystemTime::UNIX_EPOCH);
    }

    /// Revokes every session that was given out so far.
    pub(crate) fn revoke_all(&mut self) {
        self.revoked.extend(self.open.keys().cloned());
    }

    pub(crate) fn revoke(&mut self, access_key_id: &str) {
        self.revoked.insert(access_key_id.to_owned());
    }

    pub(crate) fn unrevoke(&mut self, access_key_id: &str) {
        self.revoked.remove(access_key_id);
    }

    pub(crate) fn is_revoked(&self, access_key_id: &str) -> bool {
        self.revoked.contains(access_key_id)
    }

    pub(crate) fn assumed(&self, role_arn: &str) -> u64 {
        self.assumed.get(role_arn).copied().unwrap_or_default()
    }

    pub(crate) fn reset_counters(&mut self) {
        self.assumed.clear();
    }

    pub(crate) fn is_expired(&self, access_key_id: &str) -> bool {
        self.open
            .get(access_key_id)
            .is_some_and(|session| session.ends <= SystemTime::now())
    }

    /// The ARN under which AWS knows the holder of a key; a key that is no session's belongs to the user `sim`.
    pub(crate) fn arn(&self, access_key_id: &str, account: &str) -> String {
        match self.open.get(access_key_id) {
            Some(session) => session.arn.clone(),
            None => format!("arn:aws:iam::{account}:user/sim"),
        }
    }
}
