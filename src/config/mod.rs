//! Defaults < file < environment < flags, validated once.

mod cadence;
mod rules;

pub use cadence::cadence;
pub use rules::Rules;
