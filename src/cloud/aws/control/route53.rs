//! Records and health checks: Route 53. Its control plane lives in us-east-1, whatever region is named.

use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    Change as RecordChange, ChangeAction, ChangeBatch, HealthCheckObservation, ResourceRecord, ResourceRecordSet,
    ResourceRecordSetFailover, RrType,
};

use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use super::of;
use crate::cloud::clean;
use crate::model::{HealthCheck, Record, Refusal, Reply, Service};

const RECORDS: Api = Api::new(Service::Route53, "ListResourceRecordSets");
const HEALTH_CHECK: Api = Api::new(Service::Route53, "GetHealthCheck");
const CHECKERS: Api = Api::new(Service::Route53, "GetHealthCheckStatus");

/// A check is healthy when more than so many in a hundred of the checkers say so.
const HEALTHY_PERCENT: usize = 18;

pub(super) async fn change_records(change: &Change<'_>, zone: &str, records: &[Record]) -> Result<Reply, Refusal> {
    let batch = batch(records).map_err(|error| change.wrong(&of(zone), &error.to_string()))?;
    let call = change.aws.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    let answer = change.make(&of(zone), call.customize().interceptor(change.witness.clone()).send()).await?;
    Ok(reply(&answer, answer.change_info().map(|info| info.id())))
}

fn batch(records: &[Record]) -> Result<ChangeBatch, BuildError> {
    let changes = records.iter().map(|record| {
        let values = record.values.iter().map(|value| ResourceRecord::builder().value(value).build());
        let set = ResourceRecordSet::builder()
            .name(&record.name)
            .r#type(RrType::from(record.kind.as_str()))
            .set_set_identifier(record.set_identifier.clone())
            .set_failover(record.failover.as_deref().map(ResourceRecordSetFailover::from))
            .set_ttl(record.ttl_s.map(i64::from))
            .set_resource_records(Some(values.collect::<Result<_, _>>()?))
            .set_health_check_id(record.health_check.clone())
            .build()?;
        RecordChange::builder().action(ChangeAction::Upsert).resource_record_set(set).build()
    });
    ChangeBatch::builder().set_changes(Some(changes.collect::<Result<_, _>>()?)).build()
}

pub(super) async fn invert(change: &Change<'_>, id: &str, inverted: bool) -> Result<Reply, Refusal> {
    let call = change.aws.route53.update_health_check().health_check_id(id).inverted(inverted);
    change.done(&of(id), call.customize().interceptor(change.witness.clone()).send()).await
}

/// The records of a name, of all types. One that is an alias has no values.
pub(super) async fn records(look: &Look<'_>, zone: &str, name: &str) -> Result<Vec<Record>, Refusal> {
    let wanted = dotted(name);
    let mut records = Vec::new();
    let mut start = (Some(wanted.clone()), None, None);
    loop {
        let (name, kind, identifier) = start;
        let call = look.site.aws.route53.list_resource_record_sets().hosted_zone_id(zone);
        let call = call.set_start_record_name(name).set_start_record_type(kind).set_start_record_identifier(identifier);
        let answer = look.ask(RECORDS, &of(zone), call.send()).await?;
        let of_name = |set: &&ResourceRecordSet| dotted(set.name()).eq_ignore_ascii_case(&wanted);
        records.extend(answer.resource_record_sets().iter().filter(of_name).map(record));
        // They come in an order of their own, that begins with the name asked for.
        let goes_on = answer.next_record_name().is_some_and(|next| dotted(next).eq_ignore_ascii_case(&wanted));
        if !answer.is_truncated() || !goes_on {
            return Ok(records);
        }
        start = (answer.next_record_name, answer.next_record_type, answer.next_record_identifier);
    }
}

fn dotted(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

fn record(set: &ResourceRecordSet) -> Record {
    Record {
        name: clean::line(set.name()),
        kind: clean::line(set.r#type().as_str()),
        set_identifier: set.set_identifier().map(clean::line),
        failover: set.failover().map(|failover| clean::line(failover.as_str())),
        ttl_s: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
        values: set.resource_records().iter().map(|record| clean::line(record.value())).collect(),
        health_check: set.health_check_id().map(clean::line),
    }
}

/// A health check; `None` where there is no such check.
pub(super) async fn health_check(look: &Look<'_>, id: &str) -> Result<Option<HealthCheck>, Refusal> {
    let route53 = &look.site.aws.route53;
    let call = route53.get_health_check().health_check_id(id).send();
    let answer = look.find(HEALTH_CHECK, &of(id), &["NoSuchHealthCheck"], call).await?;
    let Some(check) = answer.and_then(|answer| answer.health_check) else { return Ok(None) };
    // Checks that watch an alarm or other checks have no checkers, and Route 53 refuses to tell of them.
    let status = look.ask(CHECKERS, &of(id), route53.get_health_check_status().health_check_id(id).send()).await;
    Ok(Some(HealthCheck {
        healthy: status.ok().and_then(|status| healthy(status.health_check_observations())),
        inverted: check.health_check_config().and_then(|config| config.inverted()) == Some(true),
        version: check.health_check_version(),
    }))
}

fn healthy(checkers: &[HealthCheckObservation]) -> Option<bool> {
    let said: Vec<&str> = checkers.iter().filter_map(|checker| checker.status_report()?.status()).collect();
    let well = said.iter().filter(|status| status.starts_with("Success")).count();
    (!said.is_empty()).then(|| well * 100 > said.len() * HEALTHY_PERCENT)
}
