//! What was signed by a wrong clock is signed anew. The SDK knows the words of most services for it, and not EC2's, which
//! says the same of credentials that have ended.

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::retry::ErrorKind;

use super::reach::Reach;

const EXPIRED: &[u8] = b"RequestExpired";

/// Has a request tried again that is said to be too old, where this machine's clock is to blame.
#[derive(Clone, Debug)]
pub(super) struct Late(pub Arc<Reach>);

impl ClassifyRetry for Late {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().and_then(|answer| answer.body().bytes()).unwrap_or_default();
        let is_expired = body.windows(EXPIRED.len()).any(|part| part == EXPIRED);
        if is_expired && self.0.is_clock_off() {
            RetryAction::retryable_error(ErrorKind::ServerError)
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "Late"
    }
}
