//! AWS's partitions: groups of regions with accounts of their own.

use super::Region;

/// A partition.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name, as it stands in ARNs.
    pub name: &'static str,
    /// What its services' host names end with (botocore's `endpoints.json` and `partitions.json`).
    pub dns_suffix: &'static str,
    /// What its regions' codes begin with.
    prefix: &'static str,
    /// Where its global services are.
    home: &'static str,
    /// The regions that are enabled in every account (AWS Account Management reference guide, "Enable
    /// or disable AWS Regions in your account").
    default_regions: &'static [&'static str],
}

/// The commercial one, whose regions have no prefix in common.
const COMMERCIAL: Partition = Partition {
    name: "aws",
    dns_suffix: "amazonaws.com",
    prefix: "",
    home: "us-east-1",
    default_regions: &[
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ],
};

/// All others.
const OTHERS: [Partition; 7] = [
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        prefix: "cn-",
        home: "cn-northwest-1",
        default_regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        prefix: "us-gov-",
        home: "us-gov-west-1",
        default_regions: &["us-gov-east-1", "us-gov-west-1"],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        prefix: "eusc-",
        home: "eusc-de-east-1",
        default_regions: &["eusc-de-east-1"],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        prefix: "us-iso-",
        home: "us-iso-east-1",
        default_regions: &["us-iso-east-1"],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        prefix: "us-isob-",
        home: "us-isob-east-1",
        default_regions: &["us-isob-east-1"],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        prefix: "eu-isoe-",
        home: "eu-isoe-west-1",
        default_regions: &["eu-isoe-west-1"],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        prefix: "us-isof-",
        home: "us-isof-south-1",
        default_regions: &["us-isof-south-1"],
    },
];

impl Partition {
    /// The partition of this name; one that is not known here counts as commercial.
    #[must_use]
    pub fn named(name: &str) -> &'static Self {
        let found = OTHERS.iter().find(|partition| partition.name == name);
        found.unwrap_or(&COMMERCIAL)
    }

    /// Whether a partition of this name is known here.
    #[must_use]
    pub fn is_known(name: &str) -> bool {
        Self::named(name).name == name
    }

    /// The partition that a region lies in.
    #[must_use]
    pub fn of(region: &Region) -> &'static Self {
        let found = OTHERS
            .iter()
            .find(|partition| region.as_str().starts_with(partition.prefix));
        found.unwrap_or(&COMMERCIAL)
    }

    /// Where its global services are.
    ///
    /// # Panics
    /// Never: the tests parse every constant.
    #[must_use]
    pub fn home(&self) -> Region {
        region(self.home)
    }

    /// The regions that are enabled in every account, in order.
    ///
    /// # Panics
    /// Never, as [`Self::home`].
    #[must_use]
    pub fn default_regions(&self) -> Vec<Region> {
        self.default_regions.iter().copied().map(region).collect()
    }
}

fn region(code: &str) -> Region {
    code.parse().expect("a constant that the tests parse")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_lies_in_its_partition() {
        for partition in OTHERS.iter().chain([&COMMERCIAL]) {
            assert_eq!(Partition::named(partition.name), partition);
            assert!(partition.default_regions().contains(&partition.home()));
            for region in partition.default_regions() {
                assert_eq!(Partition::of(&region), partition, "{region}");
            }
        }
        assert_eq!(Partition::named("aws-new"), &COMMERCIAL);
        assert!(Partition::is_known("aws") && !Partition::is_known("aws-new"));
    }

    #[test]
    fn isolated_and_sovereign_regions_are_not_commercial() {
        for (region, partition) in [
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("us-isof-east-1", "aws-iso-f"),
            ("us-isob-west-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            let found = Partition::of(&region.parse().unwrap());
            assert_eq!(found.name, partition, "{region}");
        }
    }
}
