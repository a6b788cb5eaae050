//! Every name once in memory, however many answers hold it.
//!
//! Each answer of a cloud that is really asked brings its own copy of every name. Ten thousand agents have a hundred
//! thousand of them: to tell that they are the same, and to free them again, would keep the screen waiting. So they are
//! exchanged at the border, where nobody waits, for the copy that is known.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::{AgentKey, Fact, GroupOwner};

/// Fewer names than this are not gone through for those that nobody holds any more.
const FEW: usize = 4_096;

/// The names that answers hold.
#[derive(Debug, Default)]
pub struct Lexicon {
    names: HashSet<Arc<str>>,
    /// With so many, those that nobody else holds are let go: strangers may invent names.
    full: usize,
}

impl Lexicon {
    /// Exchanges the names in `fact` for those that are known, and learns the others.
    pub fn share(&mut self, fact: &mut Fact) {
        match fact {
            Fact::LogGroups(groups) => {
                for group in groups {
                    self.name(&mut group.name);
                    if let GroupOwner::Agent(key) = &mut group.owner {
                        self.key(key);
                    }
                }
            }
            Fact::Functions(functions) => functions.iter_mut().for_each(|function| self.owner(&mut function.owner)),
            Fact::Instances(instances) => instances.iter_mut().for_each(|instance| self.owner(&mut instance.owner)),
            Fact::Queues(queues) => {
                for queue in queues {
                    self.name(&mut queue.name);
                    self.owner(&mut queue.owner);
                    if let Some(name) = &mut queue.dead_letters_to {
                        self.name(name);
                    }
                }
            }
            Fact::QueuePulse(pulses) => pulses.iter_mut().for_each(|pulse| self.name(&mut pulse.name)),
            Fact::Metrics(readings) => {
                for reading in readings {
                    self.key(&mut reading.agent);
                    if let Some(model) = &mut reading.model {
                        self.name(model.text_mut());
                    }
                }
            }
            Fact::Logs(lines, _) => {
                for line in lines {
                    self.name(&mut line.group);
                    self.owner(&mut line.owner);
                }
            }
            Fact::Results(results) => results.iter_mut().for_each(|result| self.key(&mut result.owner)),
            // A few names, or none.
            Fact::Reading(_)
            | Fact::Identity(_)
            | Fact::Alarms(_)
            | Fact::Replicas(_)
            | Fact::Quotas(_)
            | Fact::Cost(_)
            | Fact::Forecast(_)
            | Fact::Budgets(_)
            | Fact::Rights(_) => {}
        }
        if self.names.len() >= self.full.max(FEW) {
            self.names.retain(|name| Arc::strong_count(name) > 1);
            self.full = self.names.len() * 2;
        }
    }

    fn owner(&mut self, owner: &mut Option<AgentKey>) {
        if let Some(key) = owner {
            self.key(key);
        }
    }

    fn key(&mut self, key: &mut AgentKey) {
        self.name(key.session.text_mut());
        self.name(key.agent.text_mut());
    }

    fn name(&mut self, name: &mut Arc<str>) {
        match self.names.get(name) {
            Some(known) => name.clone_from(known),
            None => drop(self.names.insert(name.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Queue;

    fn queues(names: impl Iterator<Item = String>) -> Fact {
        let queue = |name: String| Queue {
            owner: Some(AgentKey::new("navidocs", "h01")),
            visible: None,
            in_flight: None,
            delayed: None,
            dead_letters_to: Some(format!("{name}-dlq").into()),
            name: name.into(),
            told: None,
        };
        Fact::Queues(names.map(queue).collect())
    }

    fn listed(fact: &Fact) -> &[Queue] {
        if let Fact::Queues(queues) = fact { queues } else { &[] }
    }

    #[test]
    fn a_name_lies_in_one_place() {
        let mut lexicon = Lexicon::default();
        let [mut first, mut second] = [(); 2].map(|()| queues(["if-a".to_owned()].into_iter()));
        lexicon.share(&mut first);
        lexicon.share(&mut second);
        assert_eq!(first, second);
        let (a, b) = (&listed(&first)[0], &listed(&second)[0]);
        assert!(Arc::ptr_eq(&a.name, &b.name));
        assert!(a.dead_letters_to.iter().zip(&b.dead_letters_to).all(|(a, b)| Arc::ptr_eq(a, b)));
        assert!(a.owner.iter().zip(&b.owner).all(|(a, b)| std::ptr::eq(a.session.as_str(), b.session.as_str())));
    }

    #[test]
    fn names_that_nobody_holds_are_let_go() {
        let mut lexicon = Lexicon::default();
        for turn in 0..50 {
            lexicon.share(&mut queues((0..1_000).map(|n| format!("if-{turn}-{n}"))));
        }
        assert!(lexicon.names.len() < 3 * FEW, "{}", lexicon.names.len());
    }
}
