//! Where each pane lies. A stand-in until the drawn layout is merged.

use super::{Pane, View};

/// A part of the screen, in cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// From the left.
    pub x: u16,
    /// From the top.
    pub y: u16,
    /// Columns.
    pub w: u16,
    /// Rows.
    pub h: u16,
}

/// The panes on the screen, in the order of Tab.
pub fn layout(app_size: (u16, u16), view: View, focus: Pane, zoomed: bool) -> Vec<(Pane, Area)> {
    let (w, h) = app_size;
    let body = h.saturating_sub(3);
    let panes = panes(view);
    if zoomed || w < 100 || h < 30 {
        let pane = if panes.contains(&focus) { focus } else { view.main() };
        return vec![(pane, Area { x: 0, y: 2, w, h: body })];
    }
    let each = body / panes.len().max(1) as u16;
    panes.iter().enumerate().map(|(i, pane)| (*pane, Area { x: 0, y: 2 + each * i as u16, w, h: each })).collect()
}

/// All panes of a view, in the order of Tab, whether or not the screen is large enough for them.
pub fn panes(view: View) -> &'static [Pane] {
    match view {
        View::Overview => &[Pane::Findings, Pane::Agents, Pane::Queues, Pane::Metrics, Pane::Cost, Pane::Logs],
        View::Agents => &[Pane::Sessions, Pane::Agents],
        View::Queues => &[Pane::Queues],
        View::Metrics => &[Pane::Metrics],
        View::Logs => &[Pane::Logs],
        View::Cost => &[Pane::Cost],
        View::Alarms => &[Pane::Alarms],
        View::Regions => &[Pane::Regions],
    }
}

/// How many rows of its table a pane shows in `area`.
pub fn body_rows(_pane: Pane, area: Area) -> usize {
    usize::from(area.h.saturating_sub(2))
}
