//! What destinations a test puts: those that it did not put are not there.

use super::Region;
use crate::sqs::Queue;

impl Region {
    /// The ARN that a queue has here.
    #[must_use]
    pub fn queue_arn(&self, name: &str) -> String {
        self.scope.queue_arn(name)
    }

    /// The ARN that a topic has here.
    #[must_use]
    pub fn topic_arn(&self, name: &str) -> String {
        self.scope.topic_arn(name)
    }

    /// The ARN that an event bus has here.
    #[must_use]
    pub fn event_bus_arn(&self, name: &str) -> String {
        self.scope.event_bus_arn(name)
    }

    /// The ARN that a bucket has, wherever it is.
    #[must_use]
    pub fn bucket_arn(&self, name: &str) -> String {
        self.scope.bucket_arn(name)
    }

    /// Creates a queue, or replaces it, without a redrive policy.
    pub fn put_queue(&self, name: &str) {
        self.insert_queue(name, Queue::default());
    }

    /// Creates a queue, or replaces it, whose messages go to a dead-letter queue after so many receives.
    pub fn put_queue_with_redrive(&self, name: &str, dead_letter_arn: &str, receives: u32) {
        let redrive = Some((dead_letter_arn.to_owned(), receives));
        self.insert_queue(name, Queue { redrive });
    }

    fn insert_queue(&self, name: &str, queue: Queue) {
        let arn = self.queue_arn(name);
        self.with(|region| region.queues.insert(arn, queue));
    }

    /// Removes a queue, if it is there.
    pub fn remove_queue(&self, name: &str) {
        let arn = self.queue_arn(name);
        self.with(|region| region.queues.remove(&arn));
    }

    /// Creates a topic.
    pub fn put_topic(&self, name: &str) {
        self.insert(self.topic_arn(name));
    }

    /// Removes a topic, if it is there.
    pub fn remove_topic(&self, name: &str) {
        self.remove(&self.topic_arn(name));
    }

    /// Creates an event bus. The one named `default` is always there.
    pub fn put_event_bus(&self, name: &str) {
        self.insert(self.event_bus_arn(name));
    }

    /// Removes an event bus, if it is there.
    pub fn remove_event_bus(&self, name: &str) {
        self.remove(&self.event_bus_arn(name));
    }

    /// Creates a bucket.
    ///
    /// # Panics
    /// If it is another account's, or in another region: its name is one for all.
    pub fn put_bucket(&self, name: &str) {
        let arn = self.bucket_arn(name);
        let holder = self.shared.lock().bucket_holder(&arn);
        if let Some(holder) = holder.filter(|holder| *holder != self.scope) {
            panic!("{name} is in {}/{} already", holder.account, holder.region);
        }
        self.insert(arn);
    }

    /// Removes a bucket, if it is here.
    pub fn remove_bucket(&self, name: &str) {
        self.remove(&self.bucket_arn(name));
    }

    fn insert(&self, arn: String) {
        self.with(|region| region.resources.insert(arn));
    }

    fn remove(&self, arn: &str) {
        self.with(|region| region.resources.remove(arn));
    }
}
