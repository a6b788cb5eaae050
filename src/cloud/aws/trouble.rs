//! What went wrong with a call, in one sentence that says what to do.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::answers::Unread;
use crate::cloud::clean;
use crate::model::{Charge, Operation, Outcome, Quality, RegionId, Service};

/// A call as AWS names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Api {
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: &'static str,
}

impl Api {
    pub(super) const fn new(service: Service, operation: &'static str) -> Self {
        Self { service, operation }
    }

    /// What a call is billed for.
    pub(super) fn charge(self) -> Charge {
        Operation::find(self.service, self.operation).map_or(Charge::Free, |operation| operation.charge)
    }

    /// The permission that IAM wants for it.
    pub(super) fn iam_action(self) -> String {
        self.service.permission(self.operation)
    }
}

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    /// Of which kind.
    pub kind: Outcome,
    /// The service's own word for it.
    pub code: Option<String>,
    /// The sentence.
    pub reason: String,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// What to do about the credentials, where they are the trouble: one line that holds for every call.
    pub log_in: Option<String>,
}

/// What kind of error a code or an HTTP status speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Ask less.
    Slower,
    /// The credentials are too old or not known.
    LogIn,
    /// The credentials are good, and may not do this.
    Forbidden,
    /// The service answers, and what was asked for is not there.
    NotThere,
    /// Anything else.
    Other,
}

/// See "Errors that mean *slower*" on the page `AWS.md`; the rest is what the services are known to say beside it.
const SLOWER: [&str; 13] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "LimitExceededException",
    "RequestThrottled",
    "RequestThrottledException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
];
const LOG_IN: [&str; 13] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "AuthFailure",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "TokenRefreshRequired",
];
const NOT_THERE: [&str; 8] = [
    "NoSuchEntity",
    "NoSuchBucket",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "ResourceNotFound",
    "NotFoundException",
    "DataUnavailableException",
];

/// Judges an error by the service's code, else by the HTTP status.
pub(super) fn judge(code: Option<&str>, status: Option<u16>) -> Verdict {
    if let Some(code) = code {
        if SLOWER.contains(&code) {
            return Verdict::Slower;
        }
        if LOG_IN.contains(&code) {
            return Verdict::LogIn;
        }
        if code.starts_with("AccessDenied") || code.starts_with("Unauthorized") || code == "OptInRequired" {
            return Verdict::Forbidden;
        }
        if NOT_THERE.contains(&code) {
            return Verdict::NotThere;
        }
    }
    match status {
        Some(429 | 503) => Verdict::Slower,
        Some(401) => Verdict::LogIn,
        Some(403) => Verdict::Forbidden,
        _ => Verdict::Other,
    }
}

/// Whether an answer that was no success says *slower*, in whichever protocol.
pub(super) fn is_throttle(status: u16, body: &[u8]) -> bool {
    let holds = |code: &str| body.windows(code.len()).any(|part| part == code.as_bytes());
    matches!(status, 429 | 503) || SLOWER.iter().any(|code| holds(code))
}

impl Verdict {
    fn kind(self) -> Outcome {
        match self {
            Self::Slower => Outcome::Throttled,
            Self::LogIn | Self::Forbidden => Outcome::Denied,
            Self::NotThere | Self::Other => Outcome::Failed,
        }
    }
}

