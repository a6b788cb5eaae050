//! What the fabric costs, and whether that is usual.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::sane::amount;
use super::take::merge;
use super::weight::LISTED;
use crate::model::{Budget, CostDay, CostReport, Time};

/// So many days are kept, though reports may come in part for months.
const DAYS: usize = 400;

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

    /// What this month has cost so far, USD. `None` as long as no day of it is known.
    pub fn month_to_date(&self, now: Time) -> Option<f64> {
        let today = now.date_naive();
        let is_of_it = |date: NaiveDate| date <= today && (date.year(), date.month()) == (today.year(), today.month());
        let days = self.report.as_ref()?.days.iter();
        days.filter(|day| is_of_it(day.date)).fold(None, |sum, day| Some(sum.unwrap_or(0.0) + day.total))
    }

    /// The monthly budget: what AWS Budgets holds, else `default`. USD.
    pub fn budget(&self, default: f64) -> f64 {
        self.budgets.as_deref().unwrap_or_default().first().map_or(default, |budget| budget.limit)
    }

    /// What a day like today usually costs, USD: the mean of the same weekday in the last four weeks, else of the last
    /// seven days.
    pub fn baseline(&self, now: Time) -> Option<f64> {
        let mean = |days: &[u64]| {
            let known: Option<Vec<f64>> = days.iter().map(|back| self.days_ago(now, *back)).collect();
            known.map(|usd| usd.iter().sum::<f64>() / usd.len() as f64)
        };
        mean(&[7, 14, 21, 28]).or_else(|| mean(&[1, 2, 3, 4, 5, 6, 7]))
    }

    fn days_ago(&self, now: Time, days: u64) -> Option<f64> {
        self.day(now.date_naive().checked_sub_days(Days::new(days))?).map(|day| day.total)
    }

    /// How far today lies above the baseline, percent; negative below.
    pub fn anomaly_pct(&self, now: Time) -> Option<f64> {
        let baseline = self.baseline(now).filter(|usd| *usd > 0.0)?;
        Some((self.today(now)? / baseline - 1.0) * 100.0)
    }

    /// Whether today lies more than `pct` percent above the baseline. Less than a cent is no difference: it may be
    /// one of adding up.
    pub(super) fn is_anomaly(&self, now: Time, pct: f64) -> bool {
        let Some((today, baseline)) = self.today(now).zip(self.baseline(now).filter(|usd| *usd > 0.0)) else {
            return false;
        };
        today - baseline * (1.0 + pct / 100.0) >= 0.005
    }

    /// Takes a report in; one in part leaves the days that it does not hold.
    pub(super) fn take_report(&mut self, report: CostReport, whole: bool) {
        let days = report.days.into_iter().filter_map(|mut day| {
            amount(day.total)?;
            day.by_service.retain(|(_, usd)| amount(*usd).is_some());
            Some((day.date, day))
        });
        let mut by_date: BTreeMap<NaiveDate, CostDay> = days.collect();
        if !whole {
            for day in self.report.take().into_iter().flat_map(|old| old.days) {
                by_date.entry(day.date).or_insert(day);
            }
        }
        while by_date.len() > DAYS {
            by_date.pop_first();
        }
        self.report = Some(CostReport { days: by_date.into_values().collect() });
    }

    /// Takes budgets in; those in part leave the ones they do not hold.
    pub(super) fn take_budgets(&mut self, mut budgets: Vec<Budget>, whole: bool) {
        budgets.retain(|budget| amount(budget.limit).is_some());
        let kept = self.budgets.get_or_insert_default();
        merge(kept, &mut budgets, whole, |budget| budget.name.clone());
        kept.truncate(LISTED);
    }
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
