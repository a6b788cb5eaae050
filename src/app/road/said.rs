//! Plans and orders in words.

use chrono::TimeDelta;

use super::super::{App, text};
use super::steer::Taking;
use super::wish::Wish;
use crate::action::{Act, Blast, Expect, Outcome, Plan, Resume, Standing, Step, StepState, Tale, Undo, Wants};
use crate::cloud::clean;
use crate::model::{About, Light, OrderKind, Probe};

/// One line of a plan, to be broken where it is too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanLine {
    /// Air.
    Gap,
    /// What follows.
    Heading(&'static str),
    /// Who and what feels it.
    Blast(String),
    /// Something looked at before: its light, what it is, what was seen.
    Check(Light, String, String),
    /// A step: its number, and what is done.
    Step(usize, String),
    /// What is looked for after it, and whether it can be taken back.
    Note(String),
    /// What one should know before.
    Caution(String),
    /// What is left out, and why.
    LeftOut(String),
    /// A command line.
    Command(String),
}

/// A sentence of a clause: a capital first, a full stop last.
pub(super) fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if clause.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    // A name or a key at the beginning stays as it is written.
    let first = if clause.starts_with('`') || is_name(clause) { clause.chars().take(1).collect() } else { first };
    format!("{first}{}{stop}", chars.as_str())
}

/// Whether a sentence begins with a name of the fabric, which is never written with a capital.
fn is_name(clause: &str) -> bool {
    clause.split(' ').next().is_some_and(|word| word.trim_end_matches(':').contains(['/', '-', '.']))
}

/// What a probe looks at.
pub fn probe_words(probe: &Probe) -> String {
    let what = match &probe.about {
        About::Task { agent, .. } => format!("the last task of {agent}"),
        About::Life { agent, .. } => format!("the newest sign of life of {agent}"),
        About::Function { name } => format!("function {name}"),
        About::Instance { id } => format!("instance {id}"),
        About::Queue { name } => format!("queue {name}"),
        About::Moves { queue } => format!("redrives out of {queue}"),
        About::Alarm { name } => format!("alarm {name}"),
        About::Database { name } => format!("database {name}"),
        About::Records { name, .. } => format!("the DNS records of {name}"),
        About::HealthCheck { id } => format!("health check {id}"),
        About::RoutingControls { arns, .. } => format!("{} routing controls", arns.len()),
        About::Object { bucket, key } => format!("s3://{bucket}/{key}"),
        About::Item { table, id } => format!("{id} in table {table}"),
        About::Template { name } => format!("launch template {name}"),
        About::Identity => "who we are".to_owned(),
        About::Topic { name } => format!("topic {name}"),
    };
    format!("{} in {}", clean::line(&what), probe.region)
}

/// What is looked for after a step.
fn expect_words(expect: &Expect) -> String {
    let what = match &expect.wants {
        Wants::Life => "a sign of life".to_owned(),
        Wants::Reserved(Some(n)) => format!("reserved concurrency {n}"),
        Wants::Reserved(None) => "no reserved concurrency".to_owned(),
        Wants::State(state) => format!("the instance {}", super::super::detail::state_word(*state)),
        Wants::Moved => "all messages moved".to_owned(),
        Wants::NoMove => "no redrive running".to_owned(),
        Wants::Empty => "no message waiting".to_owned(),
        Wants::Silenced(true) => "its actions off".to_owned(),
        Wants::Silenced(false) => "its actions on".to_owned(),
        Wants::Alarm => "the alarm there".to_owned(),
        Wants::Writable => "a database that can be written to".to_owned(),
        Wants::Available { away_from: Some(zone) } => format!("the database available outside of {zone}"),
        Wants::Available { away_from: None } => "the database available".to_owned(),
        Wants::Class(class) => format!("the class {class}"),
        Wants::Records(_) => "the records as told".to_owned(),
        Wants::Inverted(true) => "the health check inverted".to_owned(),
        Wants::Inverted(false) => "the health check not inverted".to_owned(),
        Wants::Routing(_) => "the routing controls as told".to_owned(),
        Wants::Object(true) => "the object there".to_owned(),
        Wants::Object(false) => "the object gone".to_owned(),
    };
    format!("looks for {what}, {} at most", text::duration(TimeDelta::seconds(expect.within_s.into())))
}

fn undo_words(undo: &Undo) -> String {
    match undo {
        Undo::Call(_) => "can be taken back".to_owned(),
        Undo::Nothing => String::new(),
        Undo::Impossible(why) => format!("cannot be taken back: {why}"),
    }
}

