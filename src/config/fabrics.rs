//! `[fabric.NAME]`: which deployments there are, how they are reached, and how one fails over.

use std::collections::BTreeMap;

use super::section::Section;
use super::values::{arn, checked, one_of, plain, region, regions, suggest, text, texts, truth, url};
use crate::model::{FabricId, RegionId};

/// The fabric to look at, with environment and flags applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FabricChoice {
    /// Its name in the configuration; `default` where the configuration names none.
    pub name: FabricId,
    /// The AWS profile that gives the credentials; `None` leaves it to the SDK's chain.
    pub profile: Option<String>,
    /// A role to assume with those credentials.
    pub role_arn: Option<String>,
    /// Where to look, the primary region first. May be empty: then the SDK's chain (profile, instance) decides.
    pub regions: Vec<RegionId>,
    /// An endpoint that stands in for all of AWS: emulators only.
    pub endpoint_url: Option<String>,
    /// Whether nothing may ever be changed in it.
    pub read_only: bool,
    /// How to fail over to another region, where that is configured.
    pub failover: Option<Failover>,
}

impl Default for FabricChoice {
    fn default() -> Self {
        Self {
            name: "default".into(),
            profile: None,
            role_arn: None,
            regions: Vec::new(),
            endpoint_url: None,
            read_only: false,
            failover: None,
        }
    }
}

/// How traffic is moved to another region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Two ARC routing controls, set in one call on one of the cluster's regional endpoints.
    RoutingControl,
    /// An object in a bucket of the standby region, watched by an inverted health check.
    StandbyMarker,
    /// A failover record or health check is changed: needs the Route 53 control plane in us-east-1.
    DnsRecord,
}

impl Method {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("routing-control", Self::RoutingControl),
        ("standby-marker", Self::StandbyMarker),
        ("dns-record", Self::DnsRecord),
    ];

    /// The word for it in the configuration and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::RoutingControl => "routing-control",
            Self::StandbyMarker => "standby-marker",
            Self::DnsRecord => "dns-record",
        }
    }
}

/// `[fabric.NAME.failover]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failover {
    /// How traffic is moved.
    pub method: Method,
    /// The Route 53 zone of [`Self::record`].
    pub hosted_zone: Option<String>,
    /// The DNS record that clients use; its TTL bounds how fast traffic moves.
    pub record: Option<String>,
    /// The object whose presence fails over, `s3://bucket/key`.
    pub marker: Option<String>,
    /// The ARC routing control of each region, by ARN.
    pub routing_controls: BTreeMap<RegionId, String>,
    /// The regional endpoints of the ARC cluster.
    pub cluster_endpoints: Vec<String>,
    /// The primary's database instance; `None` means that failing over has no database step.
    pub database: Option<String>,
    /// Its read replica in the standby region, which is promoted.
    pub replica: Option<String>,
}

/// Reads `[fabric.*]`, in the order of the file.
pub(super) fn read(section: &mut Section<'_>) -> Vec<FabricChoice> {
    let mut fabrics = Vec::new();
    section.each(|name, table| {
        if let Err(what) = plain(name) {
            table.wrong(format!("the name {what}"));
        }
        fabrics.push(read_one(name, table));
    });
    fabrics
}

/// Asks for everything a fabric may hold.
pub(super) fn read_one(name: &str, table: &mut Section<'_>) -> FabricChoice {
    let mut fabric = FabricChoice { name: name.into(), ..FabricChoice::default() };
    table.read_some("profile", &mut fabric.profile, text);
    table.read_some("role_arn", &mut fabric.role_arn, checked(arn));
    table.read("regions", &mut fabric.regions, |value| {
        let names = texts(value)?;
        if names.is_empty() {
            return Err("is an empty list; name the primary region first, or leave the key out".to_owned());
        }
        regions(names.iter().map(String::as_str))
    });
    table.read_some("endpoint_url", &mut fabric.endpoint_url, checked(url));
    table.read("read_only", &mut fabric.read_only, truth);
    let there = table.has("failover");
    table.within("failover", |section| {
        let failover = read_failover(section);
        if there {
            if fabric.regions.len() < 2 {
                section.wrong("needs two regions: name the primary and the standby one in `regions`");
            }
            fabric.failover = failover;
        }
    });
    fabric
}

