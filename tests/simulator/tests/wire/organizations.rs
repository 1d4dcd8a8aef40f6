//! Organizations: who may ask, the accounts and units in pages, and what AWS says of the rest.

use lambda_simulator::{Fault, FaultKind, Operation, Organization, ROOT_ID};
use serde_json::{Value, json};

use crate::client::{ACCOUNT, Client, REGION};

const MANAGEMENT: &str = "999988887777";
const UNIT: &str = "ou-ab12-11111111";
const INNER: &str = "ou-ab12-22222222";

fn organization() -> Organization {
    Organization::new(MANAGEMENT)
        .account(ACCOUNT, "payments")
        .account_in(UNIT, "222233334444", "search")
        .account_in(INNER, "444455556666", "old")
        .organizational_unit(UNIT, ROOT_ID)
        .organizational_unit(INNER, UNIT)
        .suspended("444455556666")
}

/// Follows a listing to its end; returns the pages' sizes and the ids.
async fn walk(client: &Client, operation: &str, mut body: Value) -> (Vec<usize>, Vec<String>) {
    let list = if operation == "ListOrganizationalUnitsForParent" {
        "OrganizationalUnits"
    } else {
        "Accounts"
    };
    let (mut sizes, mut ids) = (Vec::new(), Vec::new());
    loop {
        let answer = client.organizations(operation, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
        let page = answer.json();
        let items = page[list].as_array().expect("a list");
        sizes.push(items.len());
        ids.extend(
            items
                .iter()
                .map(|item| item["Id"].as_str().unwrap_or_default().to_owned()),
        );
        match page["NextToken"].as_str() {
            Some(token) => body["NextToken"] = token.into(),
            None => return (sizes, ids),
        }
    }
}

/// The status, name and message of a refusal.
async fn refusal(client: &Client, operation: &str, body: Value) -> (u16, String, String) {
    let answer = client.organizations(operation, &body).await;
    let refused = answer.json();
    let text = |key: &str| refused[key].as_str().unwrap_or_default().to_owned();
    (answer.status, text("__type"), text("Message"))
}

#[tokio::test]
async fn shows_accounts_and_units_as_aws_does() {
    let (simulator, _) = Client::start().await;
    simulator.put_organization(organization());
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    let accounts = client
        .organizations("ListAccounts", &json!({}))
        .await
        .json();
    assert_eq!(accounts["Accounts"].as_array().map(Vec::len), Some(4));
    let expected = json!({
        "Id": ACCOUNT,
        "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/o-{MANAGEMENT}/{ACCOUNT}"),
        "Email": format!("{ACCOUNT}@example.com"),
        "Name": "payments",
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": 1_767_225_600.0,
    });
    assert_eq!(accounts["Accounts"][0], expected);
    assert_eq!(accounts["Accounts"][2]["Status"], "SUSPENDED");
    assert_eq!(accounts["Accounts"][3]["JoinedMethod"], "INVITED");
    let units = client
        .organizations(
            "ListOrganizationalUnitsForParent",
            &json!({ "ParentId": UNIT }),
        )
        .await
        .json();
    let arn = format!("arn:aws:organizations::{MANAGEMENT}:ou/o-{MANAGEMENT}/{INNER}");
    let expected = json!({ "OrganizationalUnits": [{ "Id": INNER, "Arn": arn, "Name": INNER }] });
    assert_eq!(units, expected);
}

#[tokio::test]
async fn a_parent_shows_what_is_directly_in_it() {
    let (simulator, _) = Client::start().await;
    simulator.put_organization(organization());
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    for (parent, accounts, units) in [
        (ROOT_ID, vec![ACCOUNT, MANAGEMENT], vec![UNIT]),
        (UNIT, vec!["222233334444"], vec![INNER]),
        (INNER, vec!["444455556666"], vec![]),
    ] {
        let body = json!({ "ParentId": parent });
        let listed = walk(&client, "ListAccountsForParent", body.clone()).await;
        assert_eq!(listed.1, accounts, "{parent}");
        let listed = walk(&client, "ListOrganizationalUnitsForParent", body).await;
        assert_eq!(listed.1, units, "{parent}");
    }
}

#[tokio::test]
async fn pages_have_twenty_at_most() {
    let (simulator, _) = Client::start().await;
    let ids: Vec<String> = (0..45).map(|n| format!("{n:012}")).collect();
    let accounts = ids.iter().fold(organization(), |all, id| {
        all.account_in(UNIT, id, "many")
            .organizational_unit(&format!("ou-ab12-{id}"), UNIT)
    });
    simulator.put_organization(accounts);
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    let all = walk(&client, "ListAccounts", json!({})).await;
    assert_eq!((all.0, all.1.len()), (vec![20, 20, 9], 49));
    let body = json!({ "ParentId": UNIT, "MaxResults": 15 });
    let within = walk(&client, "ListAccountsForParent", body.clone()).await;
    assert_eq!((within.0, within.1.len()), (vec![15, 15, 15, 1], 46));
    let units = walk(&client, "ListOrganizationalUnitsForParent", body).await;
    assert_eq!((units.0, units.1.len()), (vec![15, 15, 15, 1], 46));
    for wrong in [0, 21] {
        let refused = refusal(&client, "ListAccounts", json!({ "MaxResults": wrong })).await;
        assert_eq!(
            (refused.0, refused.1.as_str()),
            (400, "InvalidInputException")
        );
    }
}

