//! One change or one look on its way: what it is sent with, and whether a try that was not answered may have been heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetrySpec;
use aws_types::request_id::RequestId;

use super::super::asking::{Sent, locked, made};
use super::super::clients::Clients;
use super::super::connect::Connection;
use super::super::reach::{AwsTime, Reach};
use super::super::site::Site;
use super::super::tries::watched;
use super::super::trouble::{Api, Trouble};
use super::refusal::{What, is_unsent, may_be_done};
use crate::cloud::clean;
use crate::model::{Refusal, RefusalKind, RegionId, Reply, Time};

/// Tries of a change that does no more when it is made twice.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(32);

/// How long one try may take, and all of them: instances are slow to start, databases slow to be promoted.
const TRY: Duration = Duration::from_secs(15);
const ALL_TRIES: Duration = Duration::from_mins(2);

/// What changes things in one region.
#[derive(Debug)]
pub(in crate::cloud::aws) struct Hands {
    /// Tries again.
    pub(super) again: Clients,
    /// Never does.
    pub(super) once: Clients,
}

impl Hands {
    pub(in crate::cloud::aws) fn open(sdk: &SdkConfig, reach: &Arc<Reach>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(TRY)
            .operation_timeout(ALL_TRIES)
            .build();
        // The spec is named since a variable of the environment (AWS_NEW_RETRIES_2026) brings one that waits less.
        let retries = RetryConfig::standard()
            .with_max_attempts(TRIES)
            .with_initial_backoff(FIRST_WAIT)
            .with_max_backoff(LONGEST_WAIT)
            .with_retry_spec(RetrySpec::v2_0());
        let again = sdk.to_builder().timeout_config(timeouts.clone()).retry_config(retries).build();
        // What is sent once must be signed right at once: by AWS's clock.
        let once = sdk.to_builder().time_source(AwsTime(reach.clone()));
        let once = once.timeout_config(timeouts).retry_config(RetryConfig::disabled()).build();
        // What failed while the fabric was watched must not use up the tries of an order.
        let orders = RetryPartition::custom("orders").token_bucket(TokenBucket::unlimited()).build();
        let open = |sdk| Clients::open(sdk, Some(&orders), reach);
        Self { again: open(&again), once: open(&once) }
    }
}

/// One look, or what a change has to look up before it.
pub(super) struct Look<'a> {
    /// What is looked with, and remembered.
    pub site: &'a Site,
    /// How AWS is reached and what things are called.
    pub settings: &'a Connection,
    /// The region that is asked.
    pub region: &'a RegionId,
    /// When it began.
    pub now: Time,
    /// What to do when the credentials are no good any more.
    pub log_in: &'a str,
}

impl Look<'_> {
    /// Makes a call that someone has ordered, or waits to see: before all that polls, and though the service rests. How it
    /// went tells whether that goes on.
    pub(super) async fn call<T, E>(&self, api: Api, sent: impl Future<Output = Sent<T, E>>) -> Sent<T, E>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let gate = &self.site.gate;
        let turn = gate.first(api).await;
        let began = Instant::now();
        let (answer, tally) = watched(turn, 0.0, None, sent).await;
        let trouble = answer.as_ref().err().map(|error| Trouble::new(api, "", self.region, self.log_in, error));
        gate.ended(api, trouble.as_ref());
        locked(&self.site.ordered).push(made(api, began, tally.tries, 1, trouble.as_ref()));
        answer
    }

    /// Makes one call that changes nothing. `subject` is nothing, or what it is asked about, such as ` of if-a`.
    pub(super) async fn ask<T, E>(
        &self,
        api: Api,
        subject: &str,
        sent: impl Future<Output = Sent<T, E>>,
    ) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.call(api, Box::pin(sent)).await.map_err(|error| self.what(api, subject).looked(&error))
    }

    /// The same, where these codes say that the thing is not there.
    pub(super) async fn find<T, E>(
        &self,
        api: Api,
        subject: &str,
        missing: &[&str],
        sent: impl Future<Output = Sent<T, E>>,
    ) -> Result<Option<T>, Refusal>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match self.call(api, Box::pin(sent)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
                let is_missing = code.is_some_and(|code| missing.contains(&code));
                if is_missing { Ok(None) } else { Err(self.what(api, subject).looked(&error)) }
            }
        }
    }

    pub(super) fn what<'w>(&'w self, api: Api, subject: &'w str) -> What<'w> {
        What { api, subject, region: self.region, log_in: self.log_in }
    }
}

/// One change.
pub(super) struct Change<'a> {
    /// What it has to look up.
    pub look: Look<'a>,
    /// What it is made with.
    pub aws: &'a Clients,
    /// Which it is.
    pub api: Api,
    /// Sees its tries.
    pub witness: Witness,
}

impl Change<'_> {
    /// Makes it. `subject` is nothing, or what it is done to, such as ` of if-a`. What is sent must carry the
    /// [`Witness`].
    pub(super) async fn make<T, E>(&self, subject: &str, sent: impl Future<Output = Sent<T, E>>) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.told(subject, self.look.call(self.api, Box::pin(sent)).await)
    }

    /// What came of it.
    pub(super) fn told<T, E>(&self, subject: &str, answer: Sent<T, E>) -> Result<T, Refusal>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        answer.map_err(|error| self.after_all(self.look.what(self.api, subject).refused(&error)))
    }

    /// The same, where the answer says no more than that it was done.
    pub(super) async fn done<T, E>(
        &self,
        subject: &str,
        sent: impl Future<Output = Sent<T, E>>,
    ) -> Result<Reply, Refusal>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        Ok(reply(&self.make(subject, sent).await?, None))
    }

    /// After a try that may have been heard, no later answer says that nothing was done: that the instance is no replica
    /// any more is what the first try brought about.
    pub(super) fn after_all(&self, refusal: Refusal) -> Refusal {
        if refusal.kind == RefusalKind::Unknown || !self.witness.is_lost() {
            return refusal;
        }
        let Refusal { reason, request_id, .. } = refusal;
        let reason = format!(
            "{reason}; an earlier try was not answered and may have been heard: look whether it is done before ordering \
             it again"
        );
        Refusal { kind: RefusalKind::Unknown, reason: clean::line(&reason), request_id }
    }

    /// A refusal of our own, where the answer was none that could be taken.
    pub(super) fn wrong(&self, subject: &str, why: &str) -> Refusal {
        self.after_all(self.look.what(self.api, subject).wrong(why))
    }
}

/// What came of a change, with the name that the service gave.
pub(super) fn reply(answer: &impl RequestId, name: Option<&str>) -> Reply {
    Reply {
        request_id: answer.request_id().map(clean::line),
        name: name.filter(|name| !name.is_empty()).map(clean::line),
        messages: Vec::new(),
    }
}

/// Sees every try of a change, and knows whether one of them may have been heard though no answer came.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<AtomicBool>);

impl Witness {
    fn is_lost(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Witness {
    fn name(&self) -> &'static str {
        "Witness"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else { return Ok(()) };
        let is_lost = match context.response() {
            Some(answer) => may_be_done(answer.status().as_u16(), answer.body().bytes().unwrap_or_default()),
            None => error.is_timeout_error() || error.as_connector_error().is_some_and(|error| !is_unsent(error)),
        };
        if is_lost {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
