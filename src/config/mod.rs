//! Defaults < file < environment < flags, validated once.

mod cadence;
mod depth;
mod key;
mod rules;
mod theme;

pub use cadence::cadence;
pub use depth::Depth;
pub use key::{Code, Key, KeyError};
pub use rules::Rules;
pub use theme::Theme;
