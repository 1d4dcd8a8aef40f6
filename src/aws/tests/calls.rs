//! The calls that the exporter's sweeps and its knowledge of accounts are made of.

use lambda_simulator::{Fault, FaultKind, Function as Simulated, Operation as Asked, Organization};

use super::*;
use crate::{
    domain::{Alias, CallError, CallFailure, Operation, Qualifier, Region, Tags},
    port::{Lambda, ListedFunction},
};

fn us_east_1() -> Region {
    "us-east-1".parse().unwrap()
}

fn failure<T: std::fmt::Debug>(result: Result<T, CallError>) -> CallFailure {
    match result.unwrap_err() {
        CallError::Failed(failure) => failure,
        CallError::NotFound => panic!("not found"),
    }
}

#[tokio::test]
async fn what_exists_page_by_page() {
    let world = World::new().await;
    let region = world.simulator.region(OWN, "us-east-1");
    for n in 0..60 {
        region.put_function(Simulated::new(format!("f{n}")));
    }
    let lambda = world.lambda(OWN, "us-east-1", &Credentials::Ambient);
    let first = lambda.list_functions(None).await.unwrap();
    let second = lambda.list_functions(first.next.as_deref()).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (50, 10));
    assert_eq!(second.next, None);
    let ListedFunction::Known(name, function) = &first.items[0] else {
        panic!("{:?}", first.items[0]);
    };
    let alone = lambda.get_function(name, &Qualifier::latest()).await;
    assert_eq!(alone.as_ref(), Ok(function));
}

#[tokio::test]
async fn functions_of_another_account_are_not_listed() {
    let world = World::new().await;
    let cross_account = scope(OTHER, "us-east-1");
    let lambda = world
        .session
        .lambda(&cross_account, &Credentials::Ambient, true);
    let failure = failure(lambda.list_functions(None).await);
    assert_eq!(failure.operation, Some(Operation::ListFunctions));
    assert_eq!(world.simulator.count_all(), 0);
}

#[tokio::test]
async fn aliases_and_tags() {
    let world = World::new().await;
    let region = world.simulator.region(OWN, "us-east-1");
    let function = Simulated::new("f").tag("team", "payments");
    region.put_function(function.alias("BLUE", "1").alias("GREEN", "1"));
    region.put_function(Simulated::new("untagged"));
    let lambda = world.lambda(OWN, "us-east-1", &Credentials::Ambient);
    let name = "f".parse().unwrap();
    let aliases = lambda.list_aliases(&name, None).await.unwrap();
    let expected = ["BLUE", "GREEN"].map(|alias| Alias {
        name: alias.parse().unwrap(),
        versions: vec!["1".parse().unwrap()],
    });
    assert_eq!(aliases.items, expected);
    let missing = "missing".parse().unwrap();
    assert_eq!(
        lambda.list_aliases(&missing, None).await,
        Err(CallError::NotFound)
    );
    let tags = lambda.list_tags(None).await.unwrap();
    let expected = Tags::from([("team".to_owned(), "payments".to_owned())]);
    assert_eq!(tags.items, [(name, expected)]);
}

