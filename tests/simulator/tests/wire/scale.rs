//! Many functions, and many accounts in many regions.

use std::time::{Duration, Instant};

use lambda_simulator::{Function, Simulator};

use crate::client::{ACCOUNT, Client, REGION};

const FUNCTIONS: &str = "/2015-03-31/functions";

#[tokio::test]
async fn the_last_page_of_many_is_as_quick_as_the_first() {
    let (simulator, client) = Client::start().await;
    let region = simulator.region(ACCOUNT, REGION);
    let put = |numbers: std::ops::Range<u32>| {
        for number in numbers {
            region.put_function(Function::new(format!("f-{number:06}")));
        }
    };
    // A marker stays good while functions come: this one will name the last page but one of many.
    put(99_900..100_000);
    let listed = client.get(FUNCTIONS).await.json();
    let last = format!(
        "{FUNCTIONS}?Marker={}",
        listed["NextMarker"].as_str().expect("a marker")
    );
    put(0..99_900);
    assert_eq!(names(&client, FUNCTIONS).await, ["f-000000", "f-000049"]);
    assert_eq!(names(&client, &last).await, ["f-099950", "f-099999"]);
    let (first, last) = (
        median(&client, FUNCTIONS).await,
        median(&client, &last).await,
    );
    assert!(last < first * 3, "{first:?} at first, {last:?} at last");
}

/// The first and the last name on a page.
async fn names(client: &Client, path: &str) -> [String; 2] {
    let page = client.get(path).await.json();
    let functions = page["Functions"].as_array().expect("a list");
    [functions.first(), functions.last()].map(|function| {
        let name = function.map(|function| &function["FunctionName"]);
        name.and_then(|name| name.as_str())
            .unwrap_or_default()
            .to_owned()
    })
}

/// What half of some requests took at most: one that had to wait for the machine says nothing.
async fn median(client: &Client, path: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..31 {
        let asked = Instant::now();
        client.get(path).await;
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_hundred_accounts_in_several_regions_stay_apart() {
    let simulator = Simulator::start().await.expect("a free port on loopback");
    let regions = ["us-east-1", "eu-west-1", "ap-south-1", "sa-east-1"];
    let client = Client::new(&simulator, ACCOUNT, REGION);
    let mut sender = client.connect().await.expect("a connection");
    for number in 0..100 {
        for region in regions {
            let account = format!("{number:012}");
            let name = format!("f-{number}-{region}");
            let scope = simulator.region(&account, region);
            scope.put_function(Function::new(&name));
            let listed = Client::new(&simulator, &account, region)
                .send_on(&mut sender, &[], "GET", FUNCTIONS, "")
                .await
                .expect("an answer")
                .json();
            assert_eq!(listed["Functions"].as_array().map(Vec::len), Some(1));
            assert_eq!(listed["Functions"][0]["FunctionName"], name);
            assert_eq!((scope.count_all(), scope.throttled()), (1, 0));
        }
    }
    assert_eq!(simulator.count_all(), 400);
}
