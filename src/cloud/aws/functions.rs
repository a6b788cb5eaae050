//! Which functions run agents, and are they paused? Lambda.
//!
//! The listing tells neither tags nor reservations: both take a call a function, and Lambda allows 15 a second to its
//! control plane for all who use the account. So tags are remembered, and of very many functions each answer asks the
//! reservations of a part, by turns.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::asking::{Asking, bounded, locked};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::config::Names;
use crate::model::{AgentKey, Function, Reservation, Service, Time};

const LIST: Api = Api::new(Service::Lambda, "ListFunctions");
const TAGS: Api = Api::new(Service::Lambda, "ListTags");
const CONCURRENCY: Api = Api::new(Service::Lambda, "GetFunctionConcurrency");

/// How many calls are made at once.
const AT_ONCE: usize = 8;

/// How many functions an answer asks for their tags, and for their reservation.
const A_TURN: usize = 100;

/// How long tags are believed.
const TAGS_HOLD: TimeDelta = TimeDelta::hours(1);

/// What is known of functions from one answer to the next, by name.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The owner that its tags name, and when they were read.
    tags: HashMap<String, (Time, Option<AgentKey>)>,
    /// Its reservation, and in which turn it was read.
    reserved: HashMap<String, (u64, Reservation)>,
    turn: u64,
}

struct Listed {
    name: String,
    arn: String,
    memory_mb: Option<u32>,
    timeout_s: Option<u32>,
}

/// All functions that are an agent's by tag or by name.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Function>, Trouble> {
    let names = &asking.settings.names;
    let listed = list(asking, site).await?;
    let tagged = tags(asking, site, &listed).await;
    let mut functions: Vec<Function> = listed
        .into_iter()
        .filter_map(|function| {
            let by_tag = tagged.get(&function.name).cloned().flatten();
            let owner = by_tag.or_else(|| owner_by_name(names, &function.name));
            let is_ours = owner.is_some() || function.name.starts_with(&names.function_prefix);
            is_ours.then_some(Function {
                name: function.name,
                owner,
                memory_mb: function.memory_mb,
                timeout_s: function.timeout_s,
                reserved: Reservation::Unknown,
            })
        })
        .collect();
    let ours = functions.iter().find(|function| function.owner.is_some());
    site.note("lambda", ours.map(|function| (format!("function:{}", function.name), function.owner.clone())));
    reservations(asking, site, &mut functions).await;
    Ok(functions)
}

async fn list(asking: &Asking<'_>, site: &Site) -> Result<Vec<Listed>, Trouble> {
    let pages = site.aws.lambda.list_functions().set_max_items(asking.settings.page_size).into_paginator().send();
    let mut listed = Vec::new();
    let answer = asking.pages(LIST, pages, |page| {
        listed.extend(page.functions().iter().filter_map(|function| {
            let positive = |number: Option<i32>| number.and_then(|n| u32::try_from(n).ok());
            Some(Listed {
                name: clean::line(function.function_name()?),
                arn: function.function_arn()?.to_owned(),
                memory_mb: positive(function.memory_size()),
                timeout_s: positive(function.timeout()),
            })
        }));
        listed.len()
    });
    answer.await?;
    Ok(listed)
}

