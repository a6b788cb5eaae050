//! infradeck
