//! How many requests the SDK sends for one call: it tries again by itself, and AWS counts and bills each try. So each is
//! paid for before it is sent.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::asking::locked;

tokio::task_local! {
    // The SDK makes all tries of a call within the future that it gives, and tells nobody how many they were.
    static CALL: Meter;
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

struct Meter {
    price: f64,
    money: Option<Money>,
    tally: Cell<Tally>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many requests were sent: none, where it could not be signed.
    pub tries: u32,
    /// Whether one more was not, for want of money.
    pub refused: bool,
}

/// Sees each request just before it is sent. Every client has one.
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
            let is_paid = call.price <= 0.0 || call.money.as_ref().is_none_or(|money| money.pay(call.price));
            call.tally.set(if is_paid {
                Tally { tries: tally.tries + 1, ..tally }
            } else {
                Tally { refused: true, ..tally }
            });
            is_paid
        });
        // Orders are not counted here.
        if may_be_sent.unwrap_or(true) { Ok(()) } else { Err("the budget is spent".into()) }
    }
}

/// What `call` brings, and how many requests were sent for it, each paid for with `price`.
pub(super) async fn counted<F: Future>(price: f64, money: &Option<Money>, call: F) -> (F::Output, Tally) {
    let both = async {
        let output = call.await;
        (output, CALL.with(|call| call.tally.get()))
    };
    CALL.scope(Meter { price, money: money.clone(), tally: Cell::default() }, both).await
}
