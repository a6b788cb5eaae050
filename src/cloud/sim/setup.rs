//! `[failover]` of a scenario: how its work is moved to another region, and what else orders find there. Every key has a
//! default, so that any scenario can be failed over.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Scenario;
use super::scenario::Region;
use super::span::Span;
use crate::config;
use crate::model::RegionId;

/// How traffic is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Way {
    StandbyMarker,
    DnsRecord,
    RoutingControl,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Setup {
    pub(super) method: Way,
    /// The primary region's database. The replicas are named with their regions.
    pub(super) database: String,
    pub(super) hosted_zone: String,
    /// The name that clients use, in the zone `zone_name`.
    pub(super) record: String,
    pub(super) zone_name: String,
    /// How long resolvers keep it, seconds.
    pub(super) ttl_s: u32,
    /// What decides whether the primary region's record is given out.
    pub(super) health_check: String,
    /// That of the standby region's.
    pub(super) standby_health_check: String,
    /// `s3://bucket/key`, in the standby region: with it there, the health check fails.
    pub(super) marker: String,
    /// So long after a region's work has gone, and its database service answers, someone makes its database anew as a
    /// replica of the one that has the work: that is how one fails back.
    pub(super) remade_after: Span,
    /// By region.
    pub(super) routing_controls: BTreeMap<String, String>,
    pub(super) cluster_endpoints: Vec<String>,
    /// Buckets of the primary region.
    pub(super) buckets: Vec<String>,
    /// Topics, in every region, the bus first.
    pub(super) topics: Vec<String>,
    /// Launch templates, in every region.
    pub(super) templates: Vec<String>,
    /// The global table of session states.
    pub(super) state_table: String,
    /// The global table of locks, by `id`.
    pub(super) lock_table: String,
    /// A log group beside those of agents and services, in every region.
    pub(super) record_group: String,
}

impl Default for Setup {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let control = |region: &str| {
            let panel = "arn:aws:route53-recovery-control::123456789012:controlpanel/demo";
            (region.to_owned(), format!("{panel}/routingcontrol/{region}"))
        };
        let endpoint = |region: &&str| format!("https://demo.route53-recovery-cluster.{region}.amazonaws.com/v1");
        let homes = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"];
        Self {
            method: Way::StandbyMarker,
            database: "coordination-db".to_owned(),
            hosted_zone: "Z0DEMOFABRIC".to_owned(),
            record: "api.fabric.example.".to_owned(),
            zone_name: "fabric.example.".to_owned(),
            ttl_s: 30,
            health_check: "5d3c0f1e-0000-4000-8000-0000000000de".to_owned(),
            standby_health_check: "5d3c0f1e-0000-4000-8000-0000000000df".to_owned(),
            marker: "s3://if-failover-us-west-2/active".to_owned(),
            remade_after: Span(180_000),
            routing_controls: ["us-east-1", "us-west-2"].map(control).into(),
            cluster_endpoints: homes.iter().map(endpoint).collect(),
            buckets: texts(&["if-state"]),
            topics: texts(&["if-bus-messages", "if-agent-queue", "if-agent-complete", "if-on-call"]),
            templates: texts(&["if-agent"]),
            state_table: "if-sessions".to_owned(),
            lock_table: "if-locks".to_owned(),
            record_group: "/infrafabric/audit".to_owned(),
        }
    }
}

impl Setup {
    /// The bucket and the key of the marker.
    pub(super) fn marker(&self) -> (&str, &str) {
        self.marker.strip_prefix("s3://").and_then(|place| place.split_once('/')).unwrap_or((&self.marker, ""))
    }

    /// What is wrong with it.
    pub(super) fn check(&self, regions: &[Region]) -> Result<(), String> {
        let texts =
            [&self.database, &self.hosted_zone, &self.record, &self.zone_name, &self.health_check, &self.marker];
        let tables = [&self.state_table, &self.lock_table, &self.record_group];
        let lists = [&self.cluster_endpoints, &self.buckets, &self.topics, &self.templates].into_iter().flatten();
        let lists = lists.chain(self.routing_controls.values());
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
        let is_name = |text: &&String| !text.is_empty() && text.len() <= 200 && is_plain(text);
        if let Some(wrong) = texts.into_iter().chain(tables).chain(lists).find(|text| !is_name(text)) {
            return Err(format!("“{wrong}” is no name: letters, digits and - _ . : / only"));
        }
        if self.marker().1.is_empty() || !self.marker.starts_with("s3://") {
            return Err(format!("marker: “{}” is no object such as s3://bucket/key", self.marker));
        }
        if !self.record.ends_with(&self.zone_name) || !self.record.ends_with('.') {
            return Err(format!("record: “{}” does not lie in zone_name and end in a dot", self.record));
        }
        if !(1..=3_600).contains(&self.ttl_s) {
            return Err("ttl_s is 1 to 3600".to_owned());
        }
        if self.remade_after.0 < 0 {
            return Err("remade_after lies after what it follows".to_owned());
        }
        let stranger = self.routing_controls.keys().find(|name| !regions.iter().any(|region| region.id == **name));
        // The defaults name regions that a scenario need not have; what it writes itself it should.
        match stranger {
            Some(name) if self.routing_controls != Self::default().routing_controls => {
                Err(format!("routing_controls: no such region here: {name}"))
            }
            _ => Ok(()),
        }
    }
}

impl Scenario {
    /// How the fabric of this scenario fails over, as the configuration would tell it. `None` where it has but one
    /// region.
    pub fn failover(&self) -> Option<config::Failover> {
        let setup = &self.failover;
        let standbys = self.region.get(1..).filter(|regions| !regions.is_empty())?;
        let replica = standbys.iter().find_map(|region| region.replica.clone());
        let controls = setup.routing_controls.iter();
        let controls = controls.filter(|(name, _)| self.region.iter().any(|region| region.id == **name));
        Some(config::Failover {
            method: match setup.method {
                Way::StandbyMarker => config::Method::StandbyMarker,
                Way::DnsRecord => config::Method::DnsRecord,
                Way::RoutingControl => config::Method::RoutingControl,
            },
            hosted_zone: Some(setup.hosted_zone.clone()),
            record: Some(setup.record.clone()),
            marker: Some(setup.marker.clone()),
            routing_controls: controls.map(|(name, arn)| (RegionId::from(name.as_str()), arn.clone())).collect(),
            cluster_endpoints: setup.cluster_endpoints.clone(),
            database: replica.as_ref().map(|_| setup.database.clone()),
            replica,
        })
    }

    /// What may be ordered in the fabric of this scenario: as `given`, with what it leaves open filled in by what there
    /// is: the table of session states, the launch template, the topic that alarms tell, the group of the record.
    pub fn orders(&self, given: &config::Orders) -> config::Orders {
        let setup = &self.failover;
        let mut orders = given.clone();
        let topic = setup.topics.last().or(setup.topics.first());
        let topic = topic.zip(self.region.first()).map(|(name, region)| self.topic_arn(&region.id, name));
        orders.state_table.get_or_insert_with(|| setup.state_table.clone());
        orders.launch_template = orders.launch_template.or_else(|| setup.templates.first().cloned());
        orders.alarm_topic = orders.alarm_topic.or(topic);
        orders
    }

    /// The ARN of a topic.
    pub(super) fn topic_arn(&self, region: &str, name: &str) -> String {
        format!("arn:aws:sns:{region}:{}:{name}", self.account.id)
    }
}
