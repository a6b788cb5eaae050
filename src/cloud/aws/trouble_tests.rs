use super::*;

#[test]
fn errors_are_told_apart() {
    use Verdict::{Forbidden, LogIn, NotThere, Other, Slower};
    let table = [
        (Some("Throttling"), Some(400), Slower),
        (Some("ThrottlingException"), Some(400), Slower),
        (Some("ThrottledException"), Some(400), Slower),
        (Some("RequestLimitExceeded"), Some(503), Slower),
        (Some("TooManyRequestsException"), Some(429), Slower),
        (Some("LimitExceededException"), Some(400), Slower),
        (Some("RequestThrottled"), Some(403), Slower),
        (Some("SlowDown"), Some(503), Slower),
        (None, Some(429), Slower),
        (Some("ServiceUnavailable"), Some(503), Slower),
        (Some("ExpiredToken"), Some(403), LogIn),
        (Some("ExpiredTokenException"), Some(400), LogIn),
        (Some("RequestExpired"), Some(400), LogIn),
        (Some("UnrecognizedClientException"), Some(400), LogIn),
        (Some("InvalidClientTokenId"), Some(403), LogIn),
        (Some("AccessDenied"), Some(403), Forbidden),
        (Some("AccessDeniedException"), Some(400), Forbidden),
        (Some("UnauthorizedOperation"), Some(403), Forbidden),
        (None, Some(403), Forbidden),
        (Some("AWS.SimpleQueueService.NonExistentQueue"), Some(400), NotThere),
        (Some("NoSuchBucket"), Some(404), NotThere),
        (Some("ResourceNotFoundException"), Some(400), NotThere),
        (Some("InvalidParameterValue"), Some(400), Other),
        (Some("InternalFailure"), Some(500), Other),
        (None, Some(500), Other),
        (None, None, Other),
    ];
    for (code, status, verdict) in table {
        assert_eq!(judge(code, status), verdict, "{code:?} {status:?}");
    }
}

#[test]
fn permissions_have_the_names_that_iam_knows() {
    let action = |service, operation| Api::new(service, operation).iam_action();
    assert_eq!(action(Service::Sqs, "ListQueues"), "sqs:ListQueues");
    assert_eq!(action(Service::S3, "ListObjectsV2"), "s3:ListBucket");
    assert_eq!(action(Service::Budgets, "DescribeBudgets"), "budgets:ViewBudget");
    assert_eq!(action(Service::CostExplorer, "GetCostAndUsage"), "ce:GetCostAndUsage");
}

#[test]
fn what_a_service_says_is_cleaned() {
    let trouble = Trouble::of(Outcome::Failed, None, "it \u{1b}]52;c;aGk=\u{7} burns\nand burns");
    assert!(!trouble.reason.chars().any(clean::is_hostile), "{}", trouble.reason);
}

#[test]
fn what_is_denied_or_not_there_is_answered_by_one_that_is_well() {
    let trouble = |kind, code, status| Trouble { status, ..Trouble::of(kind, code, "why") };
    for (trouble, is_sick) in [
        (trouble(Outcome::Throttled, Some("ThrottlingException"), Some(400)), true),
        (trouble(Outcome::Failed, Some("InternalFailure"), Some(500)), true),
        (trouble(Outcome::Failed, None, None), true),
        (trouble(Outcome::Failed, None, Some(200)), true),
        (trouble(Outcome::Failed, Some("InvalidParameterValue"), Some(400)), false),
        (trouble(Outcome::Failed, Some("NoSuchBucket"), Some(404)), false),
        (trouble(Outcome::Denied, Some("AccessDenied"), Some(403)), false),
    ] {
        assert_eq!(trouble.is_sick(), is_sick, "{trouble:?}");
    }
}

#[test]
fn a_throttle_is_known_in_every_protocol() {
    assert!(is_throttle(429, b""));
    assert!(is_throttle(400, br#"{"__type": "com.amazonaws.logs#ThrottlingException"}"#));
    assert!(is_throttle(503, b"<Error><Code>SlowDown</Code></Error>"));
    assert!(is_throttle(400, b"\xbff__typeuRequestLimitExceeded\xff"));
    assert!(!is_throttle(400, br#"{"__type": "ValidationException"}"#));
}
