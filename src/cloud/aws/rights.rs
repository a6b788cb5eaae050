//! What of all that can be ordered is allowed? IAM plays it through for the policies of whoever asks; nothing is done.
//!
//! A policy may be limited to some things, so IAM is asked about real ones: those that the fabric has, by the last
//! listings, and those that the configuration names. It is told their tags, and nothing else that a condition may look
//! at: where that would decide, it is not known. Nor is it where a thing had to be made up.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};

use super::asking::{Asking, locked};
use super::identity;
use super::site::{Site, Thing};
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{AgentKey, Quality, RegionId, Right, Service, Verdict};

const SIMULATE: Api = Api::new(Service::Iam, "SimulatePrincipalPolicy");
const ROLE: Api = Api::new(Service::Iam, "GetRole");

/// An ARN, taken apart.
#[derive(Clone, Copy, Debug)]
struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    name: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, name] = parts[..] else { return None };
        Some(Self { partition, service, region, account, name })
    }
}

/// Whose policies decide.
#[derive(Debug, PartialEq, Eq)]
enum Whose<'a> {
    /// Nobody's: to the root of an account all is allowed.
    Root,
    /// Those of this caller itself, a user.
    User,
    /// Those of the role of this name. A session does not tell in which folders its role stands.
    Role(&'a str),
    /// Nobody knows: a federated user, or what is yet to be invented.
    Unknown,
}

fn whose<'a>(caller: &Arn<'a>) -> Whose<'a> {
    match (caller.service, &caller.name.split('/').collect::<Vec<_>>()[..]) {
        ("iam", ["root"]) => Whose::Root,
        ("iam", ["user", _, ..]) => Whose::User,
        ("sts", ["assumed-role", role, _]) => Whose::Role(role),
        _ => Whose::Unknown,
    }
}

/// A thing that IAM is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Example {
    arn: String,
    /// Whether it is there, or would have such a name: else it is made up.
    is_real: bool,
    /// Whose it is, by its tags.
    owner: Option<AgentKey>,
}

/// What a claim stands for in the caller's account and this region. `known` is a thing of that service that is there.
fn example(resource: &str, caller: &Arn<'_>, here: &RegionId, known: Option<&Thing>) -> Option<Example> {
    let claimed = Arn::parse(resource)?;
    let region = if claimed.region == "*" { here.as_str() } else { claimed.region };
    let account = if claimed.account == "*" { caller.account } else { claimed.account };
    let (name, is_real, owner) = match claimed.name.split_once('*') {
        None => (claimed.name.to_owned(), true, None),
        Some((start, end)) => match known.filter(|known| known.name.starts_with(start)) {
            Some(known) => (known.name.clone(), true, known.owner.clone()),
            None => (format!("{start}infradeck{end}"), false, None),
        },
    };
    let arn = format!("arn:{}:{}:{region}:{account}:{name}", caller.partition, claimed.service);
    Some(Example { arn, is_real, owner })
}

pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Right>, Trouble> {
    let claims = &asking.settings.claims;
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let all = |verdict| merged(claims.iter().map(|claim| (claim.action.as_str(), verdict)));
    let known = locked(&site.identity).clone();
    let caller = match known {
        Some(identity) => identity.arn,
        None => identity::ask(asking, site).await?.arn,
    };
    let unknown = || {
        asking.miss_part(&format!("IAM tells beforehand of users and roles alone, and this is {caller}"));
        Ok(all(Verdict::Unknown))
    };
    let Some(by) = Arn::parse(&caller) else { return unknown() };
    let (source, doubt) = match whose(&by) {
        Whose::Root => return Ok(all(Verdict::Allowed)),
        Whose::Unknown => return unknown(),
        Whose::User => (caller.clone(), None),
        Whose::Role(name) => role(asking, site, &by, name).await?,
    };
    let mut examples: BTreeMap<Example, Vec<&str>> = BTreeMap::new();
    for claim in claims {
        let service = Arn::parse(&claim.resource).map_or("", |arn| arn.service);
        let things = locked(&site.things);
        if let Some(example) = example(&claim.resource, &by, asking.region(), things.get(service)) {
            examples.entry(example).or_default().push(&claim.action);
        }
    }
    let mut found = Vec::new();
    for (example, actions) in &examples {
        match simulate(asking, site, &source, example, actions).await {
            Ok(verdicts) => found.extend(verdicts),
            // Where it is not known in which folders a role stands, IAM may not find it.
            Err(trouble) if found.is_empty() => return Err(doubt.unwrap_or(trouble)),
            Err(trouble) => {
                asking.miss(trouble);
                found.extend(actions.iter().map(|action| (*action, Verdict::Unknown)));
            }
        }
    }
    Ok(merged(found))
}

