//! Whether what was found is what is wanted, in words.

use crate::action::{Expect, Wants};
use crate::model::{
    About, Database, HealthCheck, InstanceState, Move, Probed, Queue, Record, Reservation, RoutingControl, Time,
};

/// Whether what is wanted is so. Each says what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes(String),
    /// It is not, but may yet be.
    NotYet(String),
    /// It is not, and will not be.
    Never(String),
}

impl Met {
    fn so(is_so: bool, evidence: impl Into<String>) -> Self {
        if is_so { Self::Yes(evidence.into()) } else { Self::NotYet(evidence.into()) }
    }

    fn gone(what: &str) -> Self {
        Self::Never(format!("the {what} is not there"))
    }
}

impl Expect {
    /// Whether what was found is what is wanted. `handle` is the name that the call gave; what began before `since` is
    /// not of its making.
    pub fn met(&self, found: &Probed, handle: Option<&str>, since: Option<Time>) -> Met {
        // Life is asked for after a moment. An answer from before it is no answer to that.
        if let (About::Life { after, .. }, Probed::Life(Some(at))) = (&self.probe.about, found)
            && at <= after
        {
            return Met::NotYet(format!("last seen at {}", moment(*at)));
        }
        self.wants.met(found, handle, since)
    }
}

impl Wants {
    /// See [`Expect::met`], which also knows what was asked.
    pub fn met(&self, found: &Probed, handle: Option<&str>, since: Option<Time>) -> Met {
        match (self, found) {
            (Self::Life, Probed::Life(Some(at))) => Met::Yes(format!("seen alive at {}", moment(*at))),
            (Self::Life, Probed::Life(None)) => Met::NotYet("no sign of life".to_owned()),
            (Self::Reserved(wanted), Probed::Function(found)) => reserved(*wanted, *found),
            (Self::State(wanted), Probed::Instance(found)) => state(*wanted, found.as_ref().map(|found| found.0)),
            (Self::Moved, Probed::Moves(moves)) => moved(moves, handle, since),
            (Self::NoMove, Probed::Moves(moves)) => match moves.iter().find(|one| is_on_its_way(one)) {
                Some(one) => Met::NotYet(format!("{}: {}", one.status, progress(one))),
                None => Met::Yes("no move is running".to_owned()),
            },
            (Self::Empty, Probed::Queue(found)) => empty(found.as_ref()),
            (Self::Silenced(wanted), Probed::Alarm(Some(alarm))) => {
                Met::so(alarm.silenced == *wanted, if alarm.silenced { "it tells no one" } else { "it speaks" })
            }
            (Self::Silenced(_), Probed::Alarm(None)) => Met::gone("alarm"),
            (Self::Alarm, Probed::Alarm(found)) => {
                Met::so(found.is_some(), if found.is_some() { "the alarm is there" } else { "the alarm is not there" })
            }
            (Self::Writable, Probed::Database(found)) => with_database(found.as_ref(), |db| match &db.replica_of {
                Some(source) => Met::NotYet(format!("{}, still follows {source}", db.status)),
                None => Met::so(is_available(db), format!("{}, takes writes", db.status)),
            }),
            (Self::Available { away_from }, Probed::Database(found)) => {
                with_database(found.as_ref(), |db| available(db, away_from.as_deref()))
            }
            (Self::Class(wanted), Probed::Database(found)) => with_database(found.as_ref(), |db| {
                let class = db.class.as_deref().unwrap_or("of a class that is not known");
                Met::so(is_available(db) && class == wanted, format!("{}, {class}", db.status))
            }),
            (Self::Records(wanted), Probed::Records(found)) => records(wanted, found),
            (Self::Inverted(wanted), Probed::HealthCheck(Some(HealthCheck { inverted, .. }))) => {
                Met::so(inverted == wanted, if *inverted { "inverted" } else { "not inverted" })
            }
            (Self::Inverted(_), Probed::HealthCheck(None)) => Met::gone("health check"),
            (Self::Routing(wanted), Probed::RoutingControls(found)) => routing(wanted, found),
            (Self::Object(wanted), Probed::Object(found)) => {
                let is_there = found.is_some();
                Met::so(is_there == *wanted, if is_there { "the object is there" } else { "the object is not there" })
            }
            _ => Met::NotYet("the answer was about something else".to_owned()),
        }
    }
}

fn reserved(wanted: Option<u32>, found: Option<Reservation>) -> Met {
    match found {
        None => Met::gone("function"),
        Some(Reservation::Unknown) => Met::NotYet("its reserved concurrency could not be read".to_owned()),
        Some(Reservation::Shared) => Met::so(wanted.is_none(), "no concurrency is reserved for it"),
        Some(Reservation::Held(0)) => Met::so(wanted == Some(0), "reserved concurrency 0: it takes no work"),
        Some(Reservation::Held(n)) => Met::so(wanted == Some(n), format!("reserved concurrency {n}")),
    }
}

fn state(wanted: InstanceState, found: Option<InstanceState>) -> Met {
    let Some(found) = found else {
        // One that was just started may not be listed yet, and one that is gone is not listed after an hour.
        return Met::so(wanted == InstanceState::Terminated, "the instance is not listed");
    };
    let word = match found {
        InstanceState::Pending => "pending",
        InstanceState::Running => "running",
        InstanceState::Stopping => "stopping",
        InstanceState::Stopped => "stopped",
        InstanceState::ShuttingDown => "shutting down",
        InstanceState::Terminated => "terminated",
    };
    let is_leaving = matches!(found, InstanceState::ShuttingDown | InstanceState::Terminated);
    let is_to_leave = matches!(wanted, InstanceState::ShuttingDown | InstanceState::Terminated);
    if is_leaving && !is_to_leave {
        return Met::Never(word.to_owned());
    }
    Met::so(found == wanted || (is_leaving && wanted == InstanceState::ShuttingDown), word)
}

