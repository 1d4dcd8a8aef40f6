//! A scope: one account in one region.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl Scope {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }

    pub(crate) fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    pub(crate) fn function_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }

    /// The ARN of a service's resource here.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let (partition, region, account) = (self.partition(), &self.region, &self.account);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    pub(crate) fn queue_arn(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    pub(crate) fn topic_arn(&self, name: &str) -> String {
        self.arn("sns", name)
    }

    pub(crate) fn event_bus_arn(&self, name: &str) -> String {
        self.arn("events", &format!("event-bus/{name}"))
    }

    /// It names neither region nor account.
    pub(crate) fn bucket_arn(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition())
    }

    pub(crate) fn qualified_arn(&self, name: &str, qualifier: &str) -> String {
        format!("{}:{qualifier}", self.function_arn(name))
    }
}

/// The partition that a region lies in.
fn partition(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        r if r.starts_with("us-iso-") => "aws-iso",
        r if r.starts_with("us-isob-") => "aws-iso-b",
        r if r.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}
