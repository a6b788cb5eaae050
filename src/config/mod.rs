//! The configuration: defaults, file, environment and flags, validated once.

mod depth;
mod key;

pub use depth::Depth;
pub use key::{Code, Key, KeyError};
