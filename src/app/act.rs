//! What each intent does.

use super::intent::Intent;
use super::motion::Move;
use super::{App, Effect, Filter, Grouping, Measure, Only, Overlay, Pane, Prompt, Row, View, columns, find};
use crate::model::AgentKey;

impl App {
    /// Does what an intent stands for. `arg` is empty for a key.
    pub(super) fn act(&mut self, intent: Intent, arg: &str) -> Vec<Effect> {
        match intent {
            Intent::Quit | Intent::Interrupt => return self.quit(),
            Intent::Suspend => return vec![Effect::Suspend],
            Intent::Repaint => return vec![Effect::Repaint],
            Intent::Refresh if self.tape.is_some() => self.fails("A recording cannot be asked."),
            Intent::Refresh => {
                self.says(self.asking_now());
                return vec![Effect::AskNow];
            }
            Intent::Copy => return self.copy(),

            Intent::Down => self.go(Move::By(1)),
            Intent::Up => self.go(Move::By(-1)),
            Intent::Top => self.go(Move::Top),
            Intent::Bottom => self.go(Move::Bottom),
            Intent::PageDown => self.go(Move::Halves(2)),
            Intent::PageUp => self.go(Move::Halves(-2)),
            Intent::HalfDown => self.go(Move::Halves(1)),
            Intent::HalfUp => self.go(Move::Halves(-1)),

            Intent::Close | Intent::Back => {
                if self.overlays.pop().is_none() {
                    self.back();
                }
            }
            Intent::Help => self.toggle(Overlay::Help(0)),
            Intent::Errors => self.toggle(Overlay::Errors(0)),
            Intent::Command => self.overlays.push(Overlay::Command(self.completed(Prompt::default()))),
            Intent::Theme => self.next_theme(arg),
            Intent::Unlock => return self.unlock(arg),
            Intent::Lock => return self.lock_now(),
            Intent::Override => self.overrides(arg),
            Intent::BreakLock => return self.break_lock(arg),
            Intent::Yes | Intent::DryRun | Intent::CopyPlan => return self.answer(intent),
            Intent::Hold | Intent::Rewind | Intent::Skip | Intent::At | Intent::Faster | Intent::Slower => {
                return self.wind(intent, arg);
            }
            Intent::Continue | Intent::Undo | Intent::Leave | Intent::Halt => return self.steer(intent),
            intent => {
                // What follows speaks of panes: what lies over them goes.
                self.overlays.clear();
                return self.act_on_panes(intent, arg);
            }
        }
        Vec::new()
    }

    fn act_on_panes(&mut self, intent: Intent, arg: &str) -> Vec<Effect> {
        match intent {
            Intent::Show(View::Alarms) if arg == "install" => return self.order(Intent::InstallAlarms, ""),
            Intent::Show(View::Alarms) if !arg.is_empty() => {
                self.fails(format!("`:alarms` shows them, and `:alarms install` puts ours in place; what is `{arg}`?"));
            }
            Intent::Show(view) => self.show(view),
            Intent::View => self.named_view(arg),
            Intent::NextPane => self.turn(false),
            Intent::PreviousPane => self.turn(true),
            Intent::Zoom => {
                self.zoomed = !self.zoomed;
                self.reveal();
            }
            Intent::Open => self.open(),
            Intent::Filter if arg.is_empty() => self.open_filter(),
            Intent::Filter => {
                let mut filter = self.table(self.focus).filter.clone();
                filter.type_in(arg);
                self.set_filter(self.focus, filter);
            }
            Intent::NextMatch => self.next(false),
            Intent::PreviousMatch => self.next(true),
            Intent::Sort => self.sort(arg),
            Intent::Reverse => self.reorder(|table| table.reversed = !table.reversed),
            Intent::Mark => self.mark(),
            Intent::Follow => self.follow(),
            Intent::Metric => self.measure(arg, 1),
            Intent::MetricBack => self.measure(arg, Measure::ALL.len() - 1),
            Intent::By => self.group(arg),
            Intent::Log if arg.is_empty() => match self.selected(self.focus).and_then(|row| self.log_of(&row)) {
                Some(only) => self.visit_log(only),
                None => self.fails("This row has no log of its own: select an agent or a session."),
            },
            Intent::Log => match find::logger(&self.fabric, arg) {
                Ok(only) => self.visit_log(only),
                Err(why) => self.fails(why),
            },
            Intent::Agent => match find::agent(&self.fabric, arg) {
                Ok(key) => self.visit_agent(&key),
                Err(why) => self.fails(why),
            },
            Intent::Session => match find::session(&self.fabric, arg) {
                Ok(id) => self.visit_session(&id),
                Err(why) => self.fails(why),
            },
            Intent::Queue => match find::queue(&self.fabric, arg) {
                Ok(key) => self.visit_queue(&key),
                Err(why) => self.fails(why),
            },
            Intent::Region => match find::region(&self.fabric, arg) {
                Ok(id) => self.visit_region(&id),
                Err(why) => self.fails(why),
            },
            Intent::Menu => self.open_menu(),
            Intent::LastOrder => self.visit_last_order(),
            intent => return self.order(intent, arg),
        }
        Vec::new()
    }

