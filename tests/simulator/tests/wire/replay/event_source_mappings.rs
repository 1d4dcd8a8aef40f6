//! The recorded event source mappings, as elements of a listing.

use lambda_simulator::{EventSourceMapping, Function};
use serde_json::json;

use super::Replay;
use crate::client::{ACCOUNT, REGION};
use crate::recording::Scenario;

const FN: &str = "fn-a";
const UUID: &str = "uuid-a";

pub(super) async fn replays() -> Vec<Scenario> {
    vec![
        dynamodb().await,
        dynamodb_defaults().await,
        kinesis_defaults().await,
        kinesis("event_source_mapping_kinesis_sqs", "sqs").await,
        kinesis("event_source_mapping_kinesis_sns", "sns").await,
        kinesis("event_source_mapping_kinesis_s3", "s3").await,
        kafka().await,
        sqs().await,
    ]
}

impl Replay {
    /// Puts a mapping, and checks its only one in the listing against a recorded one.
    async fn mapping(&mut self, name: &str, mapping: EventSourceMapping) {
        self.region.put_event_source_mapping(mapping);
        self.listed(name).await;
    }

    async fn listed(&mut self, name: &str) {
        let answer = self.client.get("/2015-03-31/event-source-mappings").await;
        let listing = answer.json();
        let [mapping] = listing["EventSourceMappings"]
            .as_array()
            .expect("a list")
            .as_slice()
        else {
            panic!("{name}: {listing}")
        };
        self.scenario.check_body(name, mapping);
    }
}

/// From creation to deletion, and what stays when the function goes.
async fn dynamodb() -> Scenario {
    let masks = [("<resource:2>", "table-a"), ("<resource:1>", "stream-a")];
    let mut replay = Replay::open("event_source_mapping_dynamodb", &masks).await;
    let mapping = EventSourceMapping::new(UUID, FN, &table())
        .field("BatchSize", 1)
        .field("MaximumBatchingWindowInSeconds", 1)
        .retries(1)
        .on_failure(arn("sqs", "queue-a"));
    replay.region.put_function(Function::new(FN));
    for (name, state) in [
        ("dynamodb_with_destination_create", "Creating"),
        ("dynamodb_with_destination_get", "Enabled"),
        ("dynamodb_delete", "Deleting"),
    ] {
        replay.mapping(name, mapping.clone().state(state)).await;
    }
    replay.region.put_event_source_mapping(mapping);
    replay.region.remove_function(FN);
    replay
        .listed("still_there_after_function_was_deleted")
        .await;
    replay.scenario
}

async fn dynamodb_defaults() -> Scenario {
    let masks = [("<resource:2>", "table-a"), ("<resource:1>", "stream-a")];
    let mut replay = Replay::open("event_source_mapping_dynamodb_defaults", &masks).await;
    let mapping = EventSourceMapping::new(UUID, FN, &table())
        .field("MaximumBatchingWindowInSeconds", 1)
        .state("Creating");
    replay.mapping("dynamodb_defaults", mapping).await;
    replay.scenario
}

async fn kinesis_defaults() -> Scenario {
    let mut replay = Replay::open("event_source_mapping_kinesis_defaults", &[]).await;
    let mapping = EventSourceMapping::new(UUID, FN, &arn("kinesis", "stream/stream-a"))
        .field("StartingPosition", "LATEST")
        .state("Creating");
    replay.mapping("kinesis_defaults", mapping).await;
    replay.scenario
}

async fn kinesis(scenario: &'static str, service: &str) -> Scenario {
    let mut replay = Replay::open(scenario, &[]).await;
    let destination = if service == "s3" {
        "arn:aws:s3:::destination-a".to_owned()
    } else {
        arn(service, "destination-a")
    };
    let mapping = EventSourceMapping::new(UUID, FN, &arn("kinesis", "stream/stream-a"))
        .field("BatchSize", 1)
        .field("MaximumBatchingWindowInSeconds", 1)
        .retries(1)
        .on_failure(destination)
        .state("Creating");
    let name = format!("kinesis_on_failure_{service}");
    replay.mapping(&name, mapping).await;
    replay.scenario
}

async fn kafka() -> Scenario {
    let mut replay = Replay::open("event_source_mapping_kafka", &[]).await;
    let access = json!([{ "Type": "BASIC_AUTH", "URI": arn("secretsmanager", "secret:secret-a") }]);
    let mapping = |uuid, topic| {
        EventSourceMapping::self_managed_kafka(uuid, FN, "kafka:1000", topic)
            .field("SourceAccessConfigurations", access.clone())
            .state("Creating")
    };
    replay
        .mapping("kafka_self_managed_default", mapping(UUID, "topic"))
        .await;
    replay.region.remove_event_source_mapping(UUID);
    let values = mapping("uuid-b", "topic_2")
        .field("BatchSize", 1)
        .field("StartingPosition", "LATEST")
        .field(
            "SelfManagedKafkaEventSourceConfig",
            json!({ "ConsumerGroupId": "random_id" }),
        );
    replay.mapping("kafka_self_managed_values", values).await;
    replay.scenario
}

/// A mapping's function is shown with the qualifier that was typed, and without one if none was.
async fn sqs() -> Scenario {
    let mut replay = Replay::open("event_source_mapping_sqs", &[]).await;
    let function = arn("lambda", &format!("function:{FN}"));
    let queue = arn("sqs", "queue-a");
    let mappings = [
        (
            "sqs_name_only_create_esm",
            EventSourceMapping::new("a", FN, &queue),
        ),
        (
            "sqs_partial_arn_latest_create_esm",
            EventSourceMapping::new("b", FN, &queue).qualifier("$LATEST"),
        ),
        (
            "sqs_full_arn_version_create_esm",
            EventSourceMapping::new("c", &format!("{function}:1"), &queue),
        ),
        (
            "sqs_full_arn_alias_create_esm",
            EventSourceMapping::new("d", &function, &queue).qualifier("myalias"),
        ),
    ];
    for ((name, mapping), uuid) in mappings.into_iter().zip(["a", "b", "c", "d"]) {
        replay.mapping(name, mapping.state("Creating")).await;
        replay.region.remove_event_source_mapping(uuid);
    }
    replay.scenario
}

fn table() -> String {
    arn("dynamodb", "table/table-a/stream/stream-a")
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}