fn is_on_its_way(one: &Move) -> bool {
    matches!(one.status.as_str(), "RUNNING" | "CANCELLING")
}

fn progress(one: &Move) -> String {
    match one.of {
        Some(of) => format!("{} of {} moved", grouped(one.moved), grouped(of)),
        None => format!("{} moved", grouped(one.moved)),
    }
}

/// SQS gives handles only while a move runs; after that the newest is ours, if it began when ours did: a queue has only
/// one move at a time.
fn moved(moves: &[Move], handle: Option<&str>, since: Option<Time>) -> Met {
    let by_handle = moves.iter().find(|one| handle.is_some() && one.handle.as_deref() == handle);
    let is_ours = |one: &&Move| match (since, one.started) {
        (Some(since), Some(started)) => started >= since,
        // Where no time is told, only a move that we know of can be the newest one.
        (_, None) => handle.is_some(),
        (None, Some(_)) => true,
    };
    let newest = || moves.iter().max_by_key(|one| one.started);
    let Some(one) = by_handle.or_else(|| newest().filter(is_ours)) else {
        return Met::NotYet("no move is to be seen".to_owned());
    };
    let said = progress(one);
    match one.status.as_str() {
        "COMPLETED" => Met::Yes(format!("{} moved", grouped(one.moved))),
        "FAILED" | "CANCELLED" => {
            let why = one.reason.as_deref().map_or(String::new(), |why| format!(": {why}"));
            Met::Never(format!("{}, {said}{why}", one.status.to_lowercase()))
        }
        "CANCELLING" => Met::NotYet(format!("being cancelled, {said}")),
        _ => Met::NotYet(said),
    }
}

fn empty(found: Option<&Queue>) -> Met {
    let Some(queue) = found else { return Met::gone("queue") };
    // What someone has received is not counted: new messages come and go while a queue is in use.
    match (queue.visible, queue.delayed.unwrap_or(0)) {
        (None, _) => Met::NotYet("how many messages wait could not be read".to_owned()),
        (Some(0), 0) => match queue.in_flight {
            Some(held) if held > 0 => Met::Yes(format!("no message waits, {} are being worked on", grouped(held))),
            _ => Met::Yes("no message waits".to_owned()),
        },
        (Some(waiting), delayed) => Met::NotYet(format!("{} messages wait", grouped(waiting + delayed))),
    }
}

fn is_available(db: &Database) -> bool {
    db.status == "available"
}

/// What is said of a database that is there and can still get well.
fn with_database(found: Option<&Database>, judge: impl FnOnce(&Database) -> Met) -> Met {
    match found {
        None => Met::gone("database"),
        Some(db) if matches!(db.status.as_str(), "failed" | "deleting") || db.status.starts_with("incompatible-") => {
            Met::Never(db.status.clone())
        }
        Some(db) => judge(db),
    }
}

fn available(db: &Database, away_from: Option<&str>) -> Met {
    match (away_from, db.zone.as_deref()) {
        (None, _) => Met::so(is_available(db), db.status.clone()),
        (Some(_), None) => Met::NotYet(format!("{}, in a zone that is not told", db.status)),
        (Some(old), Some(zone)) if zone == old => Met::NotYet(format!("{}, still in {zone}", db.status)),
        (Some(_), Some(zone)) => Met::so(is_available(db), format!("{} in {zone}", db.status)),
    }
}

fn records(wanted: &[Record], found: &[Record]) -> Met {
    let name = |record: &Record| record.name.trim_end_matches('.').to_ascii_lowercase();
    let is_it = |a: &Record, b: &Record| {
        name(a) == name(b) && a.kind.eq_ignore_ascii_case(&b.kind) && a.set_identifier == b.set_identifier
    };
    let sorted = |record: &Record| {
        let mut values = record.values.clone();
        values.sort();
        values
    };
    for wanted in wanted {
        let label = match &wanted.set_identifier {
            Some(set) => format!("{} {} ({set})", wanted.name, wanted.kind),
            None => format!("{} {}", wanted.name, wanted.kind),
        };
        let Some(found) = found.iter().find(|found| is_it(found, wanted)) else {
            return Met::NotYet(format!("{label} is not there"));
        };
        let is_so = sorted(found) == sorted(wanted)
            && found.failover == wanted.failover
            && found.health_check == wanted.health_check
            && (wanted.ttl_s.is_none() || found.ttl_s == wanted.ttl_s);
        if !is_so {
            let role = found.failover.as_deref().map_or(String::new(), |role| format!("{role} "));
            return Met::NotYet(format!("{label} is {role}{}", found.values.join(", ")));
        }
    }
    Met::Yes(if wanted.len() == 1 { "the record says it".to_owned() } else { "the records say it".to_owned() })
}

fn routing(wanted: &[RoutingControl], found: &[RoutingControl]) -> Met {
    for wanted in wanted {
        let short = wanted.arn.rsplit('/').next().unwrap_or(&wanted.arn);
        match found.iter().find(|found| found.arn == wanted.arn) {
            None => return Met::NotYet(format!("routing control {short} is not told")),
            Some(found) if found.on != wanted.on => {
                return Met::NotYet(format!("routing control {short} is {}", if found.on { "on" } else { "off" }));
            }
            Some(_) => {}
        }
    }
    Met::Yes("every routing control is as wanted".to_owned())
}

fn moment(at: Time) -> String {
    at.format("%H:%M:%S").to_string()
}

/// A number with its thousands apart: `1,204`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
