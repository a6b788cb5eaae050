//! Money, in US dollars.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What one day cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostDay {
    /// The day, UTC as AWS bills.
    pub date: NaiveDate,
    /// All of it, USD.
    pub total: f64,
    /// By service, USD, dearest first.
    pub by_service: Vec<(String, f64)>,
}

/// Daily cost as Cost Explorer tells it: up to a day old, the newest day still growing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CostReport {
    /// Oldest first.
    pub days: Vec<CostDay>,
}

/// A monthly cost budget from AWS Budgets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// The limit for a month, USD.
    pub limit: f64,
    /// Spent of it this month, USD, where AWS tells.
    pub actual: Option<f64>,
}
