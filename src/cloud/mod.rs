//! The port: what any cloud can be asked, and one folder for each that answers.

pub mod clean;
