//! Orders, told again from the record.

use std::collections::BTreeMap;

use super::{Entry, Walk};
use crate::action::{Event, OrderId, Standing, StepState, Tale};
use crate::model::FabricId;

/// All orders of a fabric, oldest first. Entries whose signature does not hold are not among `walk`'s; entries that
/// stand in the wrong place are read in the order in which they were written, and each once.
pub(super) fn tales(walk: &Walk, fabric: &FabricId, is_held: impl Fn(&OrderId) -> bool) -> Vec<Tale> {
    let entries: BTreeMap<u64, &Entry> = walk.entries().map(|entry| (entry.seq, entry)).collect();
    let mut places: BTreeMap<&OrderId, usize> = BTreeMap::new();
    let mut tales: Vec<Tale> = Vec::new();
    for entry in entries.into_values().filter(|entry| entry.fabric == *fabric) {
        let (Some(id), Some(event)) = (&entry.order, entry.event()) else { continue };
        let known = places.get(id).and_then(|place| tales.get_mut(*place));
        match (known, event) {
            (None, Event::Intended { plan, why, .. }) => {
                places.insert(id, tales.len());
                tales.push(Tale::begin(*plan, why, entry.at));
            }
            (Some(tale), event) => tale.apply(entry.at, &event),
            // Its beginning is missing: what was meant cannot be told.
            (None, _) => {}
        }
    }
    for tale in &mut tales {
        if tale.standing == Standing::Running && !is_held(&tale.plan.id) {
            tale.standing = Standing::Stopped(cut_off(tale));
        }
    }
    tales
}

/// Where an order was cut off.
fn cut_off(tale: &Tale) -> String {
    let first = |is: fn(&StepState) -> bool| tale.steps.iter().position(is);
    let says = |step: usize| tale.plan.steps.get(step).map_or("", |step| step.says.as_str());
    if let Some(step) = first(|state| matches!(state, StepState::Calling | StepState::Watching(_))) {
        return format!("the program ended during step {}: {}", step + 1, says(step));
    }
    match first(|state| matches!(state, StepState::Waiting)) {
        Some(step) => format!("the program ended before step {}: {}", step + 1, says(step)),
        None => "the program ended after the last step".to_owned(),
    }
}
