//! The SDK's clients: one set for each region, shared by all accounts.
//!
//! A client of its own for each account and region would cost 17 kB each. Shared ones hold no
//! credentials; each call brings its own, for 4 µs. They also share what the SDK learns of this
//! machine's clock: it corrects the time in signatures after the first answer in a region.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use aws_config::SdkConfig;

use super::places::Places;
use crate::{domain::Region, sync::locked};

/// The clients of one region.
#[derive(Debug)]
pub(super) struct RegionClients {
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) account: aws_sdk_account::Client,
    pub(super) organizations: aws_sdk_organizations::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) sns: aws_sdk_sns::Client,
    pub(super) events: aws_sdk_eventbridge::Client,
    pub(super) s3: aws_sdk_s3::Client,
    /// For calls of `AssumeRole`: hundreds of accounts start together, and all of them ask STS first. By region, so
    /// that STS hanging in one delays nobody who asks in another.
    pub(super) assuming: Places,
}

/// The clients of all regions that were asked for.
pub(super) struct Clients {
    config: SdkConfig,
    by_region: Mutex<BTreeMap<Region, Arc<RegionClients>>>,
}

/// What the SDK shows of its configuration has the whole environment in it, passwords of proxies among it.
impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    /// `config` without credentials.
    pub(super) fn new(config: SdkConfig) -> Self {
        Self {
            config,
            by_region: Mutex::default(),
        }
    }

    pub(super) fn of(&self, region: &Region) -> Arc<RegionClients> {
        let mut by_region = locked(&self.by_region);
        if let Some(clients) = by_region.get(region) {
            return Arc::clone(clients);
        }
        let clients = Arc::new(self.build(region));
        by_region.insert(region.clone(), Arc::clone(&clients));
        clients
    }

    fn build(&self, region: &Region) -> RegionClients {
        let config = self
            .config
            .to_builder()
            .region(aws_config::Region::new(region.to_string()))
            .build();
        RegionClients {
            lambda: aws_sdk_lambda::Client::new(&config),
            tagging: tagging(&config),
            sts: aws_sdk_sts::Client::new(&config),
            account: aws_sdk_account::Client::new(&config),
            organizations: aws_sdk_organizations::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            s3: s3(&config),
            assuming: Places::default(),
        }
    }
}

/// The tagging API has no FIPS endpoints (AWS General Reference, "Resource Groups and Tag Editor endpoints"): its usual
/// ones are asked where all others are FIPS.
fn tagging(config: &SdkConfig) -> aws_sdk_resourcegroupstagging::Client {
    use aws_sdk_resourcegroupstagging::{Client, config::Builder};
    Client::from_conf(Builder::from(config).use_fips(false).build())
}

/// A bucket is a part of the host's name on AWS; who stands in for AWS at an endpoint of its own rarely has such names.
fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    use aws_sdk_s3::{Client, config::Builder};
    let stands_in = config.endpoint_url().is_some();
    Client::from_conf(Builder::from(config).force_path_style(stands_in).build())
}
