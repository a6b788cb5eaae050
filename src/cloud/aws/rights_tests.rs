//! IAM's answers in the shapes that its documentation shows: what no emulator answers so.

use rstest::rstest;

use super::*;
use crate::cloud::Ask;
use crate::cloud::aws::replay::Replay;
use crate::cloud::aws::tests::aws;
use crate::cloud::{Cloud, Progress};
use crate::model::{Claim, Fact, Observation, Outcome, Question};

#[rstest]
#[case("arn:aws:iam::123456789012:root", Whose::Root)]
#[case("arn:aws:iam::123456789012:user/kim", Whose::User)]
#[case("arn:aws-cn:iam::123456789012:user/ops/night/kim", Whose::User)]
#[case("arn:aws:sts::123456789012:assumed-role/ops-readonly/kim", Whose::Role("ops-readonly"))]
#[case(
    "arn:aws-us-gov:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0f/kim@example.org",
    Whose::Role("AWSReservedSSO_Ops_0f")
)]
#[case("arn:aws:sts::123456789012:federated-user/kim", Whose::Unknown)]
#[case("arn:aws:iam::123456789012:user", Whose::Unknown)]
#[case("arn:aws:sts::123456789012:assumed-role/ops", Whose::Unknown)]
fn a_callers_policies_are_found_by_its_arn(#[case] arn: &str, #[case] expected: Whose<'_>) {
    assert_eq!(whose(&Arn::parse(arn).expect("an ARN")), expected);
}

#[test]
fn what_is_no_arn_is_none() {
    for text in ["", "kim", "arn:aws:iam::1", "urn:aws:iam::1:root"] {
        assert!(Arn::parse(text).is_none(), "{text}");
    }
}

#[rstest]
#[case("arn:aws:sqs:*:*:if-*", Some("if-navidocs-h01"), "arn:aws-cn:sqs:eu-west-1:123456789012:if-navidocs-h01", true)]
#[case("arn:aws:sqs:*:*:if-*", Some("other"), "arn:aws-cn:sqs:eu-west-1:123456789012:if-infradeck", false)]
#[case("arn:aws:sqs:*:*:if-*", None, "arn:aws-cn:sqs:eu-west-1:123456789012:if-infradeck", false)]
#[case("arn:aws:s3:::bucket/key", None, "arn:aws-cn:s3:::bucket/key", true)]
#[case("arn:aws:sns:us-east-1:210987654321:bus", None, "arn:aws-cn:sns:us-east-1:210987654321:bus", true)]
#[case(
    "arn:aws:cloudwatch:*:*:alarm:*",
    Some("alarm:a:b"),
    "arn:aws-cn:cloudwatch:eu-west-1:123456789012:alarm:a:b",
    true
)]
fn a_claim_is_of_a_thing_that_is_there(
    #[case] claim: &str,
    #[case] known: Option<&str>,
    #[case] arn: &str,
    #[case] is_real: bool,
) {
    let caller = Arn::parse("arn:aws-cn:sts::123456789012:assumed-role/ops/kim").expect("an ARN");
    let owner = Some(AgentKey::new("navidocs", "h01"));
    let known = known.map(|name| Thing { name: name.into(), owner: owner.clone() });
    let found = example(claim, &caller, &"eu-west-1".into(), known.as_ref()).expect("an example");
    let owner = owner.filter(|_| is_real && claim.ends_with('*'));
    assert_eq!(found, Example { arn: arn.into(), is_real, owner });
}

fn who(arn: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>AROA:kim</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
}

fn role_of(arn: &str) -> String {
    format!(
        "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role>\
         <Path>/x/</Path><RoleName>ops</RoleName><RoleId>AROA</RoleId><Arn>{arn}</Arn>\
         <CreateDate>2025-01-01T00:00:00Z</CreateDate></Role></GetRoleResult>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetRoleResponse>"
    )
}

/// Actions, what is decided, and what was missing.
fn said(results: &[(&str, &str, &str)]) -> String {
    let member = |(action, decision, missing): &(&str, &str, &str)| {
        let missing = if missing.is_empty() { String::new() } else { format!("<member>{missing}</member>") };
        format!(
            "<member><MatchedStatements/><MissingContextValues>{missing}</MissingContextValues>\
             <EvalResourceName>*</EvalResourceName><EvalDecision>{decision}</EvalDecision>\
             <EvalActionName>{action}</EvalActionName></member>"
        )
    };
    let members: String = results.iter().map(member).collect();
    format!(
        "<SimulatePrincipalPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>{members}</EvaluationResults>\
         </SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
         </SimulatePrincipalPolicyResponse>"
    )
}

fn error(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
}

const MARKER: &str = "arn:aws:s3:::if-failover/active";
const QUEUES: &str = "arn:aws:sqs:*:*:if-*";

