//! Typing a command or a filter.

use std::fmt::Display;

use tui_input::{Input, InputRequest};

use super::intent::{Arg, Context, INTENTS, Intent, Spec, named};
use super::keymap::types;
use super::{App, Effect, Grouping, Measure, Overlay, Prompt, View, columns, find, guess};
use crate::cloud::clean::is_hostile;
use crate::config::{Code, Key};

/// A line is not typed longer than this.
const LONGEST: usize = 500;
/// So many completions are offered.
const OFFERED: usize = 50;
/// Classes that databases of fabrics usually have.
const CLASSES: [&str; 8] = [
    "db.t3.small",
    "db.t3.medium",
    "db.t4g.medium",
    "db.m6g.large",
    "db.m6g.xlarge",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6g.2xlarge",
];
/// So many commands are remembered.
const HISTORY: usize = 100;

/// The name of a command and what follows it, with whether anything does.
fn split(line: &str) -> (&str, &str, bool) {
    match line.trim_start().split_once(' ') {
        Some((name, arg)) => (name, arg.trim(), true),
        None => (line.trim(), "", false),
    }
}

impl App {
    /// A key while a line is typed.
    pub(super) fn key_in_prompt(&mut self, key: Key) -> Vec<Effect> {
        match self.keymap.intent(key, Context::Prompt) {
            Some(Intent::Open) => return self.submit(),
            Some(Intent::Back) => self.cancel(),
            Some(turn @ (Intent::NextPane | Intent::PreviousPane | Intent::Up | Intent::Down)) => {
                let back = matches!(turn, Intent::PreviousPane | Intent::Up);
                match self.overlays.last_mut() {
                    Some(Overlay::Form(form)) => form.turn(back),
                    _ if matches!(turn, Intent::Up | Intent::Down) => self.recall(back),
                    _ => self.complete(back),
                }
            }
            Some(intent) => return self.act(intent, ""),
            None => self.edit(key),
        }
        Vec::new()
    }

    /// Text that was pasted goes into the line, as one line.
    pub(super) fn paste(&mut self, text: &str) {
        let clean = text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        let requests: Vec<InputRequest> =
            clean.filter(|c| !is_hostile(*c)).take(LONGEST).map(InputRequest::InsertChar).collect();
        if self.input().is_none() {
            return self.says("What is pasted goes into a line that is typed: open one first.");
        }
        for request in requests {
            self.request(request);
        }
        self.typed();
    }

    /// What is being typed into.
    pub(super) fn input(&mut self) -> Option<&mut Input> {
        match self.overlays.last_mut() {
            Some(Overlay::Command(prompt) | Overlay::Filter(prompt)) => Some(&mut prompt.input),
            Some(Overlay::Form(form)) => form.fields.get_mut(form.at),
            Some(Overlay::Resume(taking)) => taking.typed.as_mut(),
            Some(Overlay::Plan(id)) => self.road.typed(id),
            _ => None,
        }
    }

    fn request(&mut self, request: InputRequest) {
        if let Some(input) = self.input() {
            let is_full = input.value().chars().count() >= LONGEST;
            if !(is_full && matches!(request, InputRequest::InsertChar(_))) {
                input.handle(request);
            }
        }
    }

    fn edit(&mut self, key: Key) {
        // Only a line that is typed in passing is left so: what is written in a form is not lost by one key too many.
        let is_line = !matches!(self.overlays.last(), Some(Overlay::Form(_)));
        let is_empty = is_line && self.input().is_none_or(|input| input.value().is_empty());
        let request = match (types(key), key.code) {
            (Some(c), _) if !is_hostile(c) => InputRequest::InsertChar(c),
            // As in vim, there is nothing left to take back but the prompt itself.
            (None, Code::Backspace) if is_empty => return self.cancel(),
            (None, Code::Backspace) if key.ctrl || key.alt => InputRequest::DeletePrevWord,
            (None, Code::Backspace) => InputRequest::DeletePrevChar,
            (None, Code::Delete) => InputRequest::DeleteNextChar,
            (None, Code::Left) if key.ctrl || key.alt => InputRequest::GoToPrevWord,
            (None, Code::Right) if key.ctrl || key.alt => InputRequest::GoToNextWord,
            (None, Code::Left) => InputRequest::GoToPrevChar,
            (None, Code::Right) => InputRequest::GoToNextChar,
            (None, Code::Home) => InputRequest::GoToStart,
            (None, Code::End) => InputRequest::GoToEnd,
            (None, Code::Char(c)) if key.ctrl => match c {
                'a' => InputRequest::GoToStart,
                'e' => InputRequest::GoToEnd,
                'b' => InputRequest::GoToPrevChar,
                'f' => InputRequest::GoToNextChar,
                'd' => InputRequest::DeleteNextChar,
                'h' => InputRequest::DeletePrevChar,
                'k' => InputRequest::DeleteTillEnd,
                'u' => InputRequest::DeleteFromStart,
                'w' => InputRequest::DeletePrevWord,
                'y' => InputRequest::Yank,
                _ => return,
            },
            _ => return,
        };
        self.request(request);
        self.typed();
    }