/// `1 agent · 2 queues · about 12 messages · $0.02 a run`.
pub(super) fn blast_words(blast: &Blast) -> String {
    let count = |n: Option<u64>, noun: &str| {
        n.filter(|n| *n > 0).map(|n| format!("{} {noun}{}", text::count(n), if n == 1 { "" } else { "s" }))
    };
    let parts = [
        count(blast.agents, "agent"),
        count(blast.sessions, "session"),
        count(blast.queues, "queue"),
        count(blast.messages, "message"),
        blast.cost.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The command lines of a step.
fn commands(step: &Step) -> Vec<String> {
    match &step.act {
        Act::Call(call) => vec![clean::line(&call.to_string())],
        Act::Carry { region, from, to, .. } => {
            vec![clean::line(&format!(
                "# each message of {from}: receive it, send it to {to}, delete it (--region {region})"
            ))]
        }
        Act::Watch => Vec::new(),
    }
}

fn steps<'a>(lines: &mut Vec<PlanLine>, steps: impl Iterator<Item = (usize, &'a Step)>) {
    for (index, step) in steps {
        lines.push(PlanLine::Step(index + 1, step.says.clone()));
        let optional = if step.optional { "the rest goes on without it".to_owned() } else { String::new() };
        let notes = [step.expect.as_ref().map(expect_words).unwrap_or_default(), undo_words(&step.undo), optional];
        let note = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join(" · ");
        if !note.is_empty() {
            lines.push(PlanLine::Note(note));
        }
    }
}

/// The command line that takes a step back, with the name that its call brought.
fn undo_command(tale: &Tale, index: usize) -> Option<String> {
    let given = tale.names.get(index).and_then(Option::as_deref);
    let call = tale.plan.steps.get(index)?.undo.call(given)?;
    Some(clean::line(&call.to_string()))
}

/// All command lines of a plan, in their order.
pub(in crate::app) fn all_commands(plan: &Plan) -> Vec<String> {
    plan.steps.iter().flat_map(commands).collect()
}

/// A plan in full, without its answer.
fn plan_lines(plan: &Plan) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    let blast = blast_words(&plan.blast);
    if !blast.is_empty() {
        lines.extend([PlanLine::Blast(blast), PlanLine::Gap]);
    }
    if !plan.checks.is_empty() {
        let each = plan.checks.iter();
        lines.extend(each.map(|check| PlanLine::Check(check.light, check.what.clone(), check.evidence.clone())));
        lines.push(PlanLine::Gap);
    }
    steps(&mut lines, plan.steps.iter().enumerate());
    if !plan.cautions.is_empty() {
        lines.push(PlanLine::Gap);
        lines.extend(plan.cautions.iter().cloned().map(PlanLine::Caution));
    }
    if !plan.left_out.is_empty() {
        lines.extend([PlanLine::Gap, PlanLine::Heading("Left out")]);
        lines.extend(plan.left_out.iter().cloned().map(PlanLine::LeftOut));
    }
    let commands = all_commands(plan);
    if !commands.is_empty() {
        lines.extend([PlanLine::Gap, PlanLine::Heading("The calls")]);
        lines.extend(commands.into_iter().map(PlanLine::Command));
    }
    lines
}

impl Wish {
    /// What it is called, also before there is a plan.
    pub fn title(&self) -> String {
        if let Some(plan) = &self.plan {
            return plan.title.clone();
        }
        let targets = self.order.targets();
        let what = match &targets[..] {
            [one] => one.split_once(':').map_or("", |(_, name)| name).to_owned(),
            all => format!("{} of them", all.len()),
        };
        format!("{} {what}", self.order.kind().word()).trim().to_owned()
    }

    /// What the dialog shows above its answer.
    pub fn lines(&self) -> Vec<PlanLine> {
        let mut lines = Vec::new();
        if let Some(why) = &self.refused {
            lines.push(PlanLine::Caution(sentence(why)));
        } else if let Some(plan) = &self.plan {
            lines = plan_lines(plan);
        } else {
            lines.extend(self.asking.iter().map(|probe| PlanLine::Note(format!("looking at {}…", probe_words(probe)))));
        }
        if let Some(why) = &self.overriding {
            lines.insert(0, PlanLine::Caution(format!("Red checks are overridden: {why}")));
            lines.insert(1, PlanLine::Gap);
        }
        lines
    }
}

