//! What the fabric costs, and whether that is usual.

use chrono::{Datelike, NaiveDate, TimeDelta};

use crate::model::{Budget, CostDay, CostReport, Time};

/// Cost as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    /// Day by day. `None` before Cost Explorer has answered.
    pub report: Option<CostReport>,
    /// What the whole month is expected to cost, USD.
    pub forecast: Option<f64>,
    /// The budgets set in AWS.
    pub budgets: Option<Vec<Budget>>,
}

impl Cost {
    fn day(&self, date: NaiveDate) -> Option<&CostDay> {
        self.report.as_ref()?.days.iter().find(|day| day.date == date)
    }

    /// What today has cost so far, USD.
    pub fn today(&self, now: Time) -> Option<f64> {
        self.day(now.date_naive()).map(|day| day.total)
    }

    /// What this month has cost so far, USD.
    pub fn month_to_date(&self, now: Time) -> Option<f64> {
        let today = now.date_naive();
        let days = self.report.as_ref()?.days.iter();
        Some(
            days.filter(|d| d.date <= today && (d.date.year(), d.date.month()) == (today.year(), today.month()))
                .map(|day| day.total)
                .fold(0.0, |sum, usd| sum + usd),
        )
    }

    /// The monthly budget: what AWS Budgets holds, else `default`. USD.
    pub fn budget(&self, default: f64) -> f64 {
        self.budgets.as_deref().unwrap_or_default().first().map_or(default, |budget| budget.limit)
    }

    /// What a day like today usually costs, USD: the mean of the same weekday in the last four weeks, else of the last
    /// seven days.
    pub fn baseline(&self, now: Time) -> Option<f64> {
        let today = now.date_naive();
        let mean = |days: &[Option<f64>]| {
            let known: Option<Vec<f64>> = days.iter().copied().collect();
            known.map(|usd| usd.iter().sum::<f64>() / usd.len() as f64)
        };
        let back = |days: i64| self.day(today - TimeDelta::days(days)).map(|day| day.total);
        mean(&[7, 14, 21, 28].map(back)).or_else(|| mean(&[1, 2, 3, 4, 5, 6, 7].map(back)))
    }

    /// How far today lies above the baseline, percent; negative below.
    pub fn anomaly_pct(&self, now: Time) -> Option<f64> {
        let baseline = self.baseline(now).filter(|usd| *usd > 0.0)?;
        Some((self.today(now)? / baseline - 1.0) * 100.0)
    }
}