async fn ask_about(claims: &[(&str, &str)], answers: &[(u16, &str)]) -> (Observation, Vec<String>) {
    let replay = Replay::new(answers);
    let claims =
        claims.iter().map(|(action, resource)| Claim { action: (*action).into(), resource: (*resource).into() });
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |connection| connection.claims = claims.collect());
    let progress: Progress = std::sync::Arc::new(|_| {});
    let answer = aws.observe(&Ask::all(Question::Rights, "eu-west-1".into()), &progress).await;
    (answer, replay.asked())
}

fn verdicts(answer: &Observation) -> Vec<(&str, Verdict)> {
    match &answer.fact {
        Some(Fact::Rights(rights)) => rights.iter().map(|right| (right.action.as_str(), right.verdict)).collect(),
        other => panic!("no rights: {other:?}"),
    }
}

#[tokio::test]
async fn a_role_is_asked_about_by_its_whole_arn() {
    let caller = who("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0f/kim");
    let whole = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0f";
    let result = said(&[("s3:PutObject", "explicitDeny", ""), ("s3:DeleteObject", "allowed", "")]);
    let claims = [("s3:DeleteObject", MARKER), ("s3:PutObject", MARKER)];
    let (answer, asked) = ask_about(&claims, &[(200, &caller), (200, &role_of(whole)), (200, &result)]).await;
    assert_eq!((answer.quality, &answer.reason), (Quality::Complete, &None));
    assert_eq!(verdicts(&answer), [("s3:DeleteObject", Verdict::Allowed), ("s3:PutObject", Verdict::Denied)]);
    assert!(asked[1].contains("RoleName=AWSReservedSSO_Ops_0f"), "{}", asked[1]);
    let encoded = whole.replace(':', "%3A").replace('/', "%2F");
    assert!(asked[2].contains(&format!("PolicySourceArn={encoded}&")), "{}", asked[2]);
    assert!(asked[2].contains("ResourceArns.member.1=arn%3Aaws%3As3%3A%3A%3Aif-failover%2Factive"), "{}", asked[2]);
    assert!(answer.calls.iter().all(|call| call.outcome == Outcome::Answered) && answer.calls.len() == 3);
}

#[tokio::test]
async fn only_what_is_surely_denied_is_denied() {
    use Verdict::{Denied, Unknown};
    let caller = who("arn:aws:iam::123456789012:user/kim");
    let real = said(&[
        ("s3:DeleteObject", "implicitDeny", "aws:SourceIp"),
        ("s3:GetObject", "explicitDeny", "aws:MultiFactorAuthPresent"),
        ("s3:PutObject", "implicitDeny", ""),
        ("s3:Invented", "perhaps", ""),
    ]);
    // There is no queue: that is asked of one that is made up.
    let made_up = said(&[("sqs:PurgeQueue", "implicitDeny", ""), ("sqs:SendMessage", "explicitDeny", "")]);
    let claims = [
        ("s3:DeleteObject", MARKER),
        ("s3:GetObject", MARKER),
        ("s3:PutObject", MARKER),
        ("s3:Invented", MARKER),
        ("sqs:PurgeQueue", QUEUES),
        ("sqs:SendMessage", QUEUES),
    ];
    let (answer, asked) = ask_about(&claims, &[(200, &caller), (200, &real), (200, &made_up)]).await;
    assert_eq!(asked.len(), 3, "a user's ARN is whole");
    let expected = [
        ("s3:DeleteObject", Unknown),
        ("s3:GetObject", Unknown),
        ("s3:Invented", Unknown),
        ("s3:PutObject", Denied),
        ("sqs:PurgeQueue", Unknown),
        ("sqs:SendMessage", Denied),
    ];
    assert_eq!(verdicts(&answer), expected);
}

#[tokio::test]
async fn what_is_allowed_on_one_of_two_is_allowed() {
    let caller = who("arn:aws:iam::123456789012:user/kim");
    let first = said(&[("rds:ModifyDBInstance", "implicitDeny", "")]);
    let second = said(&[("rds:ModifyDBInstance", "allowed", "")]);
    let claims = [("rds:ModifyDBInstance", "arn:aws:rds:*:*:db:a"), ("rds:ModifyDBInstance", "arn:aws:rds:*:*:db:b")];
    let (answer, _) = ask_about(&claims, &[(200, &caller), (200, &first), (200, &second)]).await;
    assert_eq!(verdicts(&answer), [("rds:ModifyDBInstance", Verdict::Allowed)]);
}

