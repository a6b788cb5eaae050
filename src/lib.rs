//! infradeck

pub mod cloud;
pub mod config;
pub mod term;
