//! What the seeded fabric costs: Cost Explorer's answers and a budget, both on moto.

use aws_sdk_budgets::types::{Budget, BudgetType, Spend, TimeUnit};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{Costs, Day};
use crate::support::clients::Clients;
use crate::support::emulators::{Emulator, post_json};
use crate::support::{Account, Fault, Match};

/// How far back the seeded days go, today included.
pub const DAYS: i64 = 35;

/// What Cost Explorer expects from today to the end of the month, USD.
const TO_COME: f64 = 444.5;

/// The days and what is to come of them.
pub fn costs(now: DateTime<Utc>) -> Costs {
    let today = now.date_naive();
    let daily: Vec<Day> = (0..DAYS)
        .map(|n| {
            let date = today - Duration::days(DAYS - 1 - n);
            // Quarters of a dollar: sums are exact in binary.
            let lambda = 2.0 + 0.25 * (n % 5) as f64;
            let bedrock = if date == today { 30.0 } else { 9.5 };
            let by_service =
                [("AWS Lambda", lambda), ("Amazon Simple Queue Service", 0.25), ("Amazon Bedrock", bedrock)];
            Day { date, by_service: by_service.map(|(name, usd)| (name.to_owned(), usd)).to_vec() }
        })
        .collect();
    let month = |date: NaiveDate| (date.year(), date.month()) == (today.year(), today.month());
    let month_to_date = daily.iter().filter(|day| month(day.date)).map(Day::total).sum();
    let today_usd = daily.last().expect("days").total();
    // Cost Explorer forecasts from today on; on the month's last day nothing is left to forecast.
    let is_last_day = !month(today + Duration::days(1));
    let forecast = if is_last_day { month_to_date } else { month_to_date - today_usd + TO_COME };
    Costs { today: today_usd, month_to_date, forecast, budget: 500.0, daily }
}

/// Seeds them. One question is answered, in two pages; see `NOTES.md` on why only one.
pub async fn put_costs(account: &Account, aws: &Clients, costs: &Costs) {
    let days: Vec<Value> = costs.daily.iter().map(day).collect();
    let (first, second) = days.split_at(20);
    let attributes = json!([]);
    let results = json!({"account_id": account.id(), "results": [
        {"ResultsByTime": first, "NextPageToken": "page-2", "DimensionValueAttributes": attributes},
        {"ResultsByTime": second, "DimensionValueAttributes": attributes},
    ]});
    let (moto, _) = account.lab().emulator(Emulator::Moto);
    let answer = post_json(moto, "/moto-api/static/ce/cost-and-usage-results", &results.to_string());
    let answer = answer.expect("moto takes the costs");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");

    // No emulator forecasts.
    let forecast = json!({"Total": {"Amount": TO_COME.to_string(), "Unit": "USD"}, "ForecastResultsByTime": []});
    account.fault(Match::service("ce").operation("GetCostForecast"), Fault::answer_json(&forecast.to_string()), None);

    let usd = |amount: f64| Spend::builder().amount(amount.to_string()).unit("USD").build().expect("whole");
    let budget = Budget::builder()
        .budget_name("infrafabric")
        .budget_limit(usd(costs.budget))
        .time_unit(TimeUnit::Monthly)
        .budget_type(BudgetType::Cost)
        .build()
        .expect("whole");
    aws.budgets.create_budget().account_id(account.id()).budget(budget).send().await.expect("a budget");
}

fn day(day: &Day) -> Value {
    let groups: Vec<Value> = day
        .by_service
        .iter()
        .map(|(name, usd)| {
            let amount = json!({"Amount": usd.to_string(), "Unit": "USD"});
            json!({"Keys": [name], "Metrics": {"UnblendedCost": amount}})
        })
        .collect();
    let next = day.date + Duration::days(1);
    json!({
        "TimePeriod": {"Start": day.date.to_string(), "End": next.to_string()},
        "Total": {},
        "Groups": groups,
        "Estimated": false,
    })
}
