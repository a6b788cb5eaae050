//! infradeck, the flight deck of InfraFabric: see in five seconds what is wrong in a swarm of AI agents on AWS.
//!
//! The rooms, from the ground up. A room imports only from rooms above it; `tests/architecture.rs` holds the walls,
//! `ARCHITECTURE.md` tells why.

pub mod action;
pub mod app;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod fabric;
#[cfg(any(test, fuzzing))]
#[allow(missing_docs, clippy::expect_used, clippy::panic, reason = "compiled for tests only")]
pub mod fuzz;
pub mod model;
pub mod poll;
mod runtime;
pub mod snapshot;
pub mod term;
pub mod ui;
