//! The contracts of control, over every stage that plays them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contract;
mod simulated;
