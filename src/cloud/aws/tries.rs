//! How many requests the SDK sends for one call: it tries again by itself, and AWS counts and bills each try.

use std::cell::Cell;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

tokio::task_local! {
    // The SDK makes all tries of a call within the future that it gives, and tells nobody how many they were.
    static SENT: Cell<u32>;
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
        // Where nobody counts, nobody wants to know.
        drop(SENT.try_with(|sent| sent.set(sent.get() + 1)));
        Ok(())
    }
}

/// What `call` brings, and how many requests were sent for it: none, where it could not be signed.
pub(super) async fn counted<F: Future>(call: F) -> (F::Output, u32) {
    let both = async {
        let output = call.await;
        (output, SENT.with(Cell::get))
    };
    SENT.scope(Cell::new(0), both).await
}
