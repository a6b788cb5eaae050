//! Which budgets are set? AWS Budgets.

use aws_sdk_budgets::types::{BudgetType, TimeUnit};

use super::asking::{Asking, locked};
use super::identity;
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{Budget, Service};

const LIST: Api = Api::new(Service::Budgets, "DescribeBudgets");

/// The monthly cost budgets of the account.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Budget>, Trouble> {
    let known = locked(&site.identity).clone();
    let account = match known {
        Some(identity) => identity.account,
        None => identity::ask(asking, site).await?.account,
    };
    let list = site.budgets.describe_budgets().account_id(account).set_max_results(asking.settings.page_size);
    let mut budgets = Vec::new();
    let answer = asking.pages(LIST, list.into_paginator().send(), |page| {
        let monthly = page
            .budgets()
            .iter()
            .filter(|budget| *budget.budget_type() == BudgetType::Cost && *budget.time_unit() == TimeUnit::Monthly);
        budgets.extend(monthly.filter_map(|budget| {
            let actual = budget.calculated_spend().and_then(|spend| spend.actual_spend());
            Some(Budget {
                name: clean::line(budget.budget_name()),
                limit: budget.budget_limit()?.amount().parse().ok()?,
                actual: actual.and_then(|spend| spend.amount().parse().ok()),
            })
        }));
        budgets.len()
    });
    answer.await?;
    Ok(budgets)
}
