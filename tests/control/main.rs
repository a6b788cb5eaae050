//! The contracts of control, over every stage that plays them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contract;
#[cfg(feature = "aws")]
mod emulated;
#[cfg(feature = "aws")]
mod failover;
#[cfg(feature = "aws")]
mod own_state;
mod simulated;
#[cfg(feature = "aws")]
mod stage;
#[cfg(feature = "aws")]
#[path = "../support/mod.rs"]
mod support;
