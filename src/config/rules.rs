//! The thresholds that turn facts into statuses and findings.
//!
//! Every default is the one of the page `FABRIC.md` ("Rules that make an alarm", and the status
//! table); every one can be changed under `[rules]` in the configuration.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::section::Section;
use super::values::{duration, number};

/// When something counts as wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// An agent fails when its error rate over [`Self::error_window`] is above this; percent, 0 to 100.
    pub error_rate_pct: f64,
    /// Over how long the error rate is looked at.
    pub error_window: TimeDelta,
    /// A started agent without a sign of life for longer than this is stuck.
    pub stuck_after: TimeDelta,
    /// An agent that started less than this ago, and did nothing since, is starting.
    pub starting_for: TimeDelta,
    /// A day that costs more than this above its baseline is an anomaly; percent.
    pub cost_anomaly_pct: f64,
    /// Month to date above this is a finding; US dollars. Environment: `COST_ALERT_THRESHOLD`.
    pub cost_alert_usd: f64,
    /// A forecast for the month above this is a finding; US dollars. Environment: `BUDGET_MONTHLY`.
    pub budget_monthly_usd: f64,
    /// A queue whose oldest message is older than this is a finding.
    pub queue_oldest: TimeDelta,
    /// A replica further behind its source than this is a finding; seconds.
    pub replica_lag_s: f64,
    /// Use above this share of a quota is a finding; percent, 0 to 100.
    pub quota_pct: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            error_rate_pct: 5.0,
            error_window: TimeDelta::minutes(5),
            stuck_after: TimeDelta::minutes(30),
            starting_for: TimeDelta::seconds(60),
            cost_anomaly_pct: 30.0,
            cost_alert_usd: 100.0,
            budget_monthly_usd: 500.0,
            queue_oldest: TimeDelta::minutes(5),
            replica_lag_s: 5.0,
            quota_pct: 80.0,
        }
    }
}

/// Percentages that compare with a whole: no share is above it.
const SHARE: RangeInclusive<f64> = 0.0..=100.0;
/// US dollars: a bound that catches a slip, not a fortune.
pub(super) const DOLLARS: RangeInclusive<f64> = 0.0..=1_000_000_000.0;

impl Rules {
    /// Reads `[rules]`.
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("error_rate_pct", &mut self.error_rate_pct, number(SHARE));
        section.read("error_window", &mut self.error_window, duration);
        section.read("stuck_after", &mut self.stuck_after, duration);
        section.read("starting_for", &mut self.starting_for, duration);
        section.read("cost_anomaly_pct", &mut self.cost_anomaly_pct, number(0.0..=100_000.0));
        section.read("cost_alert_usd", &mut self.cost_alert_usd, number(DOLLARS));
        section.read("budget_monthly_usd", &mut self.budget_monthly_usd, number(DOLLARS));
        section.read("queue_oldest", &mut self.queue_oldest, duration);
        section.read("replica_lag_s", &mut self.replica_lag_s, number(0.0..=86_400.0));
        section.read("quota_pct", &mut self.quota_pct, number(SHARE));
    }
}