/// The ARN of a role. Whoever may not ask for it gets the one that a role without folders has, and what to allow.
async fn role(
    asking: &Asking<'_>,
    site: &Site,
    by: &Arn<'_>,
    name: &str,
) -> Result<(String, Option<Trouble>), Trouble> {
    let plain = format!("arn:{}:iam::{}:role/{name}", by.partition, by.account);
    let found = asking.call(ROLE, &format!(" of {name}"), site.aws.iam.get_role().role_name(name).send()).await;
    match found {
        Ok(found) => Ok((found.role().map_or(plain, |role| clean::line(role.arn())), None)),
        Err(trouble) if trouble.quality() == Quality::Denied => Ok((plain, Some(trouble))),
        Err(trouble) => Err(trouble),
    }
}

/// What IAM says of these actions on one thing.
async fn simulate<'a>(
    asking: &Asking<'_>,
    site: &Site,
    source: &str,
    example: &Example,
    actions: &[&'a str],
) -> Result<Vec<(&'a str, Verdict)>, Trouble> {
    let names = &asking.settings.names;
    let owner = example.owner.iter();
    let tags = owner
        .flat_map(|owner| [(&names.tag_session, owner.session.as_str()), (&names.tag_agent, owner.agent.as_str())]);
    let context = tags.map(|(tag, value)| {
        ContextEntry::builder()
            .context_key_name(format!("aws:ResourceTag/{tag}"))
            .context_key_values(value)
            .context_key_type(ContextKeyTypeEnum::String)
            .build()
    });
    let context: Vec<ContextEntry> = context.collect();
    let pages = site
        .aws
        .iam
        .simulate_principal_policy()
        .policy_source_arn(source)
        .set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()))
        .resource_arns(&example.arn)
        .set_context_entries((!context.is_empty()).then_some(context))
        .into_paginator();
    let mut found = Vec::new();
    let answer = asking.pages(SIMULATE, pages.send(), |page| {
        for result in page.evaluation_results() {
            let named = actions.iter().find(|action| action.eq_ignore_ascii_case(result.eval_action_name()));
            found.extend(named.map(|action| (*action, verdict(result, example.is_real))));
        }
        found.len()
    });
    answer.await?;
    Ok(found)
}

fn verdict(result: &EvaluationResult, is_real: bool) -> Verdict {
    match result.eval_decision() {
        Decision::Allowed => Verdict::Allowed,
        // What it was not told might have allowed it, or might not have forbidden it.
        _ if !result.missing_context_values().is_empty() => Verdict::Unknown,
        Decision::ExplicitDeny => Verdict::Denied,
        Decision::ImplicitDeny if is_real => Verdict::Denied,
        _ => Verdict::Unknown,
    }
}

/// One right an action: what is allowed on one thing is allowed, and only what is denied on all is denied.
fn merged<'a>(found: impl IntoIterator<Item = (&'a str, Verdict)>) -> Vec<Right> {
    let mut rights: BTreeMap<&str, Verdict> = BTreeMap::new();
    for (action, verdict) in found {
        rights.entry(action).and_modify(|known| *known = verdict.min(*known)).or_insert(verdict);
    }
    rights.into_iter().map(|(action, verdict)| Right { action: action.to_owned(), verdict }).collect()
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
