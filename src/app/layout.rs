//! Where everything lies on the screen: pure geometry, so that `app` knows how many rows scroll and `ui` draws the same.
//!
//! ```text
//! header            one line; two where there is height to spare
//! ─ PANE ────────   every pane begins with a title rule; tables go on with a line of column names
//! footer            one line
//! ```

use super::{Pane, View};

/// Below this the screen says so in one line and shows nothing else: columns and rows.
pub const LEAST: (u16, u16) = (60, 16);

/// Between panes that stand side by side.
const GUTTER: u16 = 2;
/// From here on the overview shows all of its panes at once; below, the findings and the focused one.
const ROOMY: (u16, u16) = (100, 30);
/// From here on the overview has room for the sessions too, and the agents view puts them beside the agents.
const BROAD: u16 = 170;

/// A rectangle of character cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Its leftmost column.
    pub x: u16,
    /// Its topmost row.
    pub y: u16,
    /// Columns.
    pub w: u16,
    /// Rows.
    pub h: u16,
}

impl Area {
    /// The first `h` rows, and the rest.
    fn split_top(self, h: u16) -> (Self, Self) {
        let h = h.min(self.h);
        (Self { h, ..self }, Self { y: self.y + h, h: self.h - h, ..self })
    }

    /// All but the last `h` rows, and those.
    fn split_bottom(self, h: u16) -> (Self, Self) {
        self.split_top(self.h.saturating_sub(h))
    }

    /// The left part, `percent` of the columns, and the part right of it, a gutter apart.
    fn split_left(self, percent: u16) -> (Self, Self) {
        let w = (u32::from(self.w) * u32::from(percent) / 100) as u16;
        let right = (w + GUTTER).min(self.w);
        (Self { w, ..self }, Self { x: self.x + right, w: self.w - right, ..self })
    }
}

/// Whether the screen is too small to show anything.
pub fn is_too_small(size: (u16, u16)) -> bool {
    size.0 < LEAST.0 || size.1 < LEAST.1
}

fn is_roomy(size: (u16, u16)) -> bool {
    size.0 >= ROOMY.0 && size.1 >= ROOMY.1
}

/// The header: one line, two where there is height to spare.
pub fn header(size: (u16, u16)) -> Area {
    Area { x: 0, y: 0, w: size.0, h: if size.1 >= ROOMY.1 { 2 } else { 1 } }
}

/// The last line: what the next keys do, what the last one did, or what is being typed.
pub fn footer(size: (u16, u16)) -> Area {
    Area { x: 0, y: size.1.saturating_sub(1), w: size.0, h: 1 }
}

/// What lies between header and footer.
pub fn body(size: (u16, u16)) -> Area {
    let top = header(size).h;
    Area { x: 0, y: top, w: size.0, h: size.1.saturating_sub(top + 1) }
}

/// The panes of a view that can take the focus, in the order in which Tab goes through them. Where the screen is small,
/// not all of them are on it at once.
pub fn panes(size: (u16, u16), view: View) -> &'static [Pane] {
    match view {
        View::Overview if is_roomy(size) && size.0 >= BROAD => {
            &[Pane::Findings, Pane::Sessions, Pane::Agents, Pane::Queues, Pane::Metrics, Pane::Cost, Pane::Logs]
        }
        View::Overview => &[Pane::Findings, Pane::Agents, Pane::Queues, Pane::Metrics, Pane::Cost, Pane::Logs],
        View::Agents => &[Pane::Sessions, Pane::Agents],
        View::Queues => &[Pane::Queues],
        View::Metrics => &[Pane::Metrics],
        View::Logs => &[Pane::Logs],
        View::Cost => &[Pane::Cost],
        View::Alarms => &[Pane::Alarms],
        View::Regions => &[Pane::Regions],
        View::Actions => &[Pane::Actions],
        View::Calls => &[Pane::Calls],
    }
}

/// Where the panes of a view lie. Nothing where the screen is below [`LEAST`]. They never overlap and never leave
/// [`body`]; the focused pane is always among them, as long as it is one of [`panes`].
pub fn layout(size: (u16, u16), view: View, focus: Pane, zoomed: bool) -> Vec<(Pane, Area)> {
    if is_too_small(size) {
        return Vec::new();
    }
    let body = body(size);
    let here = panes(size, view);
    let focus = if here.contains(&focus) { focus } else { view.main() };
    if zoomed || here.len() == 1 {
        return vec![(focus, body)];
    }
    match view {
        View::Agents => agents(size, body, focus),
        _ if is_roomy(size) => overview(size, body),
        _ => small_overview(body, focus),
    }
}

