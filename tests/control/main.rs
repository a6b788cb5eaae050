//! The contracts of control, over every stage that plays them.

#![allow(clippy::unwrap_used, clippy::expect_used)]
#![expect(dead_code, unused_imports, unused_macros, reason = "the stages come next")]

mod contract;