    fn toggle(&mut self, overlay: Overlay) {
        let same = |other: &Overlay| std::mem::discriminant(other) == std::mem::discriminant(&overlay);
        match self.overlays.iter().position(same) {
            Some(place) => self.overlays.truncate(place),
            None => self.overlays.push(overlay),
        }
    }

    fn named_view(&mut self, arg: &str) {
        match find::word(arg, "view", &View::ALL, View::word) {
            Ok(view) => self.show(view),
            Err(why) => self.fails(why),
        }
    }

    fn next_theme(&mut self, arg: &str) {
        let found = if arg.is_empty() {
            let here = self.themes.iter().position(|theme| theme.name == self.theme.name);
            self.themes.get(here.map_or(0, |at| (at + 1) % self.themes.len()))
        } else {
            self.themes.iter().find(|theme| theme.name == arg)
        };
        match found.cloned() {
            Some(theme) => {
                self.says(format!("Theme {}.", theme.name));
                self.theme = theme;
            }
            None => self.fails(find::unknown("theme", arg, self.themes.iter().map(|theme| theme.name.as_str()))),
        }
    }

    /// Into the selected row.
    fn open(&mut self) {
        let Some(row) = self.selected(self.focus) else { return };
        match &row {
            Row::Finding(..) => {
                if let Some(target) = find::finding(&self.fabric, &row).map(|finding| finding.target.clone()) {
                    self.visit_target(&target);
                }
            }
            Row::Session(id) => self.visit_session(id),
            Row::Series(name) => match (self.chart.by, self.chart.measure) {
                (Grouping::Session, _) if self.fabric.sessions().contains_key(&name.as_str().into()) => {
                    self.visit_session(&name.as_str().into());
                }
                (Grouping::Agent, Measure::Waiting) => match find::queue(&self.fabric, name) {
                    Ok(key) => self.visit_queue(&key),
                    Err(_) => self.fails("There is nothing to open in the sum of the others."),
                },
                (Grouping::Agent, _) => match find::agent(&self.fabric, name) {
                    Ok(key) => self.visit_agent(&key),
                    Err(_) => self.fails("There is nothing to open in the sum of the others."),
                },
                (Grouping::Model, _) if self.fabric.agents().iter().any(|agent| is_of(agent, name)) => {
                    self.visit_model(name);
                }
                _ => self.fails("There is nothing to open in the sum of the others."),
            },
            Row::Order(id) if !self.heard(id).is_empty() => self.overlays.push(Overlay::Messages(id.clone(), 0)),
            _ => self.overlays.push(Overlay::Detail(row, 0)),
        }
    }

    fn open_filter(&mut self) {
        let filter = self.table(self.focus).filter.clone();
        let input = tui_input::Input::new(filter.typed());
        self.filter_before = filter;
        self.overlays.push(Overlay::Filter(Prompt { input, ..Prompt::default() }));
    }

