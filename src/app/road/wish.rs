//! An order on its way: looked at, shown as a plan, answered, looked at again, and only then run.

use chrono::TimeDelta;
use tui_input::Input;

use super::super::{App, Effect, Overlay, View};
use super::changes::changes;
use super::said;
use crate::action::{Consent, Consented, Findings, Order, OrderId, Plan, Planned, Tale, Unlocked, Verdict, guard};
use crate::model::{Probe, Probed, Refusal, Time};

/// A consent that is older than this counts no more: the look that it waited for took too long.
const STALE: TimeDelta = TimeDelta::minutes(2);

/// An order that does not run yet.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What is wished for.
    pub order: Order,
    /// When it was.
    pub at: Time,
    /// Why, where the reason of the unlocking does not say it.
    pub why: Option<String>,
    /// Whether the program wishes it by itself: nobody is asked then.
    pub alone: Option<Alone>,
    /// What is being looked at. Empty when all is known.
    pub asking: Vec<Probe>,
    /// The plan, as it is shown.
    pub plan: Option<Plan>,
    /// Why there is none.
    pub refused: Option<String>,
    /// What is to be said of the last answer.
    pub notice: Option<String>,
    /// Why red checks do not count.
    pub overriding: Option<String>,
    /// The name, while it is typed.
    pub typed: Option<Input>,
    /// Lines scrolled.
    pub scroll: usize,
    found: Findings,
    /// The answer, while the facts are looked at again, and when it was given.
    consented: Option<(Consented, Time)>,
    /// It waits for a second person.
    waits: bool,
}

/// Why the program wishes for something by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// A policy of the configuration, while orders are open.
    Policy,
    /// It was part of an order that was confirmed, such as that an alarm speaks again after its time: done even while
    /// locked.
    Promised,
}

/// How far a wish is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The facts are looked at, for the first time.
    Looking,
    /// The plan waits for its answer.
    Shown,
    /// The answer was yes; the facts are looked at once more.
    LookingAgain,
    /// A second person must approve.
    Waiting,
    /// It cannot be done.
    Refused,
}

impl Wish {
    pub(super) fn new(order: Order, at: Time, why: Option<String>) -> Self {
        Self {
            order,
            at,
            why,
            alone: None,
            asking: Vec::new(),
            plan: None,
            refused: None,
            notice: None,
            overriding: None,
            typed: None,
            scroll: 0,
            found: Findings::new(),
            consented: None,
            waits: false,
        }
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        match (&self.refused, &self.plan, &self.consented) {
            (Some(_), ..) => Stage::Refused,
            _ if self.waits => Stage::Waiting,
            (_, None, _) => Stage::Looking,
            (_, Some(_), Some(_)) => Stage::LookingAgain,
            (_, Some(_), None) => Stage::Shown,
        }
    }
}

impl super::Road {
    /// The name that is being typed to confirm a plan.
    pub(in crate::app) fn typed(&mut self, id: &OrderId) -> Option<&mut Input> {
        self.wishes.get_mut(id)?.typed.as_mut()
    }
}

impl App {
    /// Wishes for an order: looks at what must be known and shows its plan.
    pub(super) fn wishes(&mut self, order: Order, why: Option<String>) -> Vec<Effect> {
        let id = self.next_id();
        self.overlays.push(Overlay::Plan(id.clone()));
        self.road.wishes.insert(id.clone(), Wish::new(order, self.now, why));
        self.pursue(&id)
    }

    /// Wishes for an order by itself, with `why` for the record.
    pub(super) fn wishes_alone(&mut self, order: Order, why: String, alone: Alone) -> Vec<Effect> {
        let id = self.next_id();
        let wish = Wish { alone: Some(alone), ..Wish::new(order, self.now, Some(why)) };
        self.road.wishes.insert(id.clone(), wish);
        self.pursue(&id)
    }

    /// Plans with what is known, and goes on as that allows.
    pub(super) fn pursue(&mut self, id: &OrderId) -> Vec<Effect> {
        self.desk.running = self.running();
        let open = self.policy.is_unlocked(self.now);
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        let planned = (self.road.planner)(id, wish.at, &wish.order, open, &self.fabric, &self.desk, &wish.found);
        wish.asking.clear();
        match planned {
            Planned::Needs(mut probes) => {
                probes.retain(|probe| !wish.found.contains_key(probe));
                if probes.is_empty() {
                    wish.refused = Some("it cannot be planned: what it needs to know is not told".to_owned());
                    return Vec::new();
                }
                wish.asking.clone_from(&probes);
                return vec![Effect::Probe(id.clone(), probes)];
            }
            Planned::Refused(why) => {
                (wish.refused, wish.consented) = (Some(why), None);
                if wish.alone.is_some() {
                    self.gives_up(id);
                }
            }
            Planned::Ready(plan) => return self.planned(id, *plan),
        }
        Vec::new()
    }

