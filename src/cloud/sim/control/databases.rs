//! Databases: rebooted, promoted, resized, and made anew.

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::scenario::Scenario;
use crate::model::{Database, Refusal, Service};

/// What was done to a database.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Reboot {
        failover: bool,
    },
    Promote,
    Resize(String),
    /// Made anew, as a replica of this one. No call of ours does that: a colleague does, once its work is done elsewhere.
    Follow(String),
}

impl Act {
    /// How long it takes, milliseconds, with the service's words for it: until the first, and from then on.
    fn takes(&self) -> (Ms, &'static str, Ms, &'static str) {
        match self {
            Self::Reboot { .. } => (0, "rebooting", 25_000, "rebooting"),
            Self::Promote => (15_000, "modifying", 40_000, "rebooting"),
            Self::Resize(_) => (35_000, "modifying", 45_000, "rebooting"),
            Self::Follow(_) => (60_000, "creating", 60_000, "creating"),
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

/// How a database stands.
struct Standing<'b> {
    status: &'static str,
    class: &'b str,
    /// How often it changed its zone.
    moves: usize,
    replica_of: Option<&'b String>,
    /// Since when that is so.
    since: Ms,
}

impl Base {
    /// How it stands at `at`, for all that is known now.
    fn standing(&self, at: Ms) -> Standing<'_> {
        let replica_of = self.replica_of.as_ref();
        let mut now = Standing { status: "available", class: self.class, moves: 0, replica_of, since: Ms::MIN };
        for (when, act) in self.acts.iter().filter(|(when, _)| *when <= at) {
            let (first, word, all, last_word) = act.takes();
            now.status = match at - when {
                ago if ago < first => word,
                ago if ago < all => last_word,
                _ => "available",
            };
            let is_through = now.status == "available";
            match act {
                Act::Follow(of) => (now.replica_of, now.since) = (Some(of), *when),
                Act::Promote if is_through => (now.replica_of, now.since) = (None, when + all),
                Act::Resize(class) if is_through => now.class = class,
                Act::Reboot { failover: true } if is_through => now.moves += 1,
                _ => {}
            }
        }
        now
    }

    /// When all that was done to it by `now` is through.
    fn ready(&self, now: Ms) -> Ms {
        let acts = self.acts.iter().filter(|(when, _)| *when <= now);
        acts.map(|(when, act)| when + act.takes().2).max().map_or(now, |ready| ready.max(now))
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
        let now = base.standing(at);
        let follows = |other: &&Base| other.standing(at).replica_of == Some(&base.name);
        Some(Database {
            status: now.status.to_owned(),
            class: Some(now.class.to_owned()),
            zone: Some(format!("{}{}", self.regions[region], ["a", "b"][now.moves % 2])),
            multi_az: base.multi_az,
            replica_of: now.replica_of.cloned(),
            replicas: bases.iter().filter(follows).map(|other| other.name.clone()).collect(),
        })
    }

    /// The replicas of a region, of which the lag is measured.
    pub(in crate::cloud::sim) fn replica_names(&self, region: usize, at: Ms) -> Vec<&String> {
        let plan = self.scenario.region[region].replica.as_ref();
        let bases = self.changes.databases.iter().filter(|base| base.region == region);
        let follows = bases.filter(|base| {
            let now = base.standing(at);
            now.replica_of.is_some() && now.status != "creating"
        });
        // One that the scenario has in its primary region is no database of ours, and listed as ever.
        let strange = plan.filter(|name| self.base(region, name).is_err());
        strange.into_iter().chain(follows.map(|base| &base.name)).collect()
    }

    /// Since when the replica of a region is one no more, or is one again, and which of the two: where it was ever
    /// promoted.
    pub(super) fn replica_since(&self, region: usize, at: Ms) -> Option<(Ms, bool)> {
        let base = self.changes.databases.iter().find(|base| base.region == region && base.replica_of.is_some())?;
        let now = base.standing(at);
        (now.since > Ms::MIN).then_some((now.since, now.replica_of.is_some()))
    }

    /// From when on there is a database in a region that can be written to, as far as is known at `now`: at once where
    /// the fabric has none at all.
    pub(super) fn writable(&self, region: usize, now: Ms) -> Option<Ms> {
        if self.changes.databases.is_empty() {
            return Some(now);
        }
        let bases = self.changes.databases.iter().filter(|base| base.region == region);
        let ready = bases.filter_map(|base| {
            let ready = base.ready(now);
            base.standing(ready).replica_of.is_none().then_some(ready)
        });
        let ready = ready.min()?;
        Some(ready.max(self.answers_from(region, now)?))
    }

    /// From when on the database service answers in a region.
    fn answers_from(&self, region: usize, now: Ms) -> Option<Ms> {
        match self.outage(region, Service::Rds, now) {
            Some(outage) => Some(self.epoch + outage.until?.0),
            None => Some(now),
        }
    }

    /// Nobody makes the databases of a region anew: it is to do the work.
    pub(super) fn keep_databases(&mut self, region: usize, now: Ms) {
        for base in self.changes.databases.iter_mut().filter(|base| base.region == region) {
            base.acts.retain(|(when, _)| *when <= now);
        }
    }

    /// Lets a colleague make the databases of the region `left` anew, as replicas of that of `to`, which has taken the
    /// work over at `from`. Whether it comes to that.
    pub(super) fn remake(&mut self, left: usize, to: usize, from: Ms, now: Ms) -> bool {
        let Some(answers) = self.answers_from(left, now) else { return false };
        let master = self.changes.databases.iter().find(|base| base.region == to).map(|base| base.name.clone());
        let Some(master) = master else { return false };
        let after = self.scenario.failover.remade_after.0;
        for base in self.changes.databases.iter_mut().filter(|base| base.region == left) {
            let at = from.max(answers).max(base.ready(now)) + after;
            if base.standing(at).replica_of.is_none() {
                base.acts.push((at, Act::Follow(master.clone())));
            }
        }
        true
    }

    fn do_to(&mut self, base: usize, act: Act, now: Ms) -> Result<(), Refusal> {
        let base = &mut self.changes.databases[base];
        let status = base.standing(now).status;
        if status != "available" {
            return Err(wrong(format!("rds: {} is {status}: wait until it is available", base.name)));
        }
        if act == Act::Promote {
            // Whoever was to make it anew sees that it is wanted.
            base.acts.retain(|(when, _)| *when <= now);
        }
        base.acts.push((now, act));
        base.acts.sort_by_key(|(when, _)| *when);
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
        if self.changes.databases[base].standing(now).replica_of.is_none() {
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
        let standing = self.changes.databases[base].standing(now);
        if standing.class == class && standing.status == "available" {
            return Ok(());
        }
        self.do_to(base, Act::Resize(clean::line(class)), now)
    }
}
