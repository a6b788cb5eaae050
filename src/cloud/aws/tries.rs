//! What goes on within one call: the SDK tries again by itself, and each try is counted, takes its part of the rate, and
//! tells AWS's time.

use std::cell::Cell;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::DateTime;

use super::gate::Turn;
use super::trouble::is_throttle;
use crate::model::Time;

tokio::task_local! {
    // The SDK makes all tries of a call within the future that it gives, and tells nobody of them.
    static CALL: Watched;
}

/// A call that is watched.
struct Watched {
    turn: Turn,
    /// How many requests were sent for it, and when the last one was, by this machine's clock.
    sent: Cell<(u32, Option<Time>)>,
}

/// Sees each request just before it is sent, and what comes of it. Every client has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries;

#[dyn_dispatch_hint]
impl Intercept for Tries {
    fn name(&self) -> &'static str {
        "Tries"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        on_call(|call| {
            let (before, _) = call.sent.get();
            call.sent.set((before + 1, Some(call.turn.reach.here())));
            // It has waited by itself, and not for its turn.
            if let Some(pace) = call.turn.pace.as_ref().filter(|_| before > 0) {
                pace.owe();
            }
        });
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.response().headers();
        // What a cache answers has the time at which it was put there.
        let date = headers.get("date").filter(|_| headers.get("age").is_none());
        if let Some(said) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            on_call(|call| {
                if let (_, Some(sent)) = call.sent.get() {
                    call.turn.reach.heard(said.to_utc(), sent);
                }
            });
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response().filter(|_| matches!(context.output_or_error(), Some(Err(_))));
        if answer.is_some_and(|answer| is_throttle(answer.status().as_u16(), answer.body().bytes().unwrap_or_default()))
        {
            on_call(|call| {
                if let Some(pace) = &call.turn.pace {
                    pace.throttled();
                }
            });
        }
        Ok(())
    }
}

/// Does `act` with the call that is watched. Where none is, nobody wants to know.
fn on_call(act: impl FnOnce(&Watched)) {
    CALL.try_with(act).ok();
}

/// What `call` brings, made in this turn, and how many requests were sent for it: none, where it could not be signed.
pub(super) async fn watched<F: Future>(turn: Turn, call: F) -> (F::Output, u32) {
    let both = async {
        let output = call.await;
        (output, CALL.with(|call| call.sent.get().0))
    };
    CALL.scope(Watched { turn, sent: Cell::default() }, both).await
}
