//! The recorded scenarios of functions.

use super::{Replay, recorded_function};
use crate::client::function_path;
use crate::recording::Scenario;

pub(super) async fn listing() -> Scenario {
    let masks = [("<function-name:1>", "fn-a"), ("<function-name:2>", "fn-b")];
    let mut replay = Replay::open("test_list_functions", &masks).await;
    replay
        .region
        .put_function(recorded_function("fn-a").version("1"));
    replay.region.put_function(recorded_function("fn-b"));
    let path = "/2015-03-31/functions/";
    let name = "list_functions_invalid_functionversion";
    replay
        .get(name, &format!("{path}?FunctionVersion=invalid"))
        .await;
    replay
        .get("list_all", &format!("{path}?FunctionVersion=ALL"))
        .await;
    replay.get("list_default", path).await;
    replay.scenario
}

pub(super) async fn missing_version() -> Scenario {
    let name = "test_ops_on_nonexisting_version[get_function_configuration]";
    let mut replay = Replay::open(name, &[("<fn-name>", "fn-a")]).await;
    replay.region.put_function(recorded_function("fn-a"));
    let path = format!("{}/configuration?Qualifier=1221", function_path("fn-a"));
    replay.get("version_not_found_exception", &path).await;
    replay.scenario
}

pub(super) async fn missing_function() -> Scenario {
    let name = "test_ops_on_nonexisting_fn[get_function_configuration]";
    let mut replay = Replay::open(name, &[("<nonexisting-fn-name>", "fn-a")]).await;
    let path = format!("{}/configuration", function_path("fn-a"));
    replay.get("not_found_exception", &path).await;
    replay.scenario
}
