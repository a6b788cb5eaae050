//! Databases: rebooted, promoted, resized.

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::scenario::Scenario;
use crate::model::{Database, Refusal, Service};

/// What was done to a database.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Reboot { failover: bool },
    Promote,
    Resize(String),
}

impl Act {
    /// How long it takes, milliseconds, with the service's words for it: until the first, and from then on.
    fn takes(&self) -> (Ms, &'static str, Ms, &'static str) {
        match self {
            Self::Reboot { .. } => (0, "rebooting", 25_000, "rebooting"),
            Self::Promote => (15_000, "modifying", 40_000, "rebooting"),
            Self::Resize(_) => (35_000, "modifying", 45_000, "rebooting"),
        }
    }
}

/// A database, and all that was done to it.
#[derive(Debug)]
pub(super) struct Base {
    region: usize,
    name: String,
    class: &'static str,
    multi_az: bool,
    replica_of: Option<String>,
    acts: Vec<(Ms, Act)>,
}

/// The databases of a scenario: the primary region's, and a replica of it in each region that names one.
pub(super) fn all(scenario: &Scenario) -> Vec<Base> {
    let of = &scenario.failover.database;
    let replicas = scenario.region.iter().enumerate().skip(1);
    let replicas = replicas.filter_map(|(region, plan)| Some((region, plan.replica.clone()?)));
    let replica = |(region, name)| Base {
        region,
        name,
        class: "db.t3.small",
        multi_az: false,
        replica_of: Some(of.clone()),
        acts: Vec::new(),
    };
    let mut all: Vec<Base> = replicas.map(replica).collect();
    if !all.is_empty() {
        let (name, class) = (of.clone(), "db.t3.small");
        all.insert(0, Base { region: 0, name, class, multi_az: true, replica_of: None, acts: Vec::new() });
    }
    all
}

impl Base {
    /// Since when it follows nothing any more, where it once did.
    fn promoted(&self) -> Option<Ms> {
        let promotion = self.acts.iter().find(|(_, act)| *act == Act::Promote)?;
        Some(promotion.0 + promotion.1.takes().2)
    }

    fn replica_of(&self, at: Ms) -> Option<&String> {
        self.replica_of.as_ref().filter(|_| self.promoted().is_none_or(|promoted| at < promoted))
    }

    /// When all that was done to it is through.
    fn ready(&self) -> Option<Ms> {
        self.acts.last().map(|(at, act)| at + act.takes().2)
    }

    fn status(&self, at: Ms) -> &'static str {
        match self.acts.last() {
            Some((when, act)) => match act.takes() {
                (first, word, ..) if at < when + first => word,
                (.., all, word) if at < when + all => word,
                _ => "available",
            },
            None => "available",
        }
    }
}

impl World {
    fn base(&self, region: usize, name: &str) -> Result<usize, Refusal> {
        let bases = &self.changes.databases;
        bases.iter().position(|base| base.region == region && base.name == name).ok_or_else(|| {
            let names = listed(bases.iter().filter(|base| base.region == region).map(|base| base.name.clone()));
            wrong(format!("rds: no database {} in {}: {names}", clean::line(name), self.regions[region]))
        })
    }

    /// A database as it stands.
    pub(super) fn database(&self, region: usize, name: &str, at: Ms) -> Option<Database> {
        let bases = &self.changes.databases;
        let base = &bases[self.base(region, name).ok()?];
        let through = base.acts.iter().filter(|(when, act)| at >= when + act.takes().2);
        let (mut class, mut moves) = (base.class, 0);
        for (_, act) in through {
            match act {
                Act::Resize(new) => class = new,
                Act::Reboot { failover } => moves += usize::from(*failover),
                Act::Promote => {}
            }
        }
        let follows = |other: &&super::Base| other.replica_of(at) == Some(&base.name);
        Some(Database {
            status: base.status(at).to_owned(),
            class: Some(class.to_owned()),
            zone: Some(format!("{}{}", self.regions[region], ["a", "b"][moves % 2])),
            multi_az: base.multi_az,
            replica_of: base.replica_of(at).cloned(),
            replicas: bases.iter().filter(follows).map(|other| other.name.clone()).collect(),
        })
    }

    /// Whether this is a replica, of those that are listed with their lag.
    pub(in crate::cloud::sim) fn is_replica(&self, region: usize, name: &str, at: Ms) -> bool {
        // One of the primary region is no database of ours, and listed as ever.
        self.base(region, name).map_or(true, |base| self.changes.databases[base].replica_of(at).is_some())
    }

    /// Since when the replica of a region follows nothing any more.
    pub(super) fn no_replica_since(&self, region: usize) -> Option<Ms> {
        self.changes.databases.iter().filter(|base| base.region == region).find_map(Base::promoted)
    }

    /// From when on there is a database in a region that can be written to, as far as is known at `now`: at once where
    /// the fabric has none at all.
    pub(super) fn writable(&self, region: usize, now: Ms) -> Option<Ms> {
        if self.changes.databases.is_empty() {
            return Some(now);
        }
        let bases = self.changes.databases.iter().filter(|base| base.region == region);
        let ready = |base: &Base| {
            let ready = base.ready().map_or(now, |ready| ready.max(now));
            base.replica_of(ready).is_none().then_some(ready)
        };
        let ready = bases.filter_map(ready).min()?;
        match self.outage(region, Service::Rds, now) {
            Some(outage) => Some(ready.max(self.epoch + outage.until?.0)),
            None => Some(ready),
        }
    }

    fn do_to(&mut self, base: usize, act: Act, now: Ms) -> Result<(), Refusal> {
        let base = &mut self.changes.databases[base];
        let status = base.status(now);
        if status != "available" {
            return Err(wrong(format!("rds: {} is {status}: wait until it is available", base.name)));
        }
        base.acts.push((now, act));
        Ok(())
    }

    pub(super) fn reboot_database(
        &mut self,
        region: usize,
        name: &str,
        failover: bool,
        now: Ms,
    ) -> Result<(), Refusal> {
        let base = self.base(region, name)?;
        if failover && !self.changes.databases[base].multi_az {
            return Err(wrong(format!("rds: {name} has no standby in another zone that it could fail over to")));
        }
        self.do_to(base, Act::Reboot { failover }, now)
    }

    pub(super) fn promote(&mut self, region: usize, name: &str, now: Ms) -> Result<(), Refusal> {
        let base = self.base(region, name)?;
        if self.changes.databases[base].replica_of(now).is_none() {
            return Err(wrong(format!("rds: {name} is no read replica: there is nothing to promote")));
        }
        self.do_to(base, Act::Promote, now)
    }

    pub(super) fn resize(&mut self, region: usize, name: &str, class: &str, now: Ms) -> Result<(), Refusal> {
        let base = self.base(region, name)?;
        let is_class = class.starts_with("db.") && class.split('.').filter(|part| !part.is_empty()).count() == 3;
        if !is_class {
            return Err(wrong(format!("rds: {} is no class such as db.t3.medium", clean::line(class))));
        }
        let now_it_has = self.database(region, name, now).and_then(|database| database.class);
        if now_it_has.as_deref() == Some(class) && self.changes.databases[base].status(now) == "available" {
            return Ok(());
        }
        self.do_to(base, Act::Resize(clean::line(class)), now)
    }
}
