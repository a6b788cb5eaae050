//! The database: restarted, promoted, resized.

use super::body::{Body, step};
use super::work::{Try, Work, out};
use crate::action::{Step, Wants};
use crate::model::{About, ControlCall, Database, Light, RegionId};

const REBOOTED_WITHIN_S: u32 = 900;
/// A promotion restarts the instance, and takes a backup where those are on.
pub(super) const PROMOTED_WITHIN_S: u32 = 1800;
const RESIZED_WITHIN_S: u32 = 3600;
/// What RDS calls one that can be worked with.
const AVAILABLE: &str = "available";
/// What nobody gets back.
pub(super) const NO_WAY_BACK: &str = "a promoted replica does not go back: following again means a new replica";

/// Whether RDS lets one work with it.
pub(super) fn ready(body: &mut Body, name: &str, found: &Database) {
    let light = if found.status == AVAILABLE { Light::Green } else { Light::Red };
    body.check(format!("{name} is available"), light, format!("it is {}", found.status));
}

/// Plans a restart of a database.
pub(super) fn reboot(work: &mut Work<'_>, region: &RegionId, name: &str) -> Try<Body> {
    let found = work.database(region, name)?;
    let mut body = begin("Reboot", name);
    ready(&mut body, name, &found);
    let about = About::Database { name: name.to_owned() };
    let call = ControlCall::RebootDatabase { database: name.to_owned(), failover: found.multi_az };
    let (says, wants) = if found.multi_az {
        let zone = found.zone.as_ref().map_or_else(String::new, |zone| format!(", away from {zone}"));
        body.caution(
            "connections are cut, and clients that keep the old address do not find the new one; usually 1 to 2 min",
        );
        (format!("Fail {name} over to its other zone{zone}"), Wants::Available { away_from: found.zone.clone() })
    } else {
        body.check("another zone", Light::Amber, "it has no standby in another zone: it is away while it restarts");
        (format!("Reboot {name} where it is"), Wants::Available { away_from: None })
    };
    body.steps.push(step(says, region, call).expecting(region, about, wants, REBOOTED_WITHIN_S));
    Ok(body)
}

/// The step that makes a replica a database of its own.
pub(super) fn promotion(region: &RegionId, replica: &str) -> Step {
    let about = About::Database { name: replica.to_owned() };
    step(format!("Promote {replica} in {region}"), region, ControlCall::PromoteReplica { replica: replica.to_owned() })
        .expecting(region, about, Wants::Writable, PROMOTED_WITHIN_S)
        .for_good(NO_WAY_BACK)
}

/// What is known of how far a replica is behind, and what that means for a promotion.
pub(super) fn lag(work: &Work<'_>, body: &mut Body, region: &RegionId, replica: &str) {
    let known = work.fabric.replicas().get(region).into_iter().flatten().find(|known| known.name == replica);
    let Some(known) = known else {
        body.check("replica lag", Light::Dark, format!("nothing tells how far {replica} is behind"));
        return;
    };
    let limit = work.fabric.rules().replica_lag_s;
    let age = (work.at - known.at).num_seconds().max(0);
    let light = match known.lag_s {
        // RDS says -1 where replication has stopped.
        lag if !(0.0..=HOPELESS_S).contains(&lag) => Light::Red,
        lag if lag > limit || age > STALE_S => Light::Amber,
        _ => Light::Green,
    };
    let lost = if known.lag_s < 0.0 {
        "replication has stopped: what was written since is lost".to_owned()
    } else {
        format!("{:.1} s behind: about the writes of the last {:.1} s are lost", known.lag_s, known.lag_s)
    };
    body.check("replica lag", light, format!("{lost}; measured {age} s ago"));
}

/// Further behind than this, more is lost than one would give up without a word.
const HOPELESS_S: f64 = 60.0;
/// A measurement older than this tells little.
const STALE_S: i64 = 300;

/// Plans a promotion.
pub(super) fn promote(work: &mut Work<'_>, region: &RegionId, name: &str) -> Try<Body> {
    let found = work.database(region, name)?;
    let Some(source) = &found.replica_of else {
        return out(format!("{name} is no replica: it takes writes already"));
    };
    let mut body = begin("Promote", name);
    ready(&mut body, name, &found);
    lag(work, &mut body, region, name);
    body.caution(format!("{source} goes on taking writes beside it, unless whoever writes is told"));
    body.caution(NO_WAY_BACK);
    body.caution("it restarts when it is promoted");
    body.steps.push(promotion(region, name));
    Ok(body)
}

/// Plans another class.
pub(super) fn resize(work: &mut Work<'_>, region: &RegionId, name: &str, class: &str) -> Try<Body> {
    let is_class = class.strip_prefix("db.").is_some_and(|rest| rest.contains('.') && !rest.ends_with('.'));
    if !is_class {
        return out(format!("{class:?} is no class of RDS: one such as db.t3.medium is wanted"));
    }
    let found = work.database(region, name)?;
    if found.class.as_deref() == Some(class) {
        return out(format!("{name} is {class} already"));
    }
    let mut body = begin("Resize", name);
    body.title = format!("Resize {name} to {class}");
    ready(&mut body, name, &found);
    let about = About::Database { name: name.to_owned() };
    let call = ControlCall::ResizeDatabase { database: name.to_owned(), class: class.to_owned() };
    let was = found.class.clone().unwrap_or_else(|| "its class".to_owned());
    let step = step(format!("Change {name} from {was} to {class}, at once"), region, call);
    let step = step.expecting(region, about, Wants::Class(class.to_owned()), RESIZED_WITHIN_S);
    body.steps.push(match found.class {
        Some(class) => step.undone_by(region, ControlCall::ResizeDatabase { database: name.to_owned(), class }),
        None => step.for_good("which class it had is not known"),
    });
    body.caution(if found.multi_az {
        "it fails over to its other zone while it changes: connections are cut once or twice"
    } else {
        "it is away for some minutes while it changes"
    });
    body.caution("RDS refuses a second change of class for some time after the first: taking it back may have to wait");
    body.blast.cost = Some(format!("what {class} costs is not in the price table"));
    Ok(body)
}

fn begin(verb: &str, name: &str) -> Body {
    Body { title: format!("{verb} {name}"), name: name.to_owned(), taken: vec![name.to_owned()], ..Body::default() }
}