impl App {
    /// What a stopped order would do when it is taken up so.
    pub fn taking_lines(&self, taking: &Taking) -> Vec<PlanLine> {
        let Some(tale) = self.tales.get(&taking.id) else { return Vec::new() };
        let mut lines = Vec::new();
        if let Standing::Stopped(why) = &tale.standing {
            lines.extend([PlanLine::Caution(sentence(why)), PlanLine::Gap]);
        }
        let each = tale.plan.steps.iter().zip(&tale.steps).enumerate();
        if taking.resume == Resume::Undo {
            let touched =
                |state: &StepState| !matches!(state, StepState::Waiting | StepState::Skipped(_) | StepState::Undone);
            for (index, (step, _)) in each.rev().filter(|(_, (_, state))| touched(state)) {
                match &step.undo {
                    Undo::Call(_) => {
                        lines.push(PlanLine::Step(index + 1, format!("Takes back: {}", step.says)));
                        lines.push(match undo_command(tale, index) {
                            Some(command) => PlanLine::Command(command),
                            None => PlanLine::Note("what it was called is not known: it cannot be".to_owned()),
                        });
                    }
                    Undo::Impossible(why) => lines.push(PlanLine::Caution(format!("{}: stays: {why}", step.says))),
                    Undo::Nothing => {}
                }
            }
        } else {
            let left: Vec<(usize, &Step)> = each
                .filter(|(_, (_, state))| !matches!(state, StepState::Done(_) | StepState::Skipped(_)))
                .map(|(index, (step, _))| (index, step))
                .collect();
            for (_, step) in left.iter().filter(|(index, _)| matches!(tale.steps[*index], StepState::Unknown(_))) {
                lines.push(PlanLine::Caution(format!("{}: its end is not known; it is looked at first", step.says)));
            }
            steps(&mut lines, left.iter().copied());
            lines.extend([PlanLine::Gap, PlanLine::Heading("The calls")]);
            lines.extend(left.iter().flat_map(|(_, step)| commands(step)).map(PlanLine::Command));
        }
        lines
    }
}

/// Everything known of an order, for its details.
pub(in crate::app) fn order_detail(lines: &mut Vec<(String, String)>, tale: &Tale) {
    let mut add = |label: &str, value: String| lines.push((label.to_owned(), value));
    add("order", tale.plan.title.clone());
    add("id", tale.plan.id.to_string());
    let (word, why) = standing_words(tale);
    add("standing", if why.is_empty() { word.to_owned() } else { format!("{word}: {why}") });
    add("why", if tale.why.is_empty() { text::UNKNOWN.to_owned() } else { tale.why.clone() });
    add("began", text::moment(tale.began));
    add("changed", text::moment(tale.changed));
    let blast = blast_words(&tale.plan.blast);
    if !blast.is_empty() {
        add("touches", blast);
    }
    for (index, (step, state)) in tale.plan.steps.iter().zip(&tale.steps).enumerate() {
        add(&format!("Step {}", index + 1), String::new());
        add("does", step.says.clone());
        let (word, evidence) = state_words(state);
        add("standing", if evidence.is_empty() { word.to_owned() } else { format!("{word}: {evidence}") });
        if let Some(expect) = &step.expect {
            add("then", expect_words(expect));
        }
        for command in commands(step) {
            add("call", command);
        }
        match &step.undo {
            Undo::Call(_) => {
                let unknown = || "can be, once its call has been answered".to_owned();
                add("take back", undo_command(tale, index).unwrap_or_else(unknown));
            }
            Undo::Impossible(why) => add("take back", format!("cannot be: {why}")),
            Undo::Nothing => {}
        }
    }
}

/// How an order stands: a word, and why.
pub fn standing_words(tale: &Tale) -> (&'static str, &str) {
    match &tale.standing {
        Standing::Running => ("runs", ""),
        Standing::Stopped(why) => ("stopped", why),
        Standing::Ended(outcome, text) => (outcome_words(*outcome), text),
    }
}

/// How an order ended.
pub(super) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
        Outcome::Undone => "taken back",
        Outcome::Left => "left",
    }
}

/// How a step stands: a word, and what was seen.
pub fn state_words(state: &StepState) -> (&'static str, &str) {
    match state {
        StepState::Waiting => ("waiting", ""),
        StepState::Calling => ("calling", ""),
        StepState::Watching(text) => ("watching", text),
        StepState::Done(text) => ("done", text),
        StepState::Failed(text) => ("failed", text),
        StepState::Unknown(text) => ("unknown", text),
        StepState::Skipped(text) => ("skipped", text),
        StepState::Undone => ("taken back", ""),
    }
}

/// The word for a kind of order in the short hints of the findings.
pub(super) fn short(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Failover => "fail over",
        kind => kind.word(),
    }
}