impl Trouble {
    /// Tells what happened to `api`, asked about `subject` (nothing, or such as ` of if-a`) in `region`. `log_in` says
    /// how to get new credentials.
    pub(super) fn new<E>(
        api: Api,
        subject: &str,
        region: &RegionId,
        log_in: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let what = format!("{} {}{subject} in {region}", api.service.word(), api.operation);
        if let Some(missing) = credentials_error(error) {
            let why = format!("{}; {log_in}", told(missing));
            let log_in = Some(clean::line(&format!("no AWS credentials: {why}")));
            let reason = format!("{what} could not be signed: {why}");
            return Self { log_in, ..Self::of(Outcome::Denied, None, &reason) };
        }
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let status = error.raw_response().map(|response| response.status().as_u16());
        let verdict = judge(code, status);
        let named = match (code, status) {
            (Some(code), _) => code.to_owned(),
            (None, Some(status)) => format!("HTTP {status}"),
            (None, None) => String::new(),
        };
        let reason = match (verdict, error) {
            (Verdict::Slower, _) => format!("{what} was throttled ({named}): it is asked again at its next turn"),
            (Verdict::LogIn, _) => format!("{what} was refused ({named}): {log_in}, and check the clock"),
            (Verdict::Forbidden, _) => {
                format!("{what} is not allowed ({named}): allow {} to this role or user", api.iam_action())
            }
            (_, SdkError::TimeoutError(_)) => format!("{what} was not answered in time: check the network and AWS"),
            (_, SdkError::DispatchFailure(failure)) if failure.is_timeout() => {
                format!("{what} was not answered in time: check the network and AWS")
            }
            (_, SdkError::DispatchFailure(_)) => {
                format!("{what} could not be reached ({}): check the network and the endpoint", root(error))
            }
            (_, SdkError::ServiceError(service)) if code.is_some() => {
                let message = service.err().message().unwrap_or("no further word");
                format!("{what} failed ({named}): {message}")
            }
            (_, SdkError::ConstructionFailure(_)) => format!("{what} could not be asked: {}", root(error)),
            _ => match causes(error).find_map(|error| error.downcast_ref::<Unread>()) {
                Some(unread) => format!("{what} was answered with {unread}: check the endpoint"),
                None => format!("{what} was answered with what cannot be read ({named}): check the endpoint"),
            },
        };
        let log_in = (verdict == Verdict::LogIn)
            .then(|| clean::line(&format!("AWS does not take the credentials ({named}): {log_in}")));
        Self { status, log_in, ..Self::of(verdict.kind(), code, &reason) }
    }

    /// A trouble that is not a call's.
    pub(super) fn of(kind: Outcome, code: Option<&str>, reason: &str) -> Self {
        Self { kind, code: code.map(str::to_owned), reason: clean::line(reason), status: None, log_in: None }
    }

    /// Whether the service is not well: it throttles, breaks, or is not heard of. What it denies, does not have or does
    /// not understand it has answered.
    pub(super) fn is_sick(&self) -> bool {
        match self.kind {
            Outcome::Throttled => true,
            Outcome::Answered | Outcome::Denied => false,
            Outcome::Failed => !self.is_not_there() && !self.status.is_some_and(|status| (400..500).contains(&status)),
        }
    }

    /// Whether the service said that what was asked for is not there: it answers all the same.
    pub(super) fn is_not_there(&self) -> bool {
        self.code.as_deref().is_some_and(|code| NOT_THERE.contains(&code))
    }

    /// How the call itself ended, for the health of the service.
    pub(super) fn outcome(&self) -> Outcome {
        if self.is_not_there() { Outcome::Answered } else { self.kind }
    }

    /// The quality of an answer that this trouble left empty.
    pub(super) fn quality(&self) -> Quality {
        match self.kind {
            Outcome::Throttled => Quality::Throttled,
            Outcome::Denied => Quality::Denied,
            Outcome::Answered | Outcome::Failed => Quality::Failed,
        }
    }
}

/// An error and what caused it, the innermost last.
pub(super) fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The innermost cause: the one that names the thing, not the layers around it.
pub(super) fn root(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

pub(super) fn credentials_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e CredentialsError> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// What the SDK's credentials chain says, with its causes.
pub(super) fn told(error: &CredentialsError) -> String {
    let text = DisplayErrorContext(error).to_string();
    // The SDK appends its debug output in brackets, and says at each layer that it could not load.
    let text = text.split(" (").next().unwrap_or(&text);
    let mut said: Vec<&str> =
        text.split(": ").filter(|said| !said.starts_with("an error occurred while loading")).collect();
    said.dedup();
    clean::line(&said.join(": "))
}

#[cfg(test)]
#[path = "trouble_tests.rs"]
mod tests;
