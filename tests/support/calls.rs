//! What a request asks of AWS: read off its signature, its headers and its path, without a model
//! of any service.

use super::wire::Head;

/// Who asks what of which service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The access key; 12 digits are the account for the emulators.
    pub account: String,
    /// The region that the request is signed for.
    pub region: String,
    /// The signing name: `sqs`, `logs`, `monitoring` (CloudWatch), `ce` (Cost Explorer) …
    pub service: String,
    /// `ListQueues`; for services that speak REST, one of the few known below, or method and path.
    pub operation: String,
}

/// One request as the proxy saw it.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked.
    pub question: Question,
    /// The status of the answer; 0 when the connection was dropped instead.
    pub status: u16,
    /// Whether the answer was played by a [`Fault`](super::faults::Fault).
    pub faulted: bool,
    /// How many metrics were asked for, in a `GetMetricData`.
    pub metrics: usize,
    /// Until the head of the answer was there.
    pub took: std::time::Duration,
    /// When it came, by the account's own clock.
    pub at: std::time::Duration,
}

impl Question {
    /// Reads it off a request.
    pub fn of(head: &Head, body: &[u8]) -> Self {
        let mut question = Self { operation: operation(head, body), ..Self::default() };
        // AWS4-HMAC-SHA256 Credential=KEY/20261122/REGION/SERVICE/aws4_request, …
        let scope = head
            .get("authorization")
            .and_then(|value| value.split_once("Credential="))
            .map(|(_, rest)| rest.split(',').next().unwrap_or_default());
        if let Some(scope) = scope {
            let mut parts = scope.split('/');
            question.account = parts.next().unwrap_or_default().to_owned();
            question.region = parts.nth(1).unwrap_or_default().to_owned();
            question.service = parts.next().unwrap_or_default().to_owned();
        }
        question
    }
}

fn operation(head: &Head, body: &[u8]) -> String {
    if let Some(target) = head.get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let target = head.target();
    if let Some((_, name)) = target.split_once("/operation/") {
        return name.split(['/', '?']).next().unwrap_or_default().to_owned();
    }
    let form = head.get("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if form {
        let text = String::from_utf8_lossy(body);
        if let Some(action) = text.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
            return action.to_owned();
        }
    }
    rest(head.method(), target)
}

/// The calls of Lambda and S3 that tests count; the others are told as method and path.
fn rest(method: &str, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let name = match (method, parts.as_slice()) {
        ("GET", ["2015-03-31", "functions"]) => "ListFunctions",
        ("POST", ["2015-03-31", "functions"]) => "CreateFunction",
        ("GET", ["2015-03-31", "functions", _]) => "GetFunction",
        ("GET", [_, "functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("PUT", [_, "functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("DELETE", [_, "functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("POST", [_, "functions", _, "invocations"]) => "Invoke",
        ("GET", ["2016-08-19", "account-settings"]) => "GetAccountSettings",
        ("GET", ["2017-03-31", "tags", ..]) => "ListTags",
        ("GET", [_]) if query.contains("list-type=2") => "ListObjectsV2",
        ("GET", []) => "ListBuckets",
        _ => return format!("{method} {path}"),
    };
    name.to_owned()
}
