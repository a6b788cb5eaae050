use rstest::rstest;

use super::*;
use crate::fabric::testing::at;

/// A report that ends today, `daily` being the cost of 0, 1, 2 … days ago.
fn cost(daily: &[(u64, f64)]) -> Cost {
    let today = at(0).date_naive();
    let day = |(back, total): &(u64, f64)| CostDay {
        date: today.checked_sub_days(Days::new(*back)).expect("a day"),
        total: *total,
        by_service: vec![("EC2".into(), *total)],
    };
    let mut cost = Cost::default();
    cost.take_report(CostReport { days: daily.iter().map(day).collect() }, true);
    cost
}

#[test]
fn the_baseline_is_the_same_weekday_of_four_weeks_else_the_last_seven_days() {
    let week: Vec<_> = (1..=7).map(|back| (back, 10.0)).collect();
    let mut weeks = week.clone();
    weeks.extend([(14, 20.0), (21, 20.0)]);
    assert_eq!(cost(&weeks).baseline(at(0)), Some(10.0), "three such weekdays are too few");
    weeks.push((28, 30.0));
    assert_eq!(cost(&weeks).baseline(at(0)), Some(20.0));
    assert_eq!(cost(&week[1..]).baseline(at(0)), None, "six days are no week");
}

#[rstest]
#[case(130.0, 100.0, false)]
#[case(1.3, 1.0, false)]
#[case(14.3, 11.0, false)]
#[case(130.01, 100.0, true)]
#[case(0.0, 0.0, false)]
#[case(5.0, 0.0, false)]
fn thirty_percent_above_is_not_more_than_thirty(#[case] today: f64, #[case] usual: f64, #[case] is_anomaly: bool) {
    let mut days: Vec<_> = (1..=7).map(|back| (back, usual)).collect();
    days.push((0, today));
    assert_eq!(cost(&days).is_anomaly(at(0), 30.0), is_anomaly);
}

#[test]
fn the_month_is_the_sum_of_its_days_and_unknown_without_any() {
    // The 17th: 16 days ago is the 1st.
    assert_eq!(cost(&[(0, 1.0), (16, 2.0), (17, 4.0)]).month_to_date(at(0)), Some(3.0));
    assert_eq!(cost(&[(17, 4.0)]).month_to_date(at(0)), None);
    assert_eq!(Cost::default().month_to_date(at(0)), None);
}

#[test]
fn no_day_is_absurd_and_no_date_overflows() {
    let cost = cost(&[(0, f64::NAN), (1, -3.0), (2, 1e300), (3, 5.0)]);
    assert_eq!(cost.report.as_ref().map(|report| report.days.len()), Some(1));
    assert_eq!((cost.baseline(Time::MIN_UTC), cost.today(Time::MAX_UTC)), (None, None));
}

#[test]
fn a_budget_of_aws_goes_before_the_configured_one() {
    let mut cost = Cost::default();
    assert!((cost.budget(500.0) - 500.0).abs() < f64::EPSILON);
    let budget = |name: &str, limit| Budget { name: name.into(), limit, actual: None };
    cost.take_budgets(vec![budget("x", f64::NAN), budget("all", 300.0)], true);
    assert!((cost.budget(500.0) - 300.0).abs() < f64::EPSILON);
}
