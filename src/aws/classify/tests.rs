use aws_sdk_lambda::{
    error::ErrorMetadata,
    operation::get_function_configuration::GetFunctionConfigurationError,
    primitives::{DateTime, DateTimeFormat, SdkBody},
};

use super::*;

const OPERATION: Operation = Operation::GetFunctionConfiguration;

type Failed = SdkError<GetFunctionConfigurationError, HttpResponse>;

/// AWS's answer, sent when its clock was ahead of this machine's by so much.
fn answer(status: u16, code: &str, text: &str, ahead: Duration) -> Failed {
    let metadata = ErrorMetadata::builder().code(code).message(text).build();
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    let date = DateTime::from(SystemTime::now() + ahead);
    let date = date.fmt(DateTimeFormat::HttpDate).unwrap();
    response.headers_mut().insert("date", date);
    SdkError::service_error(GetFunctionConfigurationError::generic(metadata), response)
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//8=+";

fn keys() -> Credentials {
    Credentials::new("AKIAEXAMPLE", SECRET, Some(TOKEN.into()), None, "test")
}

fn failure(operation: Operation, error: &Failed) -> CallFailure {
    match classify(operation, error, Some(&keys())) {
        CallError::Failed(failure) => failure,
        CallError::NotFound => panic!("{error:?}"),
    }
}

#[test]
fn codes_win_over_statuses_and_statuses_stand_in_for_codes() {
    for (code, status, expected) in [
        (
            Some("TooManyRequestsException"),
            429,
            FailureKind::Throttled,
        ),
        (Some("ThrottlingException"), 400, FailureKind::Throttled),
        (Some("Throttling"), 400, FailureKind::Throttled),
        (None, 429, FailureKind::Throttled),
        (Some("AccessDeniedException"), 403, FailureKind::Denied),
        (Some("AccessDeniedException"), 400, FailureKind::Denied),
        (Some("ExpiredTokenException"), 403, FailureKind::Denied),
        (Some("RegionDisabledException"), 403, FailureKind::Denied),
        (Some("InvalidIdentityToken"), 400, FailureKind::Denied),
        (None, 403, FailureKind::Denied),
        (Some("ServiceException"), 500, FailureKind::Error),
        (Some("ValidationException"), 400, FailureKind::Error),
        (
            Some("AWSOrganizationsNotInUseException"),
            400,
            FailureKind::Error,
        ),
        (None, 502, FailureKind::Error),
        // A proxy's 404 is not AWS's "not found".
        (None, 404, FailureKind::Error),
    ] {
        let kind = kind(Operation::ListFunctions, code, Some(status));
        assert_eq!(kind, expected, "{code:?} {status}");
    }
}

#[test]
fn not_found_is_an_answer_about_functions_alone() {
    let error = answer(404, "ResourceNotFoundException", "no", Duration::ZERO);
    assert_eq!(
        classify(Operation::ListAliases, &error, None),
        CallError::NotFound
    );
    let failure = failure(Operation::ListRegions, &error);
    assert_eq!(failure.operation, Some(Operation::ListRegions));
    assert_eq!(failure.kind, FailureKind::Error);
}

#[test]
fn messages_are_one_bounded_line() {
    assert_eq!(bounded("a\n  b\0c\u{1b}[31m"), "a b c [31m");
    assert!(bounded(&"é".repeat(1000)).len() <= MAX_MESSAGE + '…'.len_utf8());
}

#[test]
fn codes_and_request_ids_are_bounded_lines() {
    let code = format!("Odd\n{}", "é".repeat(500_000));
    let metadata = ErrorMetadata::builder().code(&code).message("no").build();
    let mut response = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
    let id = "i".repeat(300_000);
    response.headers_mut().insert("x-amzn-requestid", id);
    let error = GetFunctionConfigurationError::generic(metadata);
    let error = SdkError::service_error(error, response);
    let failure = failure(OPERATION, &error);
    let (code, id) = (failure.code.unwrap(), failure.request_id.unwrap());
    assert!(code.starts_with("Odd éé"), "{code}");
    assert!(code.len() <= MAX_CODE + '…'.len_utf8(), "{code}");
    assert!(id.len() <= MAX_REQUEST_ID + '…'.len_utf8(), "{id}");
}

#[test]
fn what_echoes_the_credentials_is_not_kept() {
    for text in [
        SECRET.to_owned(),
        format!("1 validation error: value '{TOKEN}' failed"),
        // Cut in the midst of the token, it would not be seen any more.
        format!("{} {TOKEN}", "x".repeat(MAX_MESSAGE - 10)),
        "Credential=AKIA/20260101, Signature=0123456789".to_owned(),
    ] {
        for (code, message) in [("ValidationException", &*text), (&text, "no")] {
            let failure = failure(OPERATION, &answer(400, code, message, Duration::ZERO));
            let said = format!("{failure} {failure:?}");
            assert!(said.contains("withheld"), "{said}");
            for secret in ["FEMI", "IQoJ", "Signature="] {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }
    let usual = "User is not authorized to perform: lambda:ListFunctions";
    let failure = failure(
        OPERATION,
        &answer(403, "AccessDeniedException", usual, Duration::ZERO),
    );
    assert_eq!(failure.message, usual);
}

#[test]
fn what_aws_quotes_of_a_refused_request_is_not_kept() {
    for (code, text) in [
        (
            "InvalidSignatureException",
            "The Canonical String was x-amz-security-token:dG9rZW4",
        ),
        ("AccessDeniedException", "no\nx-amz-security-token:dG9rZW4"),
    ] {
        let failure = failure(OPERATION, &answer(403, code, text, Duration::ZERO));
        assert_eq!(failure.kind, FailureKind::Denied);
        assert!(!failure.to_string().contains("dG9rZW4"), "{failure}");
    }
}

#[test]
fn a_wrong_clock_is_named_and_is_no_fault_of_the_credentials() {
    let quarter = Duration::from_mins(15);
    for code in [
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestExpired",
    ] {
        let error = answer(403, code, "Signature expired: 20200101T", quarter);
        assert_eq!(
            failure(OPERATION, &error).message,
            "this machine's clock is 15 minutes behind AWS's"
        );
        assert_eq!(refusal(&error), None);
    }
}

#[test]
fn what_refusals_say_of_the_credentials() {
    for (code, expected) in [
        ("ExpiredTokenException", Some(Refusal::Expired)),
        ("UnrecognizedClientException", Some(Refusal::Suspect)),
        ("InvalidClientTokenId", Some(Refusal::Suspect)),
        ("InvalidSignatureException", Some(Refusal::Suspect)),
        ("AccessDeniedException", None),
        ("ThrottlingException", None),
        ("RequestExpired", None),
    ] {
        let error = answer(403, code, "no", Duration::ZERO);
        assert_eq!(refusal(&error), expected, "{code}");
    }
    let expired = answer(
        403,
        "InvalidSignatureException",
        "Signature expired: 20200101T000000Z is now earlier than 20200101T001000Z",
        Duration::ZERO,
    );
    assert_eq!(refusal(&expired), None);
}

#[test]
fn hints_say_what_aws_does_not() {
    let error = answer(
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        Duration::ZERO,
    );
    assert_eq!(
        failure(OPERATION, &error).message,
        "The security token included in the request is invalid. \
         (are the credentials valid, and is the region enabled for the account?)"
    );
    let error = answer(
        400,
        "AccessDeniedException",
        "You don't have permissions to access this resource.",
        Duration::ZERO,
    );
    assert!(
        failure(Operation::ListAccounts, &error)
            .message
            .contains("management account")
    );
    assert!(!failure(OPERATION, &error).message.contains("management"));
}
