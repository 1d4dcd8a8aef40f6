//! Roles: assumed once, with their external id, replaced when refused, and in which region.

use lambda_simulator::{Fault, FaultKind, Operation as Asked, Role as Trust};

use super::*;
use crate::{
    domain::{CallError, CallFailure, FailureKind, Operation},
    port::Lambda,
};

async fn call(lambda: &LambdaClient) -> Result<usize, CallFailure> {
    match lambda.list_functions(None).await {
        Ok(page) => Ok(page.items.len()),
        Err(CallError::Failed(failure)) => Err(failure),
        Err(CallError::NotFound) => panic!("functions cannot be not found"),
    }
}

fn code(result: Result<usize, CallFailure>) -> Option<String> {
    result.unwrap_err().code
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_its_scopes() {
    let world = World::new().await;
    let near = world.lambda(OTHER, "us-east-1", &reader());
    let far = world.lambda(OTHER, "eu-west-1", &reader());
    let (a, b) = tokio::join!(near.ready(), far.ready());
    a.unwrap();
    b.unwrap();
    for lambda in [&near, &far, &near] {
        call(lambda).await.unwrap();
        lambda.list_tags(None).await.unwrap();
    }
    let region: crate::domain::Region = "us-east-1".parse().unwrap();
    let listed = world.session.list_regions(&reader(), &region, None).await;
    listed.unwrap();
    assert_eq!(world.simulator.assumed(READER), 1);
    assert_eq!(world.ambient_fetches(), 1);
    assert_eq!(
        world.metrics("operation=\"AssumeRole\",outcome"),
        [
            "lambda_async_exporter_api_requests_total{account_id=\"444455556666\",\
          operation=\"AssumeRole\",outcome=\"ok\",region=\"us-east-1\"} 1"
        ]
    );
}

#[tokio::test]
async fn a_role_is_assumed_anew_before_its_credentials_end() {
    let world = World::new().await;
    let lambda = world.lambda(OTHER, "us-east-1", &reader());
    for _ in 0..120 {
        lambda.ready().await.unwrap();
        pass(Duration::from_mins(1)).await;
    }
    assert_eq!(world.simulator.assumed(READER), 3);
}

#[tokio::test]
async fn the_external_id_is_sent_and_a_refusal_is_not_asked_for_again_at_once() {
    let world = World::new().await;
    world
        .simulator
        .put_role(Trust::new(READER).external_id("x1"));
    let without = world.lambda(OTHER, "us-east-1", &reader());
    for _ in 0..5 {
        let failure = without.ready().await.unwrap_err();
        assert_eq!(failure.operation, Some(Operation::AssumeRole));
        assert_eq!(failure.kind, FailureKind::Denied);
        assert_eq!(failure.code.as_deref(), Some("AccessDenied"));
        assert!(failure.message.contains(READER), "{failure}");
        assert_eq!(call(&without).await.unwrap_err(), failure);
    }
    assert_eq!(world.simulator.count(Asked::AssumeRole), 1);
    assert_eq!(world.simulator.count(Asked::ListFunctions), 0);
    let with = Credentials::Role(Arc::new(Role {
        external_id: Some("x1".into()),
        ..role(READER)
    }));
    let with = world.lambda(OTHER, "us-east-1", &with);
    with.ready().await.unwrap();
    call(&with).await.unwrap();
}

#[tokio::test]
async fn a_role_recovers_by_itself() {
    let world = World::new().await;
    world.simulator.put_role(Trust::new(READER).denied());
    let lambda = world.lambda(OTHER, "us-east-1", &reader());
    lambda.ready().await.unwrap_err();
    world.simulator.put_role(Trust::new(READER));
    lambda.ready().await.unwrap_err();
    pass(Duration::from_secs(5)).await;
    lambda.ready().await.unwrap();
}

#[tokio::test]
async fn credentials_that_aws_suddenly_refuses_are_replaced() {
    let world = World::new().await;
    let lambda = world.lambda(OTHER, "us-east-1", &reader());
    call(&lambda).await.unwrap();
    for (round, refuse, expected) in [
        (
            1,
            Simulator::revoke_sessions as fn(&Simulator),
            "UnrecognizedClientException",
        ),
        (2, Simulator::expire_sessions, "ExpiredTokenException"),
    ] {
        refuse(&world.simulator);
        let (a, b) = tokio::join!(call(&lambda), call(&lambda));
        assert_eq!(code(a).as_deref(), Some(expected));
        b.unwrap_err();
        call(&lambda).await.unwrap();
        assert_eq!(world.simulator.assumed(READER), 1 + round);
    }
}

#[tokio::test]
async fn a_region_that_is_not_enabled_costs_few_replacements_and_harms_no_other() {
    let world = World::new().await;
    world.simulator.set_quota(OTHER, "us-east-1", None);
    let enabled = world.lambda(OTHER, "us-east-1", &reader());
    let disabled = world.lambda(OTHER, "af-south-1", &reader());
    for _ in 0..10 {
        call(&enabled).await.unwrap();
        let failure = call(&disabled).await.unwrap_err();
        assert!(
            failure.message.contains("is the region enabled"),
            "{failure}"
        );
        pass(Duration::from_secs(2)).await;
    }
    // The first, and one more at the first refusal: the next is a minute later.
    assert_eq!(world.simulator.assumed(READER), 2);
    // A replacement that fails leaves what is good elsewhere.
    pass(Duration::from_mins(3)).await;
    world.simulator.put_role(Trust::new(READER).denied());
    call(&disabled).await.unwrap_err();
    call(&enabled).await.unwrap();
    call(&enabled).await.unwrap();
}

#[tokio::test]
async fn a_role_can_be_assumed_with_another_one() {
    let world = World::new().await;
    let hub = "arn:aws:iam::777788889999:role/hub";
    let chained = Credentials::Role(Arc::new(Role {
        assumed_with: Credentials::Role(Arc::new(role(hub))),
        ..role(READER)
    }));
    let lambda = world.lambda(OTHER, "us-east-1", &chained);
    lambda.ready().await.unwrap();
    let hub_is = |account: &str| {
        let asked = |request: &lambda_simulator::Request| {
            request.operation == Asked::AssumeRole && request.account == account
        };
        world.simulator.count_by(asked)
    };
    assert_eq!((hub_is(OWN), hub_is("777788889999")), (1, 1));
    // Both sessions are refused: the first to notice is STS, asked with the hub's.
    world.simulator.revoke_sessions();
    call(&lambda).await.unwrap_err();
    call(&lambda).await.unwrap();
    assert_eq!(world.simulator.assumed(hub), 2);
    assert_eq!(world.simulator.assumed(READER), 2);
}

#[tokio::test]
async fn the_failure_of_a_chain_is_that_of_the_role_that_failed() {
    let world = World::new().await;
    let hub = "arn:aws:iam::777788889999:role/hub";
    world.simulator.put_role(Trust::new(hub).denied());
    let chained = Credentials::Role(Arc::new(Role {
        assumed_with: Credentials::Role(Arc::new(role(hub))),
        ..role(READER)
    }));
    let lambda = world.lambda(OTHER, "us-east-1", &chained);
    let failure = lambda.ready().await.unwrap_err();
    assert!(failure.message.contains(hub), "{failure}");
}

#[tokio::test]
async fn a_wrong_clock_is_named_and_nothing_is_replaced() {
    let world = World::new().await;
    let minutes = Duration::from_mins(15);
    for operation in [Asked::AssumeRole, Asked::ListFunctions] {
        let fault = Fault::on(operation).kind(FaultKind::WrongClock(minutes));
        world.simulator.inject(fault.times(1));
    }
    let lambda = world.lambda(OTHER, "us-east-1", &reader());
    let failures = [lambda.ready().await.unwrap_err(), {
        pass(Duration::from_secs(5)).await;
        call(&lambda).await.unwrap_err()
    }];
    for (failure, operation) in failures
        .iter()
        .zip([Operation::AssumeRole, Operation::ListFunctions])
    {
        assert_eq!(failure.operation, Some(operation));
        assert_eq!(failure.kind, FailureKind::Denied);
        assert_eq!(
            failure.message,
            "this machine's clock is 15 minutes behind AWS's"
        );
    }
    call(&lambda).await.unwrap();
    assert_eq!(world.simulator.assumed(READER), 1);
    assert_eq!(world.ambient_fetches(), 1);
}

#[tokio::test]
async fn rotated_ambient_keys_are_found() {
    let world = World::new().await;
    let lambda = world.lambda(OWN, "us-east-1", &Credentials::Ambient);
    call(&lambda).await.unwrap();
    let (old, _) = world.simulator.credentials(OWN);
    world.simulator.revoke(&old);
    *locked(&world.ambient.access_key_id) = format!("AKIA0001{OWN}");
    call(&lambda).await.unwrap_err();
    call(&lambda).await.unwrap();
    assert_eq!(world.ambient_fetches(), 2);
}

/// The file is replaced long after its key has ended, and nobody is told.
#[tokio::test]
async fn ambient_keys_that_are_replaced_late_are_found_within_a_minute() {
    for assumed in [false, true] {
        let world = World::new().await;
        world.simulator.set_quota(OWN, "us-east-1", None);
        let lambda = if assumed {
            world.lambda(OTHER, "us-east-1", &reader())
        } else {
            world.lambda(OWN, "us-east-1", &Credentials::Ambient)
        };
        let (old, _) = world.simulator.credentials(OWN);
        world.simulator.revoke(&old);
        for _ in 0..180 {
            call(&lambda).await.unwrap_err();
            pass(Duration::from_secs(20)).await;
        }
        let looked = world.ambient_fetches();
        // A busy machine adds to the hour.
        assert!((59..=65).contains(&looked), "{looked}");
        *locked(&world.ambient.access_key_id) = format!("AKIA0001{OWN}");
        pass(Duration::from_mins(1)).await;
        call(&lambda).await.unwrap();
    }
}

#[tokio::test]
async fn a_region_that_does_not_know_good_ambient_keys_has_them_looked_for_less_and_less_often() {
    let world = World::new().await;
    world.simulator.set_quota(OWN, "us-east-1", None);
    let enabled = world.lambda(OWN, "us-east-1", &Credentials::Ambient);
    let disabled = world.lambda(OWN, "af-south-1", &Credentials::Ambient);
    for _ in 0..60 {
        call(&disabled).await.unwrap_err();
        call(&enabled).await.unwrap();
        pass(Duration::from_mins(1)).await;
    }
    // Then in the minutes 1, 2, 4, 8, 16 and 32.
    assert_eq!(world.ambient_fetches(), 7);
}

#[tokio::test]
async fn an_outage_of_one_regions_sts_is_not_that_of_all() {
    let world = World::new().await;
    let down = Fault::on(Asked::AssumeRole).region("us-east-1");
    world
        .simulator
        .inject(down.kind(FaultKind::ServiceUnavailable));
    let near = world.lambda(OTHER, "us-east-1", &reader());
    let _far = world.lambda(OTHER, "eu-west-1", &reader());
    let failure = near.ready().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Error);
    pass(Duration::from_secs(5)).await;
    near.ready().await.unwrap();
    assert_eq!(world.metrics("operation=\"AssumeRole\",outcome").len(), 2);
}