/// The owner of each function by its tags, as far as they are known.
async fn tags(asking: &Asking<'_>, site: &Site, listed: &[Listed]) -> HashMap<String, Option<AgentKey>> {
    let names = &asking.settings.names;
    let now = asking.now();
    let mut unread: Vec<&Listed> = {
        let mut known = locked(&site.functions);
        let there: HashSet<&str> = listed.iter().map(|function| function.name.as_str()).collect();
        known.tags.retain(|name, (at, _)| there.contains(name.as_str()) && now - *at < TAGS_HOLD);
        known.reserved.retain(|name, _| there.contains(name.as_str()));
        listed.iter().filter(|function| !known.tags.contains_key(&function.name)).collect()
    };
    // Those that look like ours first.
    unread.sort_by_key(|function| !function.name.starts_with(&names.function_prefix));
    let left = unread.len().saturating_sub(A_TURN);
    unread.truncate(A_TURN);
    let unread = &unread;
    let asked = (0..unread.len()).map(|n| async move {
        let function = unread[n];
        let tags = site.aws.lambda.list_tags().resource(&function.arn).send();
        let tags = match asking.call(TAGS, &format!(" of {}", function.name), tags).await {
            Ok(answer) => answer.tags.unwrap_or_default(),
            Err(trouble) if trouble.is_not_there() => HashMap::new(),
            Err(trouble) => {
                asking.miss(trouble);
                return None;
            }
        };
        let tag = |key: &str| tags.get(key).map(|value| clean::line(value)).filter(|value| !value.is_empty());
        let both = tag(&names.tag_session).zip(tag(&names.tag_agent));
        Some((function.name.clone(), both.map(|(session, agent)| AgentKey::new(session, agent))))
    });
    let read = bounded(AT_ONCE, asked).await;
    let mut known = locked(&site.functions);
    known.tags.extend(read.into_iter().flatten().map(|(name, owner)| (name, (now, owner))));
    if left > 0 {
        asking.miss_part(&format!("the tags of {left} functions have not been read yet: they follow by turns"));
    }
    known.tags.iter().map(|(name, (_, owner))| (name.clone(), owner.clone())).collect()
}

/// `infra-agent-{session}-{agent}`. Session ids hold dashes and agent ids do not.
fn owner_by_name(names: &Names, function: &str) -> Option<AgentKey> {
    let (session, agent) = function.strip_prefix(&names.function_prefix)?.strip_prefix('-')?.rsplit_once('-')?;
    (!session.is_empty() && !agent.is_empty()).then(|| AgentKey::new(session, agent))
}

/// Fills in the reservations: of those someone looks at first, then of those that were not asked for longest.
async fn reservations(asking: &Asking<'_>, site: &Site, functions: &mut [Function]) {
    let mut turns: Vec<(bool, u64, &str)> = {
        let mut known = locked(&site.functions);
        known.turn += 1;
        let turn = |function: &Function| {
            let focused = function.owner.as_ref().is_some_and(|owner| asking.ask.focus.contains(owner));
            let read = known.reserved.get(&function.name).map_or(0, |(turn, _)| *turn);
            (!focused, read)
        };
        functions.iter().map(|function| (turn(function), function)).map(|((a, b), f)| (a, b, f.name.as_str())).collect()
    };
    turns.sort_unstable();
    let (asked, all) = (turns.len().min(A_TURN), turns.len());
    let turns = &turns;
    let read = (0..asked).map(|n| async move {
        let name = turns[n].2;
        let answer = site.aws.lambda.get_function_concurrency().function_name(name).send();
        let reserved = match asking.call(CONCURRENCY, &format!(" of {name}"), answer).await {
            Ok(answer) => answer
                .reserved_concurrent_executions()
                .map_or(Reservation::Shared, |n| Reservation::Held(u32::try_from(n).unwrap_or(0))),
            Err(trouble) if trouble.is_not_there() => Reservation::Unknown,
            Err(trouble) => {
                asking.miss(trouble);
                Reservation::Unknown
            }
        };
        (name.to_owned(), reserved)
    });
    let read = bounded(AT_ONCE, read).await;
    let mut known = locked(&site.functions);
    let turn = known.turn;
    known.reserved.extend(read.into_iter().map(|(name, reserved)| (name, (turn, reserved))));
    for function in functions.iter_mut() {
        if let Some((_, reserved)) = known.reserved.get(&function.name) {
            function.reserved = *reserved;
        }
    }
    if asked < all {
        asking.miss_part(&format!("the reserved concurrency of {asked} of {all} functions was read this time"));
    }
}