/// ```text
/// ─ FINDINGS ──────────────────────    ─ FINDINGS ──────────  ─ SESSIONS ──
/// ─ AGENTS ──────────  ─ QUEUES ───    ─ AGENTS ────────────  ─ QUEUES ────
/// ─ METRICS ─────────  ─ COST ─────    ─ METRICS ───────────  ─ COST ──────
/// ─ LOGS ──────────────────────────    ─ LOGS ─────────────────────────────
/// ```
fn overview(size: (u16, u16), body: Area) -> Vec<(Pane, Area)> {
    const LEFT: u16 = 63;
    let (top, rest) = body.split_top((body.h / 5).clamp(5, 16));
    let (middle, logs) = rest.split_bottom((body.h / 5).clamp(5, 24));
    let (upper, lower) = middle.split_top(middle.h - (middle.h * 2 / 5).clamp(8, 20));
    let ((agents, queues), (metrics, cost)) = (upper.split_left(LEFT), lower.split_left(LEFT));
    let mut panes = if size.0 >= BROAD {
        let (findings, sessions) = top.split_left(LEFT);
        vec![(Pane::Findings, findings), (Pane::Sessions, sessions)]
    } else {
        vec![(Pane::Findings, top)]
    };
    panes.extend([
        (Pane::Agents, agents),
        (Pane::Queues, queues),
        (Pane::Metrics, metrics),
        (Pane::Cost, cost),
        (Pane::Logs, logs),
    ]);
    panes
}

/// The findings, and the focused pane under them: Tab changes the lower one, and nothing changes its size.
fn small_overview(body: Area, focus: Pane) -> Vec<(Pane, Area)> {
    let (top, rest) = body.split_top((body.h / 4).clamp(3, 8));
    let below = if focus == Pane::Findings { Pane::Agents } else { focus };
    vec![(Pane::Findings, top), (below, rest)]
}

/// Sessions beside the agents, above them, or in turn with them.
fn agents(size: (u16, u16), body: Area, focus: Pane) -> Vec<(Pane, Area)> {
    if size.0 >= BROAD {
        let (sessions, agents) = body.split_left(36);
        return vec![(Pane::Sessions, sessions), (Pane::Agents, agents)];
    }
    if body.h < 18 {
        return vec![(focus, body)];
    }
    let (sessions, agents) = body.split_top((body.h / 4).clamp(5, 16));
    vec![(Pane::Sessions, sessions), (Pane::Agents, agents)]
}

/// How the cost pane divides its area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostShape {
    /// Two lines of figures, the services, one line of days.
    Compact,
    /// Figures, then the services and the days side by side.
    Full,
}

/// The shape of a cost pane in `area`.
pub fn cost_shape(area: Area) -> CostShape {
    if area.w >= 76 && area.h >= 16 { CostShape::Full } else { CostShape::Compact }
}

/// The rows of the pane's table that fit into `area`, under its title and column names and beside what else it shows.
pub fn body_rows(pane: Pane, area: Area) -> usize {
    let rows = match pane {
        Pane::Findings | Pane::Logs | Pane::Metrics => area.h.saturating_sub(1),
        // Under the calls stands what is asked less than it is meant to be.
        Pane::Calls if area.h >= 14 => area.h - 8,
        Pane::Sessions | Pane::Agents | Pane::Queues | Pane::Alarms | Pane::Calls => area.h.saturating_sub(2),
        Pane::Cost => match cost_shape(area) {
            CostShape::Compact => area.h.saturating_sub(4),
            CostShape::Full => area.h.saturating_sub(6),
        },
        // Under the regions stand the answers of the selected one, of which there are sixteen at most.
        Pane::Regions => area.h.saturating_sub(19).clamp(2, 12).min(area.h.saturating_sub(2)),
        // Under the orders stand the steps of the selected one.
        Pane::Actions => area.h.saturating_sub(2) - area.h.saturating_sub(2) * 3 / 5,
    };
    usize::from(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_the_body_and_never_overlap() {
        for w in (1..=400).step_by(11) {
            for h in 1..=100 {
                for view in View::ALL {
                    for focus in panes((w, h), view) {
                        let body = body((w, h));
                        let mut seen = vec![false; usize::from(w) * usize::from(h)];
                        let panes = layout((w, h), view, *focus, false);
                        assert_eq!(panes.is_empty(), is_too_small((w, h)));
                        assert!(panes.is_empty() || panes.iter().any(|(pane, _)| pane == focus));
                        for (pane, area) in panes {
                            assert!(area.y >= body.y && area.y + area.h <= body.y + body.h, "{pane:?} {area:?}");
                            assert!(area.x + area.w <= w, "{pane:?} {area:?}");
                            assert!(area.h >= 3 && area.w >= 30, "{pane:?} {area:?} at {w}x{h}");
                            assert!(body_rows(pane, area) >= 1, "{pane:?} {area:?} at {w}x{h}");
                            for y in area.y..area.y + area.h {
                                for x in area.x..area.x + area.w {
                                    let cell = &mut seen[usize::from(y) * usize::from(w) + usize::from(x)];
                                    assert!(!*cell, "{pane:?} lies over another at {w}x{h}");
                                    *cell = true;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