#[tokio::test]
async fn roles_that_hang_hold_up_no_other() {
    let world = World::new().await;
    let hanging = |n: usize| format!("arn:aws:iam::{n:012}:role/reader");
    let mut tasks = tokio::task::JoinSet::new();
    let hang = Fault::on(Asked::AssumeRole).kind(FaultKind::Hang);
    world.simulator.inject(hang.times(40));
    for n in 0..40 {
        let credentials = Credentials::Role(Arc::new(role(&hanging(n))));
        let lambda = world.lambda(&format!("{n:012}"), "us-east-1", &credentials);
        tasks.spawn(async move { lambda.ready().await });
    }
    // All of them are on their way, long before the first has an answer or has timed out.
    let all_asked = async {
        while world.simulator.count(Asked::AssumeRole) < 40 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patience = Duration::from_mins(1);
    tokio::time::timeout(patience, all_asked).await.unwrap();
    world
        .lambda(OTHER, "us-east-1", &reader())
        .ready()
        .await
        .unwrap();
    assert!(
        tasks.try_join_next().is_none(),
        "none of the others has ended"
    );
}

#[tokio::test]
async fn roles_that_nobody_uses_are_forgotten() {
    let world = World::new().await;
    drop(world.lambda(OTHER, "us-east-1", &reader()));
    call(&world.lambda(OTHER, "us-east-1", &reader()))
        .await
        .unwrap();
    call(&world.lambda(OTHER, "us-east-1", &reader()))
        .await
        .unwrap();
    assert_eq!(world.simulator.assumed(READER), 1);
    assert_eq!(world.session.roles(), 1);
    pass(Duration::from_hours(2)).await;
    let hub = Credentials::Role(Arc::new(role("arn:aws:iam::777788889999:role/hub")));
    let _held = world.lambda("777788889999", "us-east-1", &hub);
    assert_eq!(world.session.roles(), 1);
}

#[tokio::test]
async fn debug_output_holds_no_keys() {
    let world = World::new().await;
    let lambda = world.lambda(OTHER, "us-east-1", &reader());
    lambda.ready().await.unwrap();
    for text in [format!("{:?}", world.session), format!("{lambda:?}")] {
        assert!(!text.contains("simulated"), "{text}");
        assert!(!text.contains("session-of"), "{text}");
    }
}