#[tokio::test]
async fn the_account_of_the_credentials_and_its_regions() {
    let world = World::new().await;
    world.simulator.enable_region(OWN, "af-south-1");
    let own = world.session.own_account(&us_east_1()).await.unwrap();
    assert_eq!(own.as_str(), OWN);
    let mut regions = Vec::new();
    let mut token = None;
    loop {
        let page = (world.session)
            .list_regions(&Credentials::Ambient, &us_east_1(), token.as_deref())
            .await
            .unwrap();
        regions.extend(page.items);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    for (region, enabled) in [
        ("us-east-1", true),
        ("af-south-1", true),
        ("me-south-1", false),
    ] {
        let region: Region = region.parse().unwrap();
        assert_eq!(regions.contains(&region), enabled, "{region}");
    }
}

#[tokio::test]
async fn the_accounts_of_the_organization() {
    let world = World::new().await;
    let (session, region, ambient) = (&world.session, us_east_1(), Credentials::Ambient);
    let none = session.list_accounts(&ambient, &region, None).await;
    let failed = failure(none);
    assert_eq!(
        failed.code.as_deref(),
        Some("AWSOrganizationsNotInUseException")
    );
    let organization = Organization::new(OWN)
        .organizational_unit("ou-ab12-34cdefgh", "r-ab12")
        .account_in("ou-ab12-34cdefgh", OTHER, "payments")
        .account("777788889999", "old")
        .suspended("777788889999");
    world.simulator.put_organization(organization);
    let all = session
        .list_accounts(&ambient, &region, None)
        .await
        .unwrap();
    let active = |id: &str| {
        let id = id.parse().unwrap();
        all.items
            .iter()
            .find(|account| account.id == id)
            .map(|account| account.active)
    };
    assert_eq!(
        (active(OTHER), active("777788889999")),
        (Some(true), Some(false))
    );
    let unit = "ou-ab12-34cdefgh";
    let below = session.list_accounts_for_parent(&ambient, &region, unit, None);
    assert_eq!(below.await.unwrap().items[0].name, "payments");
    let units = session.list_units_for_parent(&ambient, &region, unit, None);
    assert!(units.await.unwrap().items.is_empty());
    let missing = session.list_units_for_parent(&ambient, &region, "ou-ab12-missing0", None);
    let failed = failure(missing.await);
    assert!(
        failed.message.starts_with("`ou-ab12-missing0`: "),
        "{failed}"
    );
    assert_eq!(world.simulator.count(Asked::ListAccounts), 2);
}

/// The limiter and whoever looks at the metrics rely on it: one line for each attempt, and none without.
#[tokio::test]
async fn every_attempt_is_counted_once_by_how_it_ended() {
    let world = World::new().await;
    let region = world.simulator.region(OWN, "us-east-1");
    region.put_function(Simulated::new("f"));
    let fault = Fault::on(Asked::ListAliases).kind(FaultKind::AccessDenied);
    world.simulator.inject(fault.always());
    let lambda = world.lambda(OWN, "us-east-1", &Credentials::Ambient);
    let [f, missing] = ["f", "missing"].map(|name| name.parse().unwrap());
    let latest = Qualifier::latest();
    lambda.ready().await.unwrap();
    lambda.list_functions(None).await.unwrap();
    lambda.list_event_invoke_configs(&f, None).await.unwrap();
    lambda.get_function(&f, &latest).await.unwrap();
    lambda.get_function(&missing, &latest).await.unwrap_err();
    lambda
        .get_event_invoke_config(&f, &latest)
        .await
        .unwrap_err();
    lambda.list_aliases(&f, None).await.unwrap_err();
    lambda.list_tags(None).await.unwrap();
    world.session.own_account(&us_east_1()).await.unwrap();
    let (session, here) = (&world.session, us_east_1());
    let regions = session.list_regions(&Credentials::Ambient, &here, None);
    regions.await.unwrap();
    // Refused before it goes out.
    let elsewhere = world
        .session
        .lambda(&scope(OTHER, "us-east-1"), &Credentials::Ambient, true);
    elsewhere.list_functions(None).await.unwrap_err();

    let line = |account: &str, operation: &str, outcome: &str, count: u32| {
        format!(
            "lambda_async_exporter_api_requests_total{{account_id=\"{account}\",\
             operation=\"{operation}\",outcome=\"{outcome}\",region=\"us-east-1\"}} {count}"
        )
    };
    let expected = [
        // Those of the ambient credentials whose account was not asked for.
        line("", "ListRegions", "ok", 1),
        line(OWN, "GetCallerIdentity", "ok", 1),
        line(OWN, "GetFunctionConfiguration", "not_found", 1),
        line(OWN, "GetFunctionConfiguration", "ok", 1),
        line(OWN, "GetFunctionEventInvokeConfig", "not_found", 1),
        line(OWN, "GetResources", "ok", 1),
        line(OWN, "ListAliases", "denied", 1),
        line(OWN, "ListFunctionEventInvokeConfigs", "ok", 1),
        line(OWN, "ListFunctions", "ok", 1),
    ];
    assert_eq!(world.metrics("api_requests_total{"), expected);
    assert_eq!(world.simulator.count_all(), expected.len() as u64);
}
