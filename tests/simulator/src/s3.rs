//! S3: whether a bucket is there. No answer to HEAD has a body.

use crate::answer::Answer;
use crate::aws_error::AwsError;
use crate::call::Call;
use crate::caller::Caller;
use crate::state::State;

/// A bucket's name is one for all accounts: another account's is denied, and so is one that the request expects of
/// another. Wherever there is one, the answer says in which region.
pub(crate) fn head_bucket(state: &State, call: &Call, caller: &Caller) -> Result<Answer, AwsError> {
    let arn = call.resource.as_deref().unwrap_or_default();
    let holder = state.bucket_holder(arn);
    let holder = holder.ok_or_else(|| AwsError::not_found("Not Found"))?;
    let expected = call.expected_owner.as_ref();
    let denied = holder.account != caller.scope.account
        || expected.is_some_and(|expected| *expected != holder.account);
    let status = match () {
        () if holder.region != caller.scope.region => 301,
        () if denied => 403,
        () => 200,
    };
    Ok(Answer::empty(status).header("x-amz-bucket-region", &holder.region))
}
