//! Orders about EC2 instances: those that agents run on.

use super::super::{App, Intent};
use super::wanted::{Named, none_left};
use crate::action::Order;
use crate::model::AgentKey;

impl App {
    /// The instances of agents: region, id, and state.
    pub(in crate::app) fn known_instances(&self) -> Vec<(Named, crate::model::InstanceState)> {
        let places = self.fabric.agents().iter().flat_map(|agent| &agent.places);
        let of = |place: &crate::fabric::Place| {
            let (id, state) = place.instance.as_ref()?;
            Some(((place.region.clone(), id.to_string()), *state))
        };
        let mut all: Vec<_> = places.filter_map(of).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.dedup_by(|a, b| a.0 == b.0);
        all
    }

    pub(super) fn instances(&self, intent: Intent, arg: &str) -> Result<Order, String> {
        use crate::model::InstanceState as S;
        let mut known = self.known_instances();
        if arg.is_empty() {
            let agents = self.agents_of();
            let own =
                |agent: &AgentKey| self.fabric.agent(agent)?.home()?.instance.as_ref().map(|(id, _)| id.to_string());
            let ids: Vec<String> = agents.iter().filter_map(own).collect();
            if ids.is_empty() {
                return Err(match &agents[..] {
                    [] => "select an agent that runs on an instance first".to_owned(),
                    agents => none_left(agents, "runs on no instance"),
                });
            }
            known.retain(|((_, id), _)| ids.contains(id));
        } else {
            known.retain(|((_, id), _)| id == arg);
        }
        if known.is_empty() {
            return Err(format!("there is no instance `{arg}`"));
        }
        let (fits, why): (fn(S) -> bool, _) = match intent {
            Intent::Start => (|state| matches!(state, S::Stopped | S::Stopping), "is not stopped"),
            Intent::Stop => (|state| matches!(state, S::Running | S::Pending), "does not run"),
            _ => (|state| !matches!(state, S::ShuttingDown | S::Terminated), "is gone already"),
        };
        let ids: Vec<&String> = known.iter().map(|((_, id), _)| id).collect();
        if !known.iter().any(|(_, state)| fits(*state)) {
            return Err(none_left(&ids, why));
        }
        let instances = known.into_iter().map(|(named, _)| named).collect();
        Ok(match intent {
            Intent::Start => Order::Start { instances },
            Intent::Stop => Order::Stop { instances },
            _ => Order::Terminate { instances },
        })
    }
}
