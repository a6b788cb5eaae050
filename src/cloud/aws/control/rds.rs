//! Databases: RDS.

use super::super::trouble::Api;
use super::hand::{Change, Look};
use super::of;
use crate::cloud::clean;
use crate::model::{Database, Refusal, Reply, Service};

const INSTANCES: Api = Api::new(Service::Rds, "DescribeDBInstances");

pub(super) async fn reboot(change: &Change<'_>, database: &str, failover: bool) -> Result<Reply, Refusal> {
    let failover = failover.then_some(true);
    let call = change.aws.rds.reboot_db_instance().db_instance_identifier(database).set_force_failover(failover);
    change.done(&of(database), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn promote(change: &Change<'_>, replica: &str) -> Result<Reply, Refusal> {
    let call = change.aws.rds.promote_read_replica().db_instance_identifier(replica);
    change.done(&of(replica), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn resize(change: &Change<'_>, database: &str, class: &str) -> Result<Reply, Refusal> {
    let call = change.aws.rds.modify_db_instance().db_instance_identifier(database).db_instance_class(class);
    let call = call.apply_immediately(true).customize().interceptor(change.witness.clone());
    change.done(&of(database), call.send()).await
}

/// A database instance; `None` where there is no such instance.
pub(super) async fn database(look: &Look<'_>, name: &str) -> Result<Option<Database>, Refusal> {
    let call = look.site.aws.rds.describe_db_instances().db_instance_identifier(name);
    let missing = &["DBInstanceNotFound", "DBInstanceNotFoundFault"];
    let answer = look.find(INSTANCES, &of(name), missing, call.send()).await?;
    let found = answer.as_ref().and_then(|answer| answer.db_instances().first());
    let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(clean::line);
    Ok(found.map(|database| Database {
        status: clean::line(database.db_instance_status().unwrap_or_default()),
        class: said(database.db_instance_class()),
        zone: said(database.availability_zone()),
        multi_az: database.multi_az() == Some(true),
        replica_of: said(database.read_replica_source_db_instance_identifier()),
        replicas: database.read_replica_db_instance_identifiers().iter().map(|name| clean::line(name)).collect(),
    }))
}
