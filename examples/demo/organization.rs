//! The organisation in small: two accounts, and the role that lets one read the other. `lambda-async-exporter.yaml` tells
//! the exporter the same.

use lambda_simulator::{Region, Role, Simulator};

/// The account that the exporter's own credentials are of.
pub(crate) const HOME: &str = "111122223333";
/// The account that it reads by a role.
pub(crate) const DATA: &str = "444455556666";

const ROLE: &str = "arn:aws:iam::444455556666:role/lambda-async-exporter";
const EXTERNAL_ID: &str = "acme-monitoring";

/// The largest fleet: where most of the story happens.
pub(crate) fn main_region(aws: &Simulator) -> Region {
    aws.region(HOME, "us-east-1")
}

/// Lets the role be assumed, by those who know the external id.
pub(crate) fn trust(aws: &Simulator) {
    aws.put_role(Role::new(ROLE).external_id(EXTERNAL_ID));
}

/// Refuses the role, and the credentials that it gave.
pub(crate) fn distrust(aws: &Simulator) {
    aws.put_role(Role::new(ROLE).denied());
    aws.revoke_sessions();
}
