//! What the engineer looks at, for those who ask the questions.

use super::layout::body_rows;
use super::{App, Effect, Only, Overlay, Pane, Row, find};
use crate::fabric::Target;
use crate::model::{AgentKey, Question, QueueKey};
use crate::poll::Interest;

/// So many agents are looked at at most.
const AGENTS: usize = 50;
/// And so many queues.
const QUEUES: usize = 100;

/// The questions that feed a pane.
fn feeds(pane: Pane) -> &'static [Question] {
    use Question as Q;
    const AGENTS: &[Q] = &[Q::LogGroups, Q::Functions, Q::Instances, Q::QueuePulse, Q::Metrics, Q::Logs, Q::Results];
    match pane {
        Pane::Findings => &[
            Q::LogGroups,
            Q::Functions,
            Q::Instances,
            Q::Queues,
            Q::QueuePulse,
            Q::Metrics,
            Q::Logs,
            Q::Results,
            Q::Alarms,
            Q::Replicas,
            Q::Quotas,
        ],
        Pane::Sessions | Pane::Agents => AGENTS,
        Pane::Queues => &[Q::Queues, Q::QueuePulse],
        Pane::Metrics => &[Q::Metrics, Q::Logs, Q::Queues],
        Pane::Logs => &[Q::LogGroups, Q::Logs],
        Pane::Cost => &[Q::Cost, Q::Forecast, Q::Budgets],
        Pane::Alarms => &[Q::Alarms],
        Pane::Regions => &[Q::Identity, Q::Replicas, Q::Quotas, Q::Rights],
        Pane::Actions | Pane::Calls => &[],
    }
}

impl App {
    /// What is on the screen: the questions that feed it, and its agents, the selected one first.
    pub fn interest(&self) -> Interest {
        let panes = self.panes();
        let mut questions: Vec<Question> = Vec::new();
        for (pane, _) in &panes {
            match pane {
                Pane::Metrics => questions.push(self.chart.measure.question()),
                pane => questions.extend(feeds(*pane)),
            }
        }
        questions.sort_unstable();
        questions.dedup();

        let mut agents: Vec<AgentKey> = Vec::new();
        let mut look = |key: &AgentKey| {
            if agents.len() < AGENTS && !agents.contains(key) {
                agents.push(key.clone());
            }
        };
        for overlay in &self.overlays {
            if let Overlay::Detail(row, _) = overlay {
                self.agent_of(row).iter().for_each(&mut look);
            }
        }
        self.selected(self.focus).and_then(|row| self.agent_of(&row)).iter().for_each(&mut look);
        for (pane, area) in panes {
            let table = self.table(pane);
            match pane {
                Pane::Agents => {
                    let selected = table.rows.get(table.cursor);
                    let rows = table.rows.iter().skip(table.offset).take(body_rows(pane, area));
                    for row in selected.into_iter().chain(rows) {
                        if let Row::Agent(key) = row {
                            look(key);
                        }
                    }
                }
                Pane::Logs => {
                    if let Some(Only::Agent(key)) = &table.filter.only {
                        look(key);
                    }
                }
                _ => {}
            }
        }
        Interest { questions, agents, queues: self.queues_on_screen() }
    }

    fn queues_on_screen(&self) -> Vec<QueueKey> {
        let mut queues: Vec<QueueKey> = Vec::new();
        let mut look = |row: &Row| {
            if let Row::Queue(key) = row
                && queues.len() < QUEUES
                && !queues.contains(key)
            {
                queues.push(key.clone());
            }
        };
        for overlay in &self.overlays {
            if let Overlay::Detail(row, _) = overlay {
                look(row);
            }
        }
        for (pane, area) in self.panes() {
            if pane == Pane::Queues {
                let table = self.table(pane);
                table.rows.iter().skip(table.offset).take(body_rows(pane, area)).for_each(&mut look);
            }
        }
        queues
    }

    /// The agent that a row is, belongs to or speaks of.
    fn agent_of(&self, row: &Row) -> Option<AgentKey> {
        match row {
            Row::Agent(key) => Some(key.clone()),
            Row::Queue(key) => self.fabric.queues().get(key)?.queue.owner.clone(),
            Row::Finding(..) => match &find::finding(&self.fabric, row)?.target {
                Target::Agent(key) => Some(key.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Tells of the interest, if it is another one than was told last.
    pub(super) fn look(&mut self) -> Option<Effect> {
        let interest = self.interest();
        if self.looked.as_ref() == Some(&interest) {
            return None;
        }
        self.looked = Some(interest.clone());
        Some(Effect::Look(interest))
    }
}