    /// The next row that matches; where nothing is filtered, the next thing that is wrong.
    fn next(&mut self, back: bool) {
        let pane = self.focus;
        let table = self.table(pane);
        let wrap = |at: usize, count: usize| {
            let step = if back { count.saturating_sub(1) } else { 1 };
            (count > 0).then(|| (at + step) % count)
        };
        if !table.filter.text.is_empty() || pane == Pane::Findings {
            if let Some(to) = wrap(table.cursor, table.shown) {
                self.put_cursor(pane, to);
                self.following &= pane != Pane::Logs;
            }
        } else if pane == Pane::Logs {
            match self.lines.error_from(self.fabric.logs(), table.cursor, back) {
                Some(to) => {
                    self.put_cursor(pane, to);
                    self.following = false;
                }
                None => self.says(if back { "No error before this line." } else { "No error after this line." }),
            }
        } else {
            let count = self.fabric.findings().len();
            let first = if back { wrap(0, count) } else { Some(0) };
            let to = self.finding_at.map_or(first, |at| wrap(at.min(count.saturating_sub(1)), count));
            match to.and_then(|to| Some((to, self.fabric.findings().get(to)?.target.clone()))) {
                Some((to, target)) => {
                    self.finding_at = Some(to);
                    self.visit_target(&target);
                }
                None => self.says("Nothing is wrong."),
            }
        }
    }

    fn sort(&mut self, arg: &str) {
        let columns = columns(self.focus);
        if arg.is_empty() || columns.is_empty() {
            return self.reorder(|table| {
                table.sort = (table.sort + 1) % columns.len();
                table.reversed = false;
            });
        }
        match columns.iter().position(|column| column.eq_ignore_ascii_case(arg)) {
            Some(place) => self.reorder(|table| (table.sort, table.reversed) = (place, false)),
            None => self.fails(find::unknown("column", arg, columns.iter().copied())),
        }
    }

    fn reorder(&mut self, change: impl FnOnce(&mut super::Table)) {
        match self.focus {
            Pane::Findings => self.fails("Findings are always worst first."),
            Pane::Logs => self.fails("Log lines always follow time."),
            Pane::Metrics => self.fails("The lines of a chart are always largest first."),
            pane => {
                if let Some(table) = self.tables.get_mut(&pane) {
                    change(table);
                    self.refresh_one(pane);
                }
            }
        }
    }

    fn mark(&mut self) {
        let Some(row) = self.selected(self.focus) else { return };
        if let Some(table) = self.tables.get_mut(&self.focus)
            && !table.marks.remove(&row)
        {
            table.marks.insert(row);
        }
        self.go(Move::By(1));
    }

    fn follow(&mut self) {
        if !self.is_visible(Pane::Logs) {
            return self.fails("No log is on the screen to follow.");
        }
        self.following = !self.following;
        self.says(if self.following { "Following the end of the log." } else { "Staying here in the log." });
        self.refresh_one(Pane::Logs);
    }

    fn measure(&mut self, arg: &str, step: usize) {
        let here = Measure::ALL.iter().position(|measure| *measure == self.chart.measure).unwrap_or(0);
        let found = if arg.is_empty() {
            Ok(Measure::ALL[(here + step) % Measure::ALL.len()])
        } else {
            find::word(arg, "measure", &Measure::ALL, Measure::word)
        };
        match found {
            Ok(measure) => {
                self.chart.measure = measure;
                self.charts();
            }
            Err(why) => self.fails(why),
        }
    }

    fn group(&mut self, arg: &str) {
        let here = Grouping::ALL.iter().position(|by| *by == self.chart.by).unwrap_or(0);
        let found = if arg.is_empty() {
            Ok(Grouping::ALL[(here + 1) % Grouping::ALL.len()])
        } else {
            find::word(arg, "grouping", &Grouping::ALL, Grouping::word)
        };
        match found {
            Ok(by) => {
                self.chart.by = by;
                self.charts();
            }
            Err(why) => self.fails(why),
        }
    }

