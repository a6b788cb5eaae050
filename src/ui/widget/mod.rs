//! Parts that know no app: they draw what they are given.

pub(super) mod chart;
pub(super) mod meter;
pub(super) mod pen;
pub(super) mod spark;
pub(super) mod table;
