//! What did each day cost, and what will the month cost? Cost Explorer: a cent a call.

use std::collections::BTreeMap;

use aws_sdk_costexplorer::operation::get_cost_and_usage::GetCostAndUsageOutput;
use aws_sdk_costexplorer::types::{
    DateInterval, Granularity, GroupDefinition, GroupDefinitionType, Metric, MetricValue, ResultByTime,
};
use chrono::{Datelike, NaiveDate, TimeDelta};

use super::asking::Asking;
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{CostDay, CostReport, Outcome, Service};

const COST: Api = Api::new(Service::CostExplorer, "GetCostAndUsage");
const FORECAST: Api = Api::new(Service::CostExplorer, "GetCostForecast");

/// How far back is asked, today included: four weeks for the baseline, and any month to date.
const DAYS: i64 = 35;

/// An answer this young is given again for nothing. Cost Explorer is refreshed three times a day.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// More pages than any 35 days of services fill: a listing without end would cost a cent a turn.
const MOST_PAGES: usize = 50;

/// The last 35 days by service.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<CostReport, Trouble> {
    // Held while asking, so that two questions at once pay once.
    let mut known = site.cost.lock().await;
    let now = asking.now();
    if let Some((at, report)) = known.as_ref()
        && now - *at < FRESH
        && at.date_naive() == now.date_naive()
    {
        return Ok(report.clone());
    }
    let today = now.date_naive();
    let period = interval(today - TimeDelta::days(DAYS - 1), today + TimeDelta::days(1));
    let by_service = GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key("SERVICE").build();
    let question = site
        .costs
        .get_cost_and_usage()
        .set_time_period(period)
        .granularity(Granularity::Daily)
        .metrics("UnblendedCost")
        .group_by(by_service);
    let mut days = BTreeMap::new();
    let mut token = None;
    for page in 0..MOST_PAGES {
        match asking.call(COST, "", question.clone().set_next_page_token(token.take()).send()).await {
            Ok(answer) => token = take(&mut days, &answer),
            Err(trouble) if page == 0 => return Err(trouble),
            Err(trouble) => {
                asking.miss(trouble);
                return Ok(report(days));
            }
        }
        if token.is_none() {
            break;
        }
    }
    let report = report(days);
    *known = Some((now, report.clone()));
    Ok(report)
}

/// Cost of each service of each day. A page may go on within a day.
type Days = BTreeMap<NaiveDate, BTreeMap<String, f64>>;

fn take(days: &mut Days, answer: &GetCostAndUsageOutput) -> Option<String> {
    for result in answer.results_by_time() {
        if let Some(date) = date(result) {
            let day = days.entry(date).or_default();
            for group in result.groups() {
                let name = group.keys().first().map(|name| clean::line(name)).unwrap_or_default();
                let usd = group.metrics().and_then(|metrics| metrics.get("UnblendedCost")).and_then(amount);
                *day.entry(name).or_default() += usd.unwrap_or(0.0);
            }
        }
    }
    answer.next_page_token().filter(|token| !token.is_empty()).map(str::to_owned)
}

fn report(mut days: Days) -> CostReport {
    // A day at the end without any service has not been billed yet: that is not a day for nothing.
    while days.last_entry().is_some_and(|day| day.get().is_empty()) {
        days.pop_last();
    }
    let day = |(date, services): (NaiveDate, BTreeMap<String, f64>)| {
        let total = services.values().sum::<f64>();
        let mut by_service: Vec<(String, f64)> = services.into_iter().collect();
        by_service.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        CostDay { date, total, by_service }
    };
    CostReport { days: days.into_iter().map(day).collect() }
}

/// What the whole month is expected to cost, USD: what the days before today have cost, and what Cost Explorer expects
/// from today on. It is asked by the day, since then it is sure that its total holds nothing of the days before.
pub(super) async fn forecast(asking: &Asking<'_>, site: &Site) -> Result<f64, Trouble> {
    let days = ask(asking, site).await?.days;
    let today = asking.now().date_naive();
    let first = today.with_day(1).unwrap_or(today);
    let next_month = first.checked_add_months(chrono::Months::new(1)).unwrap_or(first);
    let tomorrow = today + TimeDelta::days(1);
    if tomorrow == next_month {
        // Cost Explorer does not forecast a day that is nearly over.
        asking.miss_part("it is the month's last day: the forecast is what has been spent");
        return Ok(spent(&days, first, tomorrow));
    }
    let question = site
        .costs
        .get_cost_forecast()
        .set_time_period(interval(today, next_month))
        .granularity(Granularity::Daily)
        .metric(Metric::UnblendedCost);
    let answer = asking.call(FORECAST, "", question.send()).await?;
    let rest = answer.total().and_then(amount).or_else(|| {
        let means = answer.forecast_results_by_time().iter().map(|day| day.mean_value()?.parse::<f64>().ok());
        means.sum()
    });
    rest.map(|usd| spent(&days, first, today) + usd).ok_or_else(|| {
        Trouble::of(Outcome::Failed, None, "cost-explorer GetCostForecast answered without a sum: ask again later")
    })
}

fn spent(days: &[CostDay], from: NaiveDate, until: NaiveDate) -> f64 {
    days.iter().filter(|day| from <= day.date && day.date < until).fold(0.0, |sum, day| sum + day.total)
}

fn interval(start: NaiveDate, end: NaiveDate) -> Option<DateInterval> {
    DateInterval::builder().start(start.to_string()).end(end.to_string()).build().ok()
}

fn date(result: &ResultByTime) -> Option<NaiveDate> {
    // With hours in it when asked by the hour.
    result.time_period()?.start().get(..10)?.parse().ok()
}

fn amount(value: &MetricValue) -> Option<f64> {
    value.amount()?.parse().ok().filter(|usd: &f64| usd.is_finite())
}