    /// Shows the chart that was asked for, wherever one is.
    fn charts(&mut self) {
        if self.is_visible(Pane::Metrics) {
            self.refresh_one(Pane::Metrics);
        } else {
            self.show(View::Metrics);
        }
    }

    /// Whose log a row leads to.
    fn log_of(&self, row: &Row) -> Option<Only> {
        let agent = |key: &AgentKey| Some(Only::Agent(key.clone()));
        match row {
            Row::Agent(key) => agent(key),
            Row::Session(id) => Some(Only::Session(id.clone())),
            Row::Queue(key) => agent(self.fabric.queues().get(key)?.queue.owner.as_ref()?),
            Row::Line(at, id) => {
                let ring = self.fabric.logs();
                agent(ring.get(ring.find(*at, *id).ok()?)?.owner.as_ref()?)
            }
            Row::Finding(..) => match &find::finding(&self.fabric, row)?.target {
                crate::fabric::Target::Agent(key) => agent(key),
                crate::fabric::Target::Session(id) => Some(Only::Session(id.clone())),
                crate::fabric::Target::Queue(key) => agent(self.fabric.queues().get(key)?.queue.owner.as_ref()?),
                _ => None,
            },
            _ => None,
        }
    }

    fn copy(&mut self) -> Vec<Effect> {
        let texts: Vec<String> = match self.overlays.last() {
            Some(Overlay::Detail(row, _)) => {
                let line = |(label, value): (String, String)| format!("{label}\t{value}").trim().to_owned();
                self.detail(row).into_iter().map(line).collect()
            }
            Some(Overlay::Messages(id, _)) => {
                let line = |heard: super::road::HeardLine| format!("{}\t{}", heard.verdict(), heard.task);
                self.heard(id).into_iter().map(line).collect()
            }
            Some(Overlay::Errors(_)) => self.errors.iter().rev().map(|(_, text)| text.clone()).collect(),
            Some(_) => Vec::new(),
            None => {
                let marks = &self.table(self.focus).marks;
                let selected = self.selected(self.focus).filter(|_| marks.is_empty());
                marks.iter().chain(selected.as_ref()).map(|row| self.name_of(row)).collect()
            }
        };
        if texts.iter().all(String::is_empty) {
            self.fails("There is nothing here to copy.");
            return Vec::new();
        }
        self.says(match &texts[..] {
            [text] => format!("Copied {}.", super::text::clip(text, 40)),
            texts => format!("Copied {} lines.", texts.len()),
        });
        vec![Effect::Copy(texts.join("\n"))]
    }

    /// What a row is copied as.
    pub(super) fn name_of(&self, row: &Row) -> String {
        match row {
            Row::Finding(rule, subject, _) => {
                let text = find::finding(&self.fabric, row).map_or("", |finding| &finding.text);
                format!("{} {subject}: {text}", rule.word())
            }
            Row::Session(id) => id.to_string(),
            Row::Agent(key) => key.to_string(),
            Row::Queue(key) => key.name.to_string(),
            Row::Line(at, id) => {
                let ring = self.fabric.logs();
                ring.find(*at, *id).ok().and_then(|place| ring.get(place)).map_or(String::new(), |l| l.text.to_string())
            }
            Row::Series(name) | Row::Expense(name) | Row::Alarm(_, name) => name.clone(),
            Row::Region(id) => id.to_string(),
            Row::Order(id) => id.to_string(),
            Row::Call(service, name) => format!("{} {name}", service.word()),
        }
    }

    /// Gives the filter that is being typed to the pane, or gives back the one from before.
    pub(super) fn filter_as_typed(&mut self, typed: Option<&str>) {
        let mut filter: Filter = self.filter_before.clone();
        if let Some(typed) = typed {
            filter.type_in(typed);
        }
        self.set_filter(self.focus, filter);
    }
}

fn is_of(agent: &crate::fabric::Agent, model: &str) -> bool {
    agent.model.as_ref().is_some_and(|name| name.as_str() == model)
}
