//! An account and a region: what shares one quota, one limiter and one poller; and which of several exporters
//! reads it.
//!
//! A scope lies wholly on one shard, since its quota must not be shared. The split is the same on every machine
//! and in every version: it depends on nothing but the account, the region and the number of shards. One more
//! shard takes its share from each of the others and moves nothing else (J. Lamping, E. Veach, "A Fast, Minimal
//! Memory, Consistent Hash Algorithm", 2014).

use std::fmt;

use super::{AccountId, Region};

/// One account in one region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId {
    /// The account; `None` while its credentials have not told which one it is.
    pub account: Option<AccountId>,
    /// The region.
    pub region: Region,
}

impl ScopeId {
    /// The value of the label `account_id`: empty while the account is not known.
    #[must_use]
    pub fn account_label(&self) -> &str {
        self.account.as_ref().map_or("", AccountId::as_str)
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "{account}/{}", self.region),
            None => write!(f, "(account not known)/{}", self.region),
        }
    }
}

/// One of several exporters that share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    total: u32,
}

/// A shard that is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("shard {index} is not one of {total} shards, which are numbered from 0")]
pub struct InvalidShard {
    /// The number of the shard.
    pub index: u32,
    /// How many there are.
    pub total: u32,
}

impl Default for Shard {
    /// The only one.
    fn default() -> Self {
        Self { index: 0, total: 1 }
    }
}

impl Shard {
    /// The shard with this number, from 0.
    ///
    /// # Errors
    /// If there are not that many.
    pub fn new(index: u32, total: u32) -> Result<Self, InvalidShard> {
        if index < total {
            Ok(Self { index, total })
        } else {
            Err(InvalidShard { index, total })
        }
    }

    /// Its number, from 0.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many shards there are.
    #[must_use]
    pub fn total(self) -> u32 {
        self.total
    }

    /// Whether a scope is this shard's.
    #[must_use]
    pub fn holds(self, scope: &ScopeId) -> bool {
        jump(stable_hash(scope), self.total) == self.index
    }
}

/// A number made of a scope's account and region, evenly distributed: 64-bit FNV-1a, finished as
/// `SplitMix64` is, since FNV's high bits depend too little on the last characters.
#[must_use]
pub fn stable_hash(scope: &ScopeId) -> u64 {
    let parts = [scope.account_label(), "/", scope.region.as_str()];
    let fnv = parts
        .iter()
        .flat_map(|part| part.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The jump consistent hash: where a key comes to lie as buckets are added one by one.
fn jump(mut key: u64, buckets: u32) -> u32 {
    let (mut bucket, mut next) = (0, 0_u64);
    while next < u64::from(buckets) {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        next = ((bucket + 1) << 31) / ((key >> 33) + 1);
    }
    u32::try_from(bucket).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Vec<ScopeId> {
        let regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"];
        let scope = |account: u64, region: &str| ScopeId {
            account: Some(format!("{:012}", account * 7_919).parse().unwrap()),
            region: region.parse().unwrap(),
        };
        (1..=1000)
            .flat_map(|account| regions.map(|region| scope(account, region)))
            .collect()
    }

    fn holder(scope: &ScopeId, total: u32) -> u32 {
        let holders: Vec<u32> = (0..total)
            .filter(|&index| Shard::new(index, total).unwrap().holds(scope))
            .collect();
        assert_eq!(holders.len(), 1, "{scope} of {total}");
        holders[0]
    }

    /// These must never change: a new version must not move scopes between running shards.
    #[test]
    fn the_split_is_the_same_for_ever() {
        let scope = |account: &str, region: &str| ScopeId {
            account: Some(account.parse().unwrap()),
            region: region.parse().unwrap(),
        };
        for (account, region, hash, of_two, of_five, of_hundred) in GOLDEN {
            let scope = scope(account, region);
            assert_eq!(stable_hash(&scope), hash, "{scope}");
            let holders = [2, 5, 100].map(|total| holder(&scope, total));
            assert_eq!(holders, [of_two, of_five, of_hundred], "{scope}");
        }
    }

    /// Reckoned by an implementation of the two papers' own formulas.
    const GOLDEN: [(&str, &str, u64, u32, u32, u32); 3] = [
        (
            "111122223333",
            "us-east-1",
            1_237_998_987_184_790_486,
            1,
            1,
            45,
        ),
        (
            "111122223333",
            "eu-west-1",
            6_954_194_947_848_613_247,
            1,
            3,
            45,
        ),
        (
            "000000000001",
            "ap-southeast-1",
            8_477_788_192_420_016_808,
            0,
            2,
            72,
        ),
    ];

    #[test]
    fn shards_are_even_and_one_more_moves_only_its_share() {
        let scopes = scopes();
        let shards = |total| -> Vec<u32> {
            let holder = |scope| jump(stable_hash(scope), total);
            scopes.iter().map(holder).collect()
        };
        for total in [2, 5, 10] {
            let before = shards(total);
            for index in 0..total {
                let share = before.iter().filter(|&&shard| shard == index).count();
                let even = scopes.len() / total as usize;
                assert!(
                    share.abs_diff(even) < even / 5,
                    "{share} of {even} on {index}"
                );
            }
            let after = shards(total + 1);
            let moved = before.iter().zip(&after).filter(|(was, is)| was != is);
            let share = scopes.len() / (total as usize + 1);
            let moved: Vec<_> = moved.collect();
            assert!(moved.len() < share * 5 / 4, "{} moved", moved.len());
            assert!(moved.iter().all(|(_, is)| **is == total));
        }
    }

    #[test]
    fn there_are_only_so_many() {
        assert!(Shard::new(2, 3).is_ok());
        for (index, total) in [(3, 3), (0, 0)] {
            assert_eq!(Shard::new(index, total), Err(InvalidShard { index, total }));
        }
    }
}