    /// The line has changed.
    fn typed(&mut self) {
        match self.overlays.pop() {
            Some(Overlay::Filter(prompt)) => {
                let typed = prompt.input.value().to_owned();
                self.overlays.push(Overlay::Filter(prompt));
                self.filter_as_typed(Some(&typed));
            }
            Some(Overlay::Command(prompt)) => {
                let prompt = self.completed(prompt);
                self.overlays.push(Overlay::Command(prompt));
            }
            other => self.overlays.extend(other),
        }
    }

    /// The prompt with what could complete it.
    pub(super) fn completed(&self, prompt: Prompt) -> Prompt {
        let (name, arg, has_arg) = split(prompt.input.value());
        let completions = if has_arg {
            named(name).map(|spec| self.arguments(spec, arg)).unwrap_or_default()
        } else {
            let names: Vec<&str> = INTENTS.iter().map(|spec| spec.name).filter(|n| n.starts_with(name)).collect();
            let fitting = guess::fitting(name, INTENTS.iter().map(|spec| spec.name), OFFERED);
            let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            names.extend(fitting.into_iter().filter(|fit| !fit.starts_with(name)));
            names
        };
        Prompt { completions, chosen: None, ..prompt }
    }

    /// What could follow the name of a command.
    fn arguments(&self, spec: &Spec, typed: &str) -> Vec<String> {
        fn words<'w>(typed: &str, words: impl Iterator<Item = &'w str> + Clone) -> Vec<String> {
            guess::fitting(typed, words, OFFERED)
        }
        let fabric = &self.fabric;
        let agents = || fabric.agents().iter().map(|agent| &agent.key as &dyn Display);
        let sessions = || fabric.sessions().keys().map(|id| id as &dyn Display);
        match spec.arg {
            Arg::None | Arg::Text | Arg::Launch | Arg::Reason | Arg::NewAgent | Arg::Time | Arg::Clock => Vec::new(),
            Arg::Install => words(typed, ["install"].into_iter()),
            Arg::View => words(typed, View::ALL.iter().map(|view| view.word())),
            Arg::Theme => words(typed, self.themes.iter().map(|theme| theme.name.as_str())),
            Arg::Column => words(typed, columns(self.focus).iter().copied()),
            Arg::Measure => words(typed, Measure::ALL.iter().map(|measure| measure.word())),
            Arg::Grouping => words(typed, Grouping::ALL.iter().map(|by| by.word())),
            Arg::Agent => guess::fitting(typed, agents(), OFFERED),
            Arg::Session => guess::fitting(typed, sessions(), OFFERED),
            Arg::Logger => guess::fitting(typed, sessions().chain(agents()), OFFERED),
            Arg::Restart => {
                let names = std::iter::once(&"failed" as &dyn Display).chain(sessions()).chain(agents());
                guess::fitting(typed, names, OFFERED)
            }
            // Whoever was kept from something has ordered it: its targets are the locks.
            Arg::Locked => {
                let targets: Vec<String> = self.tales.values().flat_map(|tale| tale.plan.order.targets()).collect();
                words(typed, targets.iter().map(String::as_str))
            }
            Arg::Unlock => words(typed, ["5m", "15m", "30m", "1h"].into_iter()),
            Arg::Class => words(typed, CLASSES.iter().copied()),
            Arg::Alarm | Arg::Silence => {
                let names = fabric.alarms().values().flatten().map(|alarm| alarm.name.as_str());
                words(typed, names)
            }
            Arg::Replica => words(typed, fabric.replicas().values().flatten().map(|replica| replica.name.as_str())),
            Arg::Instance => {
                guess::fitting(typed, self.known_instances().iter().map(|((_, id), _)| id.clone()), OFFERED)
            }
            Arg::Queue | Arg::Redrive => guess::fitting(typed, fabric.queues().keys().map(find::QueueName), OFFERED),
            Arg::Region => words(typed, fabric.regions().iter().map(|region| region.id.as_str())),
        }
    }

    /// Takes the next completion, or the one before.
    fn complete(&mut self, back: bool) {
        let Some(Overlay::Command(prompt)) = self.overlays.last_mut() else { return };
        let count = prompt.completions.len();
        if count == 0 {
            return;
        }
        let chosen = match prompt.chosen {
            None if back => count - 1,
            None => 0,
            Some(at) if back => (at + count - 1) % count,
            Some(at) => (at + 1) % count,
        };
        let (name, _, has_arg) = split(prompt.input.value());
        let completion = &prompt.completions[chosen];
        let line = if has_arg { format!("{name} {completion}") } else { completion.clone() };
        prompt.input = tui_input::Input::new(line);
        prompt.chosen = Some(chosen);
    }

    /// Brings back a command that was given before, or a later one.
    fn recall(&mut self, earlier: bool) {
        let Some(Overlay::Command(prompt)) = self.overlays.last() else { return };
        let typed = prompt.input.value();
        let here = self.history.iter().rposition(|line| line == typed);
        let found = match (here, earlier) {
            (None, true) => self.history.len().checked_sub(1),
            (Some(at), true) => at.checked_sub(1),
            (Some(at), false) => Some(at + 1),
            (None, false) => return,
        };
        let line = match found {
            Some(at) => self.history.get(at).cloned().unwrap_or_default(),
            None => return,
        };
        let prompt = self.completed(Prompt { input: tui_input::Input::new(line), ..Prompt::default() });
        self.overlays.pop();
        self.overlays.push(Overlay::Command(prompt));
    }

    fn cancel(&mut self) {
        match self.overlays.last_mut() {
            // The field goes first, then the plan that it belongs to.
            Some(Overlay::Resume(taking)) => taking.typed = None,
            Some(Overlay::Plan(_)) => {
                if let Some(wish) = self.top_wish() {
                    wish.typed = None;
                }
            }
            _ => {
                if let Some(Overlay::Filter(_)) = self.overlays.pop() {
                    self.filter_as_typed(None);
                }
            }
        }
    }

    fn submit(&mut self) -> Vec<Effect> {
        match self.overlays.last() {
            Some(Overlay::Form(_)) => return self.send_form(),
            Some(Overlay::Plan(_) | Overlay::Resume(_)) => return self.answer_typed(),
            _ => {}
        }
        match self.overlays.pop() {
            Some(Overlay::Command(prompt)) => {
                let line = prompt.input.value().trim().to_owned();
                self.command(&line)
            }
            // The filter holds already.
            _ => Vec::new(),
        }
    }

    /// Does what a typed command says.
    pub(super) fn command(&mut self, line: &str) -> Vec<Effect> {
        let line = line.trim_start_matches(':').trim();
        if line.is_empty() {
            return Vec::new();
        }
        self.history.retain(|old| old != line);
        self.history.push(line.to_owned());
        if self.history.len() > HISTORY {
            self.history.remove(0);
        }
        let (name, arg, _) = split(line);
        match resolve(name) {
            Ok(spec) if spec.arg == Arg::None && !arg.is_empty() => {
                self.fails(format!("`:{}` takes nothing after its name.", spec.name));
                Vec::new()
            }
            Ok(spec) if spec.needs_arg && arg.is_empty() => {
                self.fails(format!("`:{} {}` wants {}.", spec.name, spec.arg.word(), spec.arg.noun()));
                Vec::new()
            }
            // Without words the command takes the filter away; only the key opens the prompt.
            Ok(spec) if spec.intent == Intent::Filter && arg.is_empty() => {
                self.set_filter(self.focus, super::Filter::default());
                Vec::new()
            }
            Ok(spec) => self.act(spec.intent, arg),
            Err(why) => {
                self.fails(why);
                Vec::new()
            }
        }
    }
}

/// The command of that name, or the only one that begins so.
fn resolve(name: &str) -> Result<&'static Spec, String> {
    if let Some(spec) = named(name) {
        return Ok(spec);
    }
    let begins: Vec<&Spec> = INTENTS.iter().filter(|spec| spec.name.starts_with(name)).collect();
    match begins[..] {
        [spec] => Ok(spec),
        [] => {
            let near = guess::near(name, INTENTS.iter().map(|spec| spec.name));
            let end = if near.is_empty() { "; `:help` lists them all.".to_owned() } else { near };
            Err(format!("There is no command `:{name}`{end}"))
        }
        _ => {
            let names: Vec<String> = begins.iter().map(|spec| format!(":{}", spec.name)).collect();
            Err(format!("`:{name}` could be {}.", names.join(", ")))
        }
    }
}
