//! A planner for the tests of this room, and an engineer who orders.

use chrono::TimeDelta;

use super::super::stage::{Hand, key};
use super::super::{Effect, Msg, Overlay};
use crate::action::*;
use crate::model::{About, ControlCall, Directed, Identity, Light, Probe, Probed, Time};

/// One call for each target, seen by asking who we are. The account that this finds is the evidence of a check.
pub(super) fn fake(
    id: &OrderId,
    at: Time,
    order: &Order,
    _open: bool,
    _fabric: &crate::fabric::Fabric,
    _desk: &Desk,
    found: &Findings,
) -> Planned {
    let probe = Probe { region: "us-east-1".into(), about: About::Identity };
    let identity = match found.get(&probe) {
        None => return Planned::Needs(vec![probe]),
        Some(Ok(Probed::Identity(identity))) => identity.clone(),
        Some(_) => return Planned::Refused("nobody knows who we are".to_owned()),
    };
    let targets = order.targets();
    let is_red = identity.arn.contains("red");
    let step = |target: &String| Step {
        says: format!("Invoke {target} for {}", identity.account),
        act: Act::Call(Directed {
            region: "us-east-1".into(),
            call: ControlCall::InvokeFunction { function: target.clone(), payload: "{}".into() },
        }),
        expect: None,
        undo: Undo::Nothing,
        optional: false,
    };
    Planned::Ready(Box::new(Plan {
        id: id.clone(),
        order: order.clone(),
        at,
        title: format!("{} {}", order.kind().word(), targets.join(" ")),
        name: if targets.len() == 1 { targets[0].clone() } else { format!("{} agents", targets.len()) },
        checks: vec![Check {
            what: "who".into(),
            light: if is_red { Light::Red } else { Light::Green },
            evidence: identity.arn,
        }],
        steps: targets.iter().map(step).collect(),
        one_by_one: order.kind().is_typed(),
        blast: Blast { agents: Some(targets.len() as u64), ..Blast::default() },
        cautions: Vec::new(),
        consent: if targets.len() == 1 && !order.kind().is_typed() { Consent::Press } else { Consent::TypeName },
        left_out: Vec::new(),
    }))
}

pub(super) fn who(account: &str, arn: &str) -> Probed {
    Probed::Identity(Identity { account: account.into(), arn: arn.into() })
}

impl Hand {
    /// Busy, with the fake planner.
    pub(super) fn ordering() -> Self {
        let mut hand = Self::busy();
        hand.app.plan_with(fake);
        hand
    }

    pub(super) fn unlocked() -> Self {
        let mut hand = Self::ordering();
        hand.command("unlock 15m the tests run");
        hand
    }

    /// Answers what is probed, again and again, and gives the other effects.
    pub(super) fn found(&mut self, effects: Vec<Effect>, as_who: &Probed) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Probe(id, probes) => {
                    let answers = probes.into_iter().map(|probe| (probe, Ok(as_who.clone()))).collect();
                    let more = self.send(Msg::Probed(id, answers));
                    rest.extend(self.found(more, as_who));
                }
                Effect::Look(_) => {}
                other => rest.push(other),
            }
        }
        rest
    }

    /// Presses keys one by one, all probes answered in between.
    pub(super) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let usual = who("1", "kim");
        keys.split(' ')
            .flat_map(|key| {
                let effects = self.keys(key);
                self.found(effects, &usual)
            })
            .collect()
    }

    pub(super) fn plan(&self) -> &super::Wish {
        match self.app.overlays.last() {
            Some(Overlay::Plan(id)) => self.app.wish(id).expect("a wish"),
            other => panic!("no plan but {other:?}"),
        }
    }
}

pub(super) fn runs(effects: &[Effect]) -> Vec<&Plan> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Run { plan, .. } = effect { Some(&**plan) } else { None })
        .collect()
}

pub(super) fn agents(effects: &[Effect]) -> Vec<String> {
    runs(effects).iter().flat_map(|plan| plan.order.targets()).collect()
}

pub(super) fn stopped(hand: &Hand, typed: bool) -> Tale {
    let order = if typed { Order::Failback } else { Order::Restart { agents: vec![key(1)] } };
    let mut found = Findings::new();
    found.insert(Probe { region: "us-east-1".into(), about: About::Identity }, Ok(who("1", "kim")));
    let id = OrderId("20251101T000000Z-00000001".into());
    let Planned::Ready(plan) = fake(&id, hand.now, &order, true, &hand.app.fabric, &hand.app.desk, &found) else {
        panic!()
    };
    let mut tale = Tale::begin(*plan, "the region was down".into(), hand.now - TimeDelta::hours(1));
    tale.standing = Standing::Stopped("the program ended before it did".into());
    tale
}
