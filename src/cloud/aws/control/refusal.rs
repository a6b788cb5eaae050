//! Why a call was not done, or is not known to be: what the error means for what to do next, and one sentence that says
//! what to do.

use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::request_id::RequestId;

use super::super::trouble::{Api, Verdict, causes, credentials_error, judge, root, told};
use crate::cloud::clean;
use crate::model::{Refusal, RefusalKind, RegionId};

/// The condition of a write does not hold.
const TAKEN: [&str; 5] = [
    "PreconditionFailed",
    "ConditionalRequestConflict",
    // A write on condition of a version that is not there any more; a look takes it for what it says.
    "NoSuchKey",
    "ConditionalCheckFailedException",
    "HealthCheckVersionMismatch",
];

/// The service is there and cannot do it now.
const LATER: [&str; 11] = [
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "EndpointTemporarilyUnavailableException",
    "InsufficientInstanceCapacity",
    "InsufficientDBInstanceCapacity",
    "PurgeQueueInProgress",
    "AWS.SimpleQueueService.PurgeQueueInProgress",
    "TransactionConflictException",
    "OperationAborted",
    // Lambda: another change of the function is on its way.
    "ResourceConflictException",
];

/// The service has no such call.
const UNSUPPORTED: [&str; 8] = [
    "UnsupportedOperation",
    "AWS.SimpleQueueService.UnsupportedOperation",
    "UnsupportedOperationException",
    "UnknownOperationException",
    "UnknownOperation",
    "InvalidAction",
    "NotImplemented",
    "NotImplementedException",
];

/// EC2 and RDS say this with status 500, and it is a plain no.
const NO_CAPACITY: &[u8] = b"InsufficientInstanceCapacity";

/// What was asked, for the sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct What<'a> {
    /// The call.
    pub api: Api,
    /// Nothing, or what it was done to, such as ` of if-a`.
    pub subject: &'a str,
    /// Where.
    pub region: &'a RegionId,
    /// What to do when the credentials are no good any more.
    pub log_in: &'a str,
}

impl What<'_> {
    /// Why a change was refused.
    pub(super) fn refused<E>(&self, error: &SdkError<E, HttpResponse>) -> Refusal
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let kind = kind_of(error);
        because(kind, &self.sentence(kind, true, error), error.request_id())
    }

    /// Why a look brought nothing. A look that was not answered can be had again: nothing was to be done by it.
    pub(super) fn looked<E>(&self, error: &SdkError<E, HttpResponse>) -> Refusal
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let kind = kind_of(error);
        let told = if kind == RefusalKind::Unknown { RefusalKind::Later } else { kind };
        because(told, &self.sentence(kind, false, error), error.request_id())
    }

    /// Refused for a reason that no error tells.
    pub(super) fn wrong(&self, why: &str) -> Refusal {
        because(RefusalKind::Wrong, &format!("{} was refused: {why}", self.name()), None)
    }

    fn name(&self) -> String {
        format!("{} {}{} in {}", self.api.service.word(), self.api.operation, self.subject, self.region)
    }

    fn sentence<E>(&self, kind: RefusalKind, is_change: bool, error: &SdkError<E, HttpResponse>) -> String
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let what = self.name();
        if let Some(missing) = credentials_error(error) {
            return format!("{what} could not be signed: {}; {}", told(missing), self.log_in);
        }
        let (code, status) = (code(error), status(error));
        let named = match (code, status) {
            (Some(code), _) => code.to_owned(),
            (None, Some(status)) => format!("HTTP {status}"),
            (None, None) => root(error),
        };
        let message = error.as_service_error().and_then(ProvideErrorMetadata::message);
        let message =
            message.filter(|message| !message.is_empty()).map_or_else(String::new, |said| format!(": {said}"));
        match kind {
            RefusalKind::Later if status.is_none() => {
                format!("{what} could not be reached ({named}): nothing was sent; check the network and the endpoint")
            }
            RefusalKind::Later => match judge(code, status) {
                Verdict::Slower if message.is_empty() => format!("{what} was throttled ({named}): wait a little"),
                _ => format!("{what} cannot be done now ({named}){message}"),
            },
            RefusalKind::Denied => match judge(code, status) {
                Verdict::Forbidden => {
                    format!("{what} is not allowed ({named}): allow {} to this role or user", self.api.iam_action())
                }
                _ => format!("{what} was refused ({named}): {}, and check the clock", self.log_in),
            },
            RefusalKind::Wrong if status.is_none() => format!("{what} could not be asked: {named}"),
            RefusalKind::Wrong => format!("{what} was refused ({named}){message}"),
            RefusalKind::Taken => format!("{what} was not done ({named}): someone else was first"),
            RefusalKind::Unsupported => format!("{what} cannot be had here ({named}){message}"),
            RefusalKind::Unknown if is_change => format!(
                "{what} was sent and its end is not known ({named}){message}: look whether it is done before ordering it \
                 again"
            ),
            RefusalKind::Unknown => format!("{what} was not answered ({named}){message}: check the network and AWS"),
        }
    }
}

fn because(kind: RefusalKind, reason: &str, request_id: Option<&str>) -> Refusal {
    Refusal { kind, reason: clean::line(reason), request_id: request_id.map(clean::line) }
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

fn kind_of<E>(error: &SdkError<E, HttpResponse>) -> RefusalKind
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if credentials_error(error).is_some() {
        return RefusalKind::Denied;
    }
    match error {
        SdkError::ConstructionFailure(_) => RefusalKind::Wrong,
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(|error| is_unsent(error)) => {
            RefusalKind::Later
        }
        _ => status(error).map_or(RefusalKind::Unknown, |status| kind(code(error), status)),
    }
}

/// What an answer means.
fn kind(code: Option<&str>, status: u16) -> RefusalKind {
    if let Some(code) = code {
        for (codes, kind) in [
            (&TAKEN[..], RefusalKind::Taken),
            (&LATER[..], RefusalKind::Later),
            (&UNSUPPORTED[..], RefusalKind::Unsupported),
        ] {
            if codes.contains(&code) {
                return kind;
            }
        }
    }
    match judge(code, Some(status)) {
        Verdict::Slower => RefusalKind::Later,
        Verdict::LogIn | Verdict::Forbidden => RefusalKind::Denied,
        Verdict::NotThere => RefusalKind::Wrong,
        Verdict::Other => match status {
            412 => RefusalKind::Taken,
            501 => RefusalKind::Unsupported,
            // A service names what is not there; this one does not know the call.
            404 | 405 if code.is_none() => RefusalKind::Unsupported,
            300..=499 => RefusalKind::Wrong,
            _ => RefusalKind::Unknown,
        },
    }
}

/// Whether a call that was answered so may have been done all the same: the answer was good and could not be read, or
/// something broke behind the door.
pub(super) fn may_be_done(status: u16, body: &[u8]) -> bool {
    let is_plain_no = || body.windows(NO_CAPACITY.len()).any(|window| window == NO_CAPACITY);
    !matches!(status, 300..=499 | 501 | 503) && !is_plain_no()
}

/// Whether an error of the connection came before anything was sent. The client under the SDK tells that in words only.
pub(super) fn is_unsent(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|error| {
        let refused = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let said = error.to_string();
        refused == Some(std::io::ErrorKind::ConnectionRefused)
            || said == "client error (Connect)"
            || said.starts_with("HTTP connect timeout")
            || said.starts_with("dns error")
    })
}