    /// All that wait for no answer are planned anew: what may be asked depends on whether orders are open.
    pub(super) fn pursue_all(&mut self) -> Vec<Effect> {
        let idle = |wish: &Wish| wish.asking.is_empty() && wish.consented.is_none() && !wish.waits;
        let ids: Vec<OrderId> =
            self.road.wishes.iter().filter(|(_, wish)| idle(wish)).map(|(id, _)| id.clone()).collect();
        ids.iter().flat_map(|id| self.pursue(id)).collect()
    }

    /// What could not be planned is planned anew while it is shown: what was not known yet may be by now.
    pub(super) fn pursue_refused(&mut self) -> Vec<Effect> {
        let refused = |(id, wish): (&OrderId, &mut Wish)| wish.refused.take().map(|_| id.clone());
        let ids: Vec<OrderId> = self.road.wishes.iter_mut().filter_map(refused).collect();
        ids.iter().flat_map(|id| self.pursue(id)).collect()
    }

    fn planned(&mut self, id: &OrderId, plan: Plan) -> Vec<Effect> {
        let now = self.now;
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        if let Some(alone) = wish.alone {
            // Nobody is asked, and nothing wide is ever done so.
            let is_small = plan.consent == Consent::Press || alone == Alone::Promised;
            let name = plan.name.clone();
            wish.plan = Some(plan);
            return if is_small {
                self.run(id, Consented { pressed: true, typed: Some(name), ..Consented::default() })
            } else {
                self.gives_up(id)
            };
        }
        let Some(shown) = wish.plan.replace(plan) else { return Vec::new() };
        let Some((consented, at)) = wish.consented.take() else { return Vec::new() };
        let Some(fresh) = &wish.plan else { return Vec::new() };
        let changed = changes(&shown, fresh);
        if !changed.is_empty() {
            wish.notice = Some(format!("The facts have changed ({}): look again.", changed.join(", ")));
            wish.scroll = 0;
            return Vec::new();
        }
        if now - at > STALE {
            wish.notice = Some("Looking again took too long: answer once more.".to_owned());
            return Vec::new();
        }
        self.run(id, consented)
    }

    /// What was found comes home.
    pub(in crate::app) fn probed(
        &mut self,
        id: &OrderId,
        answers: Vec<(Probe, Result<Probed, Refusal>)>,
    ) -> Vec<Effect> {
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        for (probe, answer) in answers {
            if let Some(place) = wish.asking.iter().position(|asked| *asked == probe) {
                wish.asking.remove(place);
                wish.found.insert(probe, answer);
            }
        }
        if wish.asking.is_empty() { self.pursue(id) } else { Vec::new() }
    }

    /// What it takes to run what is shown, with no consent but the reason for overriding.
    pub fn verdict(&self, id: &OrderId) -> Option<Verdict> {
        let wish = self.road.wishes.get(id)?;
        let consented = Consented { overriding: wish.overriding.clone(), ..Consented::default() };
        Some(guard(wish.plan.as_ref()?, &self.policy, &consented, &self.running(), self.now))
    }

