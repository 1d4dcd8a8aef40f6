//! Replays every get, list and delete answer of the recording, and most others, against the simulator.

mod aliases;
mod event_source_mappings;
mod exceptions;
mod functions;
mod lifecycle;

use std::collections::BTreeSet;

use lambda_simulator::{Function, Region, Simulator};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Answer, Client, REGION, config_path, function_path};
use crate::recording::{Scenario, scenarios};

/// One scenario with the simulator that it is replayed against.
struct Replay {
    scenario: Scenario,
    _simulator: Simulator,
    region: Region,
    client: Client,
}

#[tokio::test]
async fn answers_as_recorded() {
    let mut replays = vec![
        exceptions::replay().await,
        lifecycle::replay().await,
        functions::listing().await,
        functions::missing_version().await,
        functions::missing_function().await,
        aliases::replay().await,
    ];
    replays.extend(event_source_mappings::replays().await);
    let names: BTreeSet<String> = replays
        .iter()
        .map(|scenario| scenario.name.to_owned())
        .collect();
    assert_eq!(names, scenarios(), "scenarios of the recording");
    for scenario in replays {
        let left_out: Vec<_> = scenario
            .required()
            .difference(&scenario.replayed)
            .cloned()
            .collect();
        assert_eq!(
            left_out,
            Vec::<String>::new(),
            "{}: not replayed",
            scenario.name
        );
    }
}

impl Replay {
    /// Opens a scenario on a fresh simulator.
    async fn open(name: &'static str, masks: &[(&str, &str)]) -> Self {
        let (simulator, client) = Client::start().await;
        let region = simulator.region(ACCOUNT, REGION);
        Self {
            scenario: Scenario::open(name, masks),
            _simulator: simulator,
            region,
            client,
        }
    }

    /// Asks, and checks the answer against the recorded one.
    async fn step(&mut self, name: &str, method: &str, path: &str, body: &Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.client.ask(method, path, &body).await;
        self.scenario.check(name, &answer);
    }

    async fn get(&mut self, name: &str, path: &str) {
        self.step(name, "GET", path, &Value::Null).await;
    }

    async fn put_config(&mut self, name: &str, function: &str, body: &Value) {
        self.step(name, "PUT", &config_path(function), body).await;
    }

    async fn update_config(&mut self, name: &str, function: &str, body: &Value) {
        self.step(name, "POST", &config_path(function), body).await;
    }

    async fn get_config(&mut self, name: &str, function: &str) {
        self.get(name, &config_path(function)).await;
    }

    async fn delete_config(&mut self, name: &str, function: &str) {
        self.step(name, "DELETE", &config_path(function), &Value::Null)
            .await;
    }

    async fn list_configs(&mut self, name: &str, function: &str) {
        self.get(name, &format!("{}/list", config_path(function)))
            .await;
    }

    async fn publish(&mut self, name: &str, function: &str) {
        let path = format!("{}/versions", function_path(function));
        self.step(name, "POST", &path, &json!({})).await;
    }
}

/// The function that most scenarios begin with.
fn recorded_function(name: &str) -> Function {
    Function::new(name).handler("handler.handler").timeout(30)
}

/// For a step that the recording does not show.
fn succeeded(answer: &Answer) {
    assert!(answer.status < 300, "{}", answer.text);
}
