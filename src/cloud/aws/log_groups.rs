//! Which log groups are there? They name the sessions and agents. CloudWatch Logs.

use std::collections::BTreeMap;

use super::asking::{Asking, locked};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{LogGroup, Service};

const LIST: Api = Api::new(Service::Logs, "DescribeLogGroups");

/// All groups under the fabric's prefix, and the flat group where it lies elsewhere. Groups that are not the fabric's
/// are left out.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<LogGroup>, Trouble> {
    let names = &asking.settings.names;
    let mut prefixes = vec![&names.log_prefix];
    if !names.log_group.starts_with(&names.log_prefix) {
        prefixes.push(&names.log_group);
    }
    // By name, since two prefixes may list the same group.
    let mut groups = BTreeMap::new();
    let mut read = 0;
    for prefix in prefixes {
        let list = site.aws.logs.describe_log_groups().log_group_name_prefix(prefix.as_str());
        let pages = list.set_limit(asking.settings.page_size).into_paginator().send();
        let answer = asking.pages(LIST, pages, |page| {
            for name in page.log_groups().iter().filter_map(|group| group.log_group_name()) {
                if let Some(owner) = names.group_owner(&clean::line(name)) {
                    groups.insert(name.to_owned(), LogGroup { name: name.into(), owner });
                }
            }
            groups.len()
        });
        match answer.await {
            Ok(()) => read += 1,
            Err(trouble) if read > 0 => asking.miss(trouble),
            Err(trouble) => return Err(trouble),
        }
    }
    let groups: Vec<LogGroup> = groups.into_values().collect();
    *locked(&site.groups) = Some(groups.clone());
    Ok(groups)
}