fn read_failover(section: &mut Section<'_>) -> Option<Failover> {
    let there = section.has("method");
    let mut method = None;
    section.read_some("method", &mut method, one_of(Method::WORDS));
    let mut failover = Failover {
        method: method.unwrap_or(Method::StandbyMarker),
        hosted_zone: None,
        record: None,
        marker: None,
        routing_controls: BTreeMap::new(),
        cluster_endpoints: Vec::new(),
        database: None,
        replica: None,
    };
    section.read_some("hosted_zone", &mut failover.hosted_zone, text);
    section.read_some("record", &mut failover.record, text);
    section.read_some("marker", &mut failover.marker, checked(s3_object));
    section.within("routing_controls", |table| {
        for name in table.names() {
            let mut control = String::new();
            table.read(&name, &mut control, checked(arn));
            match region(&name) {
                Ok(region) => drop(failover.routing_controls.insert(region, control)),
                Err(what) => table.wrong_at(&name, what),
            }
        }
    });
    section.read("cluster_endpoints", &mut failover.cluster_endpoints, |value| {
        texts(value)?.iter().map(|text| url(text)).collect()
    });
    section.read_some("database", &mut failover.database, text);
    section.read_some("replica", &mut failover.replica, text);
    if section.is_there() && !there {
        let words: Vec<&str> = Method::WORDS.iter().map(|(word, _)| *word).collect();
        section.wrong(format!("lacks `method`; {}", suggest("", &words)));
    }
    if let Some(method) = method {
        check_needs(method, &failover, section);
    }
    method.map(|_| failover)
}

/// What each method cannot do without, and what only makes sense together.
fn check_needs(method: Method, failover: &Failover, section: &Section<'_>) {
    let need = |key: &str, held: bool| {
        if !held && !section.has(key) {
            section.wrong(format!("lacks `{key}`, which the method {} needs", method.word()));
        }
    };
    match method {
        Method::RoutingControl => {
            need("routing_controls", failover.routing_controls.len() > 1);
            need("cluster_endpoints", !failover.cluster_endpoints.is_empty());
            if section.has("routing_controls") && failover.routing_controls.len() < 2 {
                section.wrong_at("routing_controls", "needs one routing control for each of two regions");
            }
        }
        Method::StandbyMarker => need("marker", failover.marker.is_some()),
        Method::DnsRecord => {
            need("hosted_zone", failover.hosted_zone.is_some());
            need("record", failover.record.is_some());
        }
    }
    if section.has("database") != section.has("replica") {
        section.wrong("`database` and `replica` belong together: give both, or neither for no database step");
    }
}

fn s3_object(text: &str) -> Result<String, String> {
    let place = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    if place.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) {
        return plain(text);
    }
    Err(format!("is {text:?}; an object such as \"s3://if-failover-us-west-2/active\" is wanted"))
}

/// The fabric called `name`, or the first; where there is none at all and none was asked for, the SDK's own chain.
pub(super) fn choose(fabrics: Vec<FabricChoice>, name: Option<&str>) -> Result<FabricChoice, String> {
    let Some(name) = name else { return Ok(fabrics.into_iter().next().unwrap_or_default()) };
    if let Some(found) = fabrics.iter().find(|fabric| fabric.name.as_str() == name) {
        return Ok(found.clone());
    }
    let known: Vec<&str> = fabrics.iter().map(|fabric| fabric.name.as_str()).collect();
    if known.is_empty() {
        return Err(format!(
            "there is no fabric {name:?}: the configuration names none; `infradeck config template` shows how to name one"
        ));
    }
    Err(format!("there is no fabric {name:?}; {}", suggest(name, &known)))
}
