//! Whose the ambient credentials are, as answers show: who renews them may put those of another account in their place.

use std::sync::Mutex;

use tokio::sync::Notify;

use crate::{
    domain::{AccountId, FunctionReference},
    sync::locked,
};

/// Who the ambient credentials turned out to belong to.
#[derive(Debug, Default)]
pub(super) struct Owner {
    /// The last account that was not the expected one.
    unexpected: Mutex<Option<AccountId>>,
    changed: Notify,
}

impl Owner {
    /// An answer to a call about functions of `expected` is about this ARN. Each change counts once, so that an answer
    /// that stays odd has nothing asked again and again.
    pub(super) fn seen(&self, expected: Option<AccountId>, arn: Option<&str>) {
        let reference: Option<FunctionReference> = arn.and_then(|arn| arn.parse().ok());
        let seen = reference.and_then(|reference| reference.account());
        if seen.is_none() || expected.is_none() || seen == expected {
            return;
        }
        if std::mem::replace(&mut *locked(&self.unexpected), seen) != seen {
            self.changed.notify_one();
        }
    }

    /// Waits for such an answer; one that has come already counts. For one who waits.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_change_counts_once() {
        let owner = Owner::default();
        let expected = "111122223333".parse().ok();
        let arn = |account: &str| format!("arn:aws:lambda:us-east-1:{account}:function:f");
        for (account, changes) in [
            ("111122223333", false),
            ("444455556666", true),
            ("444455556666", false),
            ("777788889999", true),
            ("444455556666", true),
            ("no account", false),
        ] {
            owner.seen(expected, Some(&arn(account)));
            let changed = timeout(Duration::from_secs(1), owner.changed()).await;
            assert_eq!(changed.is_ok(), changes, "{account}");
        }
        owner.seen(None, Some(&arn("111122223333")));
        owner.seen(expected, None);
        assert!(
            timeout(Duration::from_secs(1), owner.changed())
                .await
                .is_err()
        );
    }
}
