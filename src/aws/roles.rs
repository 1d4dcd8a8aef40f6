//! The credentials of assumed roles.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aws_sdk_sts::{
    config::{Builder, Credentials},
    operation::assume_role::AssumeRoleOutput,
    primitives::DateTime,
};

use super::{
    caller::Caller,
    clients::Clients,
    credentials::{FetchError, Fetching, Issued, Source},
    keys,
    translate::malformed,
};
use crate::{
    domain::{CallError, CallFailure, Operation, Region, Role, ScopeId},
    sync::locked,
};

/// How long the credentials of a role last where nothing else is asked for, and the most that AWS
/// gives to a role that is assumed with another one (API reference, `AssumeRole`).
const LIFE: Duration = Duration::from_hours(1);

/// `AssumeRole`; IAM action `sts:AssumeRole`.
#[derive(Debug)]
pub(super) struct RoleSource {
    role: Arc<Role>,
    /// Who assumes it.
    base: Caller,
    sts_regions: Mutex<StsRegions>,
    clients: Arc<Clients>,
}

/// Where STS can be asked: the regions in which the role is wanted. What is wanted in one region
/// alone needs no other one, and an outage of one is not that of all.
#[derive(Debug)]
struct StsRegions {
    regions: Vec<Region>,
    current: usize,
}

impl RoleSource {
    pub(super) fn new(
        role: Arc<Role>,
        base: Caller,
        region: &Region,
        clients: Arc<Clients>,
    ) -> Self {
        Self {
            role,
            base,
            sts_regions: Mutex::new(StsRegions::new(region.clone())),
            clients,
        }
    }

    async fn credentials(&self) -> Result<Credentials, FetchError> {
        let (answer, replaced) = self.attempt().await?;
        // The credentials that it was asked with were refused, and there may be others now.
        let answer = if replaced {
            self.attempt().await?.0
        } else {
            answer
        };
        answer.map_err(FetchError::Refused)
    }

    /// One attempt, and whether it had the credentials replaced that it was made with.
    async fn attempt(&self) -> Result<(Result<Credentials, CallFailure>, bool), FetchError> {
        let base = self.base.ready().await.map_err(FetchError::NoBase)?;
        let region = locked(&self.sts_regions).current();
        let (answer, replaced) = self.assume(&base, &region).await;
        if let Err(failure) = &answer
            && !replaced
            && !failure.is_missing_permission()
        {
            locked(&self.sts_regions).leave(&region);
        }
        Ok((answer, replaced))
    }

    async fn assume(
        &self,
        base: &Issued,
        region: &Region,
    ) -> (Result<Credentials, CallFailure>, bool) {
        let clients = self.clients.of(region);
        let send = |credentials| {
            clients
                .sts
                .assume_role()
                .role_arn(self.role.arn.to_string())
                .role_session_name(&*self.role.session_name)
                .set_external_id(self.role.external_id.as_deref().map(str::to_owned))
                .customize()
                .config_override(Builder::new().credentials_provider(credentials))
                .send()
        };
        let operation = Operation::AssumeRole;
        let read = |output: &AssumeRoleOutput| read(output, SystemTime::now());
        let scope = |_: &_| ScopeId {
            account: Some(self.role.arn.account()),
            region: region.clone(),
        };
        let attempt = self.base.attempt(base, operation, send, read, scope);
        let (answer, replaced) = clients.assuming.call(attempt).await;
        (
            answer.map_err(|error| error.into_failure(operation)),
            replaced,
        )
    }
}

impl Source for RoleSource {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.credentials())
    }

    fn wanted_in(&self, region: &Region) {
        locked(&self.sts_regions).add(region);
        self.base.wanted_in(region);
    }
}

impl StsRegions {
    fn new(region: Region) -> Self {
        Self {
            regions: vec![region],
            current: 0,
        }
    }

    fn add(&mut self, region: &Region) {
        if !self.regions.contains(region) {
            self.regions.push(region.clone());
        }
    }

    fn current(&self) -> Region {
        self.regions[self.current].clone()
    }

    /// The next attempt is made elsewhere, if there is another place.
    fn leave(&mut self, region: &Region) {
        if self.regions[self.current] == *region {
            self.current = (self.current + 1) % self.regions.len();
        }
    }
}

/// The credentials in the answer.
fn read(output: &AssumeRoleOutput, now: SystemTime) -> Result<Credentials, CallError> {
    let operation = Operation::AssumeRole;
    let credentials = output
        .credentials()
        .ok_or_else(|| malformed(operation, "it has no credentials"))?;
    if credentials.access_key_id().is_empty() || credentials.secret_access_key().is_empty() {
        return Err(malformed(operation, "its credentials are empty"));
    }
    let credentials = Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        Some(end(*credentials.expiration(), now)),
        "AssumeRole",
    );
    match keys::flaw(&credentials) {
        Some(flaw) => Err(malformed(operation, &flaw)),
        None => Ok(credentials),
    }
}

/// When the credentials end, by this machine's clock, which may be wrong: never later than in an
/// hour, and never in the past.
fn end(told: DateTime, now: SystemTime) -> SystemTime {
    let latest = now + LIFE;
    SystemTime::try_from(told)
        .ok()
        .filter(|&end| now < end && end < latest)
        .unwrap_or(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_attempt_is_made_elsewhere() {
        let [a, b]: [Region; 2] = ["eu-west-1", "us-east-1"].map(|region| region.parse().unwrap());
        let mut sts_regions = StsRegions::new(a.clone());
        sts_regions.leave(&a);
        assert_eq!(sts_regions.current(), a);
        sts_regions.add(&b);
        sts_regions.add(&a);
        sts_regions.leave(&a);
        assert_eq!(sts_regions.current(), b);
        // A late failure of the place that was left already.
        sts_regions.leave(&a);
        assert_eq!(sts_regions.current(), b);
        sts_regions.leave(&b);
        assert_eq!(sts_regions.current(), a);
    }

    #[test]
    fn a_wrong_clock_neither_prolongs_nor_ends_credentials() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1000);
        let at = |end: SystemTime| DateTime::from(end);
        let half = now + LIFE / 2;
        assert_eq!(end(at(half), now), half);
        assert_eq!(end(at(now + LIFE * 3), now), now + LIFE);
        assert_eq!(end(at(now - LIFE), now), now + LIFE);
    }

    #[test]
    fn an_answer_without_credentials_is_not_believed() {
        let empty = AssumeRoleOutput::builder().build();
        assert!(read(&empty, SystemTime::now()).is_err());
    }

    #[test]
    fn an_answer_with_an_odd_key_is_not_believed() {
        let now = SystemTime::now();
        for (id, good) in [("ASIAEXAMPLE", true), ("ASIAEXAMPLE\n", false)] {
            let credentials = aws_sdk_sts::types::Credentials::builder()
                .access_key_id(id)
                .secret_access_key("secret")
                .session_token("token")
                .expiration(DateTime::from(now))
                .build()
                .unwrap();
            let answer = AssumeRoleOutput::builder().credentials(credentials).build();
            assert_eq!(read(&answer, now).is_ok(), good, "{id:?}");
        }
    }
}