#[tokio::test]
async fn whoever_may_not_ask_is_told_what_to_allow_and_of_nothing_else() {
    let claims = [("s3:PutObject", MARKER), ("sqs:PurgeQueue", QUEUES)];
    let denied = error("AccessDenied");
    let user = who("arn:aws:iam::123456789012:user/kim");
    let (answer, asked) = ask_about(&claims, &[(200, &user), (403, &denied)]).await;
    assert_eq!((answer.quality, &answer.fact), (Quality::Denied, &None));
    assert!(answer.reason.as_deref().unwrap_or_default().contains("iam:SimulatePrincipalPolicy"), "{answer:?}");
    assert_eq!(asked.len(), 2, "and is not refused twice");

    // Who may not ask for the role's ARN gets the usual one; where IAM does not know that, it is the first that is missing.
    let role = who("arn:aws:sts::123456789012:assumed-role/ops/kim");
    let result = said(&[("s3:PutObject", "allowed", "")]);
    let (answer, asked) = ask_about(&claims[..1], &[(200, &role), (403, &denied), (200, &result)]).await;
    assert_eq!(verdicts(&answer), [("s3:PutObject", Verdict::Allowed)]);
    assert!(asked[2].contains("role%2Fops&"), "{}", asked[2]);
    let (answer, _) = ask_about(&claims, &[(200, &role), (403, &denied), (404, &error("NoSuchEntity"))]).await;
    assert_eq!((answer.quality, &answer.fact), (Quality::Denied, &None));
    assert!(answer.reason.as_deref().unwrap_or_default().contains("iam:GetRole"), "{answer:?}");
}

#[tokio::test]
async fn a_part_that_fails_is_not_known_and_the_rest_is() {
    let caller = who("arn:aws:iam::123456789012:user/kim");
    let claims = [("s3:PutObject", MARKER), ("sqs:PurgeQueue", QUEUES)];
    let result = said(&[("s3:PutObject", "implicitDeny", "")]);
    let (answer, _) = ask_about(&claims, &[(200, &caller), (200, &result), (400, &error("InvalidInput"))]).await;
    assert_eq!(answer.quality, Quality::Partial, "{answer:?}");
    assert_eq!(verdicts(&answer), [("s3:PutObject", Verdict::Denied), ("sqs:PurgeQueue", Verdict::Unknown)]);
}

#[tokio::test]
async fn the_root_may_do_everything_and_of_a_federated_user_nothing_is_known() {
    let claims = [("s3:PutObject", MARKER)];
    let root = who("arn:aws:iam::123456789012:root");
    let (answer, asked) = ask_about(&claims, &[(200, &root)]).await;
    assert_eq!(verdicts(&answer), [("s3:PutObject", Verdict::Allowed)]);
    assert_eq!((asked.len(), answer.quality), (1, Quality::Complete));
    let federated = who("arn:aws:sts::123456789012:federated-user/kim");
    let (answer, asked) = ask_about(&claims, &[(200, &federated)]).await;
    assert_eq!(verdicts(&answer), [("s3:PutObject", Verdict::Unknown)]);
    assert_eq!((asked.len(), answer.quality), (1, Quality::Partial));
    assert!(answer.reason.as_deref().unwrap_or_default().contains("users and roles alone"), "{answer:?}");
    let (answer, asked) = ask_about(&[], &[(200, &root)]).await;
    assert_eq!((verdicts(&answer), asked.len()), (Vec::new(), 0), "who orders nothing asks nothing");
}

#[tokio::test]
async fn iam_is_told_the_tags_of_what_is_asked_about() {
    let caller = who("arn:aws:iam::123456789012:user/kim");
    let result = said(&[("ec2:StopInstances", "allowed", "")]);
    let listed = "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>\
        <reservationSet><item><instancesSet><item><instanceId>i-0a</instanceId>\
        <instanceState><code>16</code><name>running</name></instanceState><tagSet>\
        <item><key>infrafabric:session</key><value>navidocs</value></item>\
        <item><key>infrafabric:agent</key><value>e01</value></item></tagSet></item></instancesSet></item></reservationSet>\
        </DescribeInstancesResponse>";
    let replay = Replay::new(&[(200, listed), (200, &caller), (200, &result)]);
    let aws = aws(&replay, "2026-11-02T10:00:00Z", |connection| {
        let resource = "arn:aws:ec2:*:*:instance/*".to_owned();
        connection.claims = vec![Claim { action: "ec2:StopInstances".into(), resource }];
    });
    let progress: Progress = std::sync::Arc::new(|_| {});
    for question in [Question::Instances, Question::Rights] {
        let answer = aws.observe(&Ask::all(question, "eu-west-1".into()), &progress).await;
        assert_eq!(answer.quality, Quality::Complete, "{answer:?}");
    }
    let asked = replay.asked().pop().expect("a request");
    assert!(asked.contains("arn%3Aaws%3Aec2%3Aeu-west-1%3A123456789012%3Ainstance%2Fi-0a"), "{asked}");
    assert!(asked.contains("ContextKeyName=aws%3AResourceTag%2Finfrafabric%3Asession"), "{asked}");
    assert!(asked.contains("navidocs") && asked.contains("e01"), "{asked}");
}