#[tokio::test]
async fn only_the_management_account_and_its_delegates_may_ask() {
    let (simulator, member) = Client::start().await;
    let management = Client::new(&simulator, MANAGEMENT, REGION);
    let none = (
        400,
        "AWSOrganizationsNotInUseException".to_owned(),
        "Your account is not a member of an organization.".to_owned(),
    );
    assert_eq!(refusal(&management, "ListAccounts", json!({})).await, none);
    simulator.put_organization(organization());
    let stranger = Client::new(&simulator, "123412341234", REGION);
    assert_eq!(refusal(&stranger, "ListAccounts", json!({})).await, none);
    let denied = (
        400,
        "AccessDeniedException".to_owned(),
        "You don't have permissions to access this resource.".to_owned(),
    );
    assert_eq!(refusal(&member, "ListAccounts", json!({})).await, denied);
    simulator.put_organization(organization().delegated_administrator(ACCOUNT));
    assert_eq!(walk(&member, "ListAccounts", json!({})).await.1.len(), 4);
}

#[tokio::test]
async fn unknown_parents_are_refused() {
    let (simulator, _) = Client::start().await;
    simulator.put_organization(organization());
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    for operation in ["ListAccountsForParent", "ListOrganizationalUnitsForParent"] {
        for (parent, name) in [
            ("ou-ab12-99999999", "ParentNotFoundException"),
            ("r-cd34", "ParentNotFoundException"),
            ("nonsense", "InvalidInputException"),
        ] {
            let refused = refusal(&client, operation, json!({ "ParentId": parent })).await;
            assert_eq!((refused.0, refused.1.as_str()), (400, name), "{parent}");
        }
    }
}

#[tokio::test]
async fn changes_while_it_runs() {
    let (simulator, _) = Client::start().await;
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    let states = async || {
        let listed = client
            .organizations("ListAccounts", &json!({}))
            .await
            .json();
        let accounts = listed["Accounts"].as_array().cloned().unwrap_or_default();
        let show = |account: &Value| {
            format!("{}/{}", account["Status"], account["State"]).replace('"', "")
        };
        accounts.iter().map(show).collect::<Vec<_>>()
    };
    let two = Organization::new(MANAGEMENT).account(ACCOUNT, "payments");
    for (organization, expected) in [
        (two.clone(), "ACTIVE/ACTIVE"),
        (two.clone().suspended(ACCOUNT), "SUSPENDED/SUSPENDED"),
        (
            two.clone().pending_closure(ACCOUNT),
            "PENDING_CLOSURE/PENDING_CLOSURE",
        ),
        (two.clone().closed(ACCOUNT), "SUSPENDED/CLOSED"),
    ] {
        simulator.put_organization(organization);
        assert_eq!(states().await, [expected, "ACTIVE/ACTIVE"]);
    }
    simulator.put_organization(Organization::new(MANAGEMENT));
    assert_eq!(states().await, ["ACTIVE/ACTIVE"]);
}

#[tokio::test]
async fn faults_strike_it_and_lambdas_quota_does_not() {
    let (simulator, _) = Client::start().await;
    simulator.put_organization(organization());
    simulator.set_quota(MANAGEMENT, REGION, Some(1.0e-3));
    let client = Client::new(&simulator, MANAGEMENT, REGION);
    for _ in 0..20 {
        assert_eq!(walk(&client, "ListAccounts", json!({})).await.1.len(), 4);
    }
    let region = simulator.region(MANAGEMENT, REGION);
    assert_eq!((region.throttled(), region.peak_per_second()), (0, 0));
    assert_eq!(region.count(Operation::ListAccounts), 20);
    assert_eq!(simulator.requests()[0].operation, Operation::ListAccounts);
    for (kind, status, name) in [
        (FaultKind::AccessDenied, 400, "AccessDeniedException"),
        (FaultKind::ServiceException, 500, "ServiceException"),
        (
            FaultKind::TooManyRequests { retry_after: None },
            400,
            "TooManyRequestsException",
        ),
        (FaultKind::ExpiredToken, 400, "ExpiredTokenException"),
    ] {
        let fault = Fault::on(Operation::ListAccounts)
            .account(MANAGEMENT)
            .times(1);
        simulator.inject(fault.kind(kind));
        let refused = refusal(&client, "ListAccounts", json!({})).await;
        assert_eq!((refused.0, refused.1.as_str()), (status, name));
        if kind == FaultKind::AccessDenied {
            let text =
                "is not authorized to perform: organizations:ListAccounts on resource: * because";
            assert!(refused.2.contains(text), "{}", refused.2);
        }
    }
}

#[tokio::test]
#[should_panic(expected = "no organizational unit ou-ab12-33333333")]
async fn a_mistake_in_an_organization_does_not_pass() {
    let (simulator, _) = Client::start().await;
    let lost = organization().account_in("ou-ab12-33333333", "555566667777", "lost");
    simulator.put_organization(lost);
}
