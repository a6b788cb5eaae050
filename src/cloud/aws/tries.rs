//! What goes on within one call: the SDK tries again by itself, and AWS counts and bills each try. So each is paid for
//! before it is sent, is counted, takes its part of the rate, and tells AWS's time.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::DateTime;

use super::asking::locked;
use super::gate::Turn;
use super::trouble::is_throttle;
use crate::model::Time;

tokio::task_local! {
    // The SDK makes all tries of a call within the future that it gives, and tells nobody of them.
    static CALL: Watched;
}

/// US dollars that may still be spent on an answer.
#[derive(Clone, Debug)]
pub(super) struct Money(Arc<Mutex<f64>>);

impl Money {
    pub(super) fn new(usd: f64) -> Self {
        Self(Arc::new(Mutex::new(usd)))
    }

    pub(super) fn left(&self) -> f64 {
        *locked(&self.0)
    }

    /// Pays, if there is enough.
    fn pay(&self, price: f64) -> bool {
        let mut left = locked(&self.0);
        // Far less than the least price is missing: it comes of adding up.
        let is_enough = price <= *left + 1e-12;
        if is_enough {
            *left -= price;
        }
        is_enough
    }
}

/// What became of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many requests were sent: none, where it could not be signed.
    pub tries: u32,
    /// Whether one more was not, for want of money.
    pub refused: bool,
}

/// A call that is watched.
struct Watched {
    turn: Turn,
    /// What each try costs, and the money that it is paid with; none where nobody counts it.
    price: f64,
    money: Option<Money>,
    tally: Cell<Tally>,
    /// When the last request was sent, by this machine's clock.
    sent: Cell<Option<Time>>,
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
        let may_be_sent = CALL.try_with(|call| {
            let tally = call.tally.get();
            if call.price > 0.0 && call.money.as_ref().is_some_and(|money| !money.pay(call.price)) {
                call.tally.set(Tally { refused: true, ..tally });
                return false;
            }
            call.tally.set(Tally { tries: tally.tries + 1, ..tally });
            call.sent.set(Some(call.turn.reach.here()));
            // It has waited by itself, and not for its turn.
            if let Some(pace) = call.turn.pace.as_ref().filter(|_| tally.tries > 0) {
                pace.owe();
            }
            true
        });
        // Where nothing is watched, nobody counts.
        if may_be_sent.unwrap_or(true) { Ok(()) } else { Err("the budget is spent".into()) }
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
                if let Some(sent) = call.sent.get() {
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

/// What `call` brings, made in this turn, and what became of it, each try paid for with `price`.
pub(super) async fn watched<F: Future>(turn: Turn, price: f64, money: Option<&Money>, call: F) -> (F::Output, Tally) {
    let both = async {
        let output = call.await;
        (output, CALL.with(|call| call.tally.get()))
    };
    let (tally, sent) = Default::default();
    CALL.scope(Watched { turn, price, money: money.cloned(), tally, sent }, both).await
}
