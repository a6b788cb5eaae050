//! What AWS bills.

use chrono::{Datelike, Days, NaiveDate, Timelike, Weekday};

use super::life::Ms;
use super::world::{World, time};
use crate::model::{Budget, CostDay, CostReport};

/// As many days as Cost Explorer is asked for.
const DAYS: u64 = 35;

/// To the cent.
fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

fn days_before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

impl World {
    /// What a day costs, of which this share is over.
    fn day(&self, date: NaiveDate, over: f64) -> CostDay {
        let money = &self.scenario.cost;
        let sum: f64 = money.services.values().sum::<f64>().max(f64::MIN_POSITIVE);
        let week = if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) { 0.7 } else { 1.0 };
        let number = date.num_days_from_ce() as u64;
        let mut by_service: Vec<(String, f64)> = Vec::new();
        for (index, (service, share)) in money.services.iter().enumerate() {
            let spread = self.chance.money.between(number, index as u64, 0.92, 1.08);
            by_service.push((service.clone(), money.usual_usd * share / sum * week * spread * over));
        }
        for spend in &self.scenario.spend {
            if date < time(self.epoch + spend.at.0).date_naive() {
                continue;
            }
            match by_service.iter_mut().find(|(service, _)| *service == spend.service) {
                Some((_, usd)) => *usd += spend.usd,
                None => by_service.push((spend.service.clone(), spend.usd)),
            }
        }
        for (_, usd) in &mut by_service {
            *usd = cents(*usd);
        }
        by_service.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        CostDay { date, total: cents(by_service.iter().map(|(_, usd)| usd).sum()), by_service }
    }

    /// What each day has cost. Today is told by the hour.
    pub(super) fn cost(&self, now: Ms) -> CostReport {
        let today = time(now).date_naive();
        let over = f64::from(time(now).hour() + 1) / 24.0;
        let days = (0..DAYS).rev().map(|back| self.day(days_before(today, back), if back == 0 { over } else { 1.0 }));
        CostReport { days: days.collect() }
    }

    /// What the whole month is expected to cost: what it has cost, and days like the last seven for the rest of it.
    pub(super) fn forecast(&self, now: Ms) -> f64 {
        let today = time(now).date_naive();
        let report = self.cost(now);
        let is_this_month = |day: &&CostDay| day.date.month() == today.month();
        let spent: f64 = report.days.iter().rev().take(31).filter(is_this_month).map(|day| day.total).sum();
        let mean = (0..7).map(|back| self.day(days_before(today, back), 1.0).total).sum::<f64>() / 7.0;
        let left = f64::from(today.num_days_in_month()) - f64::from(today.day());
        cents(spent + mean * left)
    }

    /// The budget that is set in AWS.
    pub(super) fn budgets(&self, now: Ms) -> Vec<Budget> {
        let today = time(now).date_naive();
        let days = self.cost(now).days;
        let spent = days.iter().rev().take(31).filter(|day| day.date.month() == today.month());
        let actual = cents(spent.map(|day| day.total).sum());
        vec![Budget { name: "infrafabric-monthly".into(), limit: self.scenario.cost.budget_usd, actual: Some(actual) }]
    }
}