    /// The answer is yes. Where the name must be typed, the field for it opens.
    pub(super) fn answer_yes(&mut self, id: &OrderId) -> Vec<Effect> {
        let verdict = self.verdict(id);
        let Some(wish) = self.road.wishes.get_mut(id).filter(|wish| wish.stage() == Stage::Shown) else {
            return Vec::new();
        };
        wish.notice = None;
        match verdict {
            Some(Verdict::Confirm(Consent::TypeName)) => {
                wish.typed = Some(Input::default());
                Vec::new()
            }
            Some(Verdict::Confirm(Consent::Press)) => {
                self.consent(id, Consented { pressed: true, ..Consented::default() })
            }
            Some(Verdict::Deny(why)) => {
                wish.notice = Some(said::sentence(&why));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The name was typed.
    pub(super) fn answer_name(&mut self, id: &OrderId) -> Vec<Effect> {
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        let (Some(typed), Some(plan)) = (wish.typed.take(), &wish.plan) else { return Vec::new() };
        let typed = typed.value().trim().to_owned();
        if typed != plan.name {
            let what =
                if typed.is_empty() { "Nothing was typed".to_owned() } else { format!("`{typed}` is not its name") };
            wish.notice = Some(format!("{what}: nothing was run."));
            return Vec::new();
        }
        self.consent(id, Consented { typed: Some(typed), ..Consented::default() })
    }

    /// Yes was said: what it was said to is looked at once more before anything is done.
    fn consent(&mut self, id: &OrderId, consented: Consented) -> Vec<Effect> {
        let (running, now) = (self.running(), self.now);
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        let Some(plan) = &wish.plan else { return Vec::new() };
        let consented = Consented { overriding: wish.overriding.clone(), ..consented };
        if let Verdict::Deny(why) = guard(plan, &self.policy, &consented, &running, now) {
            wish.notice = Some(said::sentence(&why));
            return Vec::new();
        }
        wish.found.clear();
        wish.consented = Some((consented, now));
        self.pursue(id)
    }

    /// The one place from which an order goes out. The guard has the last word.
    fn run(&mut self, id: &OrderId, consented: Consented) -> Vec<Effect> {
        let (running, now) = (self.running(), self.now);
        let Some(wish) = self.road.wishes.get_mut(id) else { return Vec::new() };
        let Some(plan) = &wish.plan else { return Vec::new() };
        let mut policy = self.policy.clone();
        if wish.alone == Some(Alone::Promised) && policy.unlocked.is_none() {
            let reason = wish.why.clone().unwrap_or_default();
            policy.unlocked = Some(Unlocked { until: now + STALE, reason });
        }
        match guard(plan, &policy, &consented, &running, now) {
            Verdict::Allow => {}
            Verdict::Approve if wish.alone.is_none() => {
                wish.waits = true;
                wish.notice = Some(format!("A second person must approve: `infradeck approve {id}`."));
                wish.consented = Some((consented.clone(), now));
                let why = wish.why.clone().unwrap_or_default();
                return vec![Effect::AskApproval { plan: Box::new(plan.clone()), consented, why }];
            }
            _ if wish.alone.is_some() => return self.gives_up(id),
            Verdict::Deny(why) => {
                wish.notice = Some(said::sentence(&why));
                return Vec::new();
            }
            Verdict::Confirm(_) | Verdict::Approve => return Vec::new(),
        }
        let reason = self.policy.unlocked.as_ref().map(|open| open.reason.clone());
        let why = wish.why.clone().or(reason).unwrap_or_default();
        let plan = plan.clone();
        let alone = wish.alone;
        self.road.wishes.remove(id);
        self.road.ours.insert(id.clone());
        self.overlays.retain(|overlay| !matches!(overlay, Overlay::Plan(other) if other == id));
        self.tell(id.clone(), Tale::begin(plan.clone(), why.clone(), now));
        if alone.is_none() {
            let pane = self.focus;
            if let Some(table) = self.tables.get_mut(&pane) {
                table.marks.clear();
            }
            if plan.one_by_one && self.view != View::Actions {
                self.visit_order(id);
            }
        }
        let key = self.key_word(super::super::Intent::LastOrder);
        self.says(format!("{}: it runs. `{key}` shows it.", plan.title));
        vec![Effect::Run { plan: Box::new(plan), why, consented }]
    }

    /// A second person has approved.
    pub(in crate::app) fn approved(&mut self, id: &OrderId, by: String) -> Vec<Effect> {
        let Some(wish) = self.road.wishes.get_mut(id).filter(|wish| wish.waits) else { return Vec::new() };
        wish.waits = false;
        let Some((consented, _)) = wish.consented.take() else { return Vec::new() };
        wish.notice = None;
        wish.consented = Some((Consented { approved_by: Some(by), ..consented }, self.now));
        // What was approved may have waited long.
        wish.found.clear();
        self.pursue(id)
    }

    /// What the program wished by itself cannot be done: it says so among the errors, and lets go.
    fn gives_up(&mut self, id: &OrderId) -> Vec<Effect> {
        if let Some(wish) = self.road.wishes.remove(id) {
            let what = wish.why.unwrap_or_default();
            let why = wish.refused.unwrap_or_else(|| "the guard does not allow it".to_owned());
            self.went_wrong(format!("{what}: not done: {why}"));
            // Not again at once, and again, and again.
            self.road.given_up.retain(|(_, at)| self.now - *at < super::alone::AGAIN);
            self.road.given_up.push((wish.order, self.now));
        }
        Vec::new()
    }

    /// Lets go of the wishes whose plans are on the screen no more.
    pub(in crate::app) fn forget_wishes(&mut self) -> Vec<Effect> {
        let shown = |id: &OrderId| self.overlays.iter().any(|o| matches!(o, Overlay::Plan(other) if other == id));
        let gone: Vec<OrderId> = self
            .road
            .wishes
            .iter()
            .filter(|(id, wish)| wish.alone.is_none() && !shown(id))
            .map(|(id, _)| id.clone())
            .collect();
        let waited = |id: &OrderId| self.road.wishes.get(id).is_some_and(|wish| wish.waits);
        let effects = gone.iter().filter(|id| waited(id)).cloned().map(Effect::Withdraw).collect();
        for id in gone {
            self.road.wishes.remove(&id);
        }
        effects
    }

    /// `:override REASON`: the red checks of the plan that is open do not count.
    pub(in crate::app) fn overrides(&mut self, reason: &str) {
        let id =
            self.overlays.iter().rev().find_map(|o| if let Overlay::Plan(id) = o { Some(id.clone()) } else { None });
        let Some(wish) = id.and_then(|id| self.road.wishes.get_mut(&id)) else {
            return self.fails("No plan is open whose red checks could be overridden.");
        };
        wish.overriding = Some(super::lock::reason_of(reason));
        wish.notice = None;
    }

    /// The wish whose plan lies on top.
    pub(in crate::app) fn top_wish(&mut self) -> Option<&mut Wish> {
        match self.overlays.last() {
            Some(Overlay::Plan(id)) => self.road.wishes.get_mut(id),
            _ => None,
        }
    }
}
