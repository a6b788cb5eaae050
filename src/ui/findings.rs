//! What is wrong, worst first.

use super::pane;
use super::widget::pen::Pen;
use super::widget::table::{MARGIN, Slot, figures, fit, words};
use crate::app::layout::Area;
use crate::app::{App, Pane, Row, text};
use crate::config::Tone;
use crate::fabric::{Finding, Severity};
use crate::model::Quality;

/// The key that helps, and a word for it.
const HELP: u16 = 11;
/// The columns of a region.
const REGION: u16 = 14;

/// ```text
/// ━ FINDINGS  2 critical · 1 warning ──────────────────────────────────────── age <10s ─
/// ▸ ▲ critical  stuck  navidocs/h04   47m  no sign of life, last “fetch pricing”; 12 …  r restart
///   △ warning   burn   navidocs            $3.10/h, 4.2× its usual; h07 alone 71 %
/// ```
pub(super) fn render(pen: &mut Pen<'_>, app: &App, area: Area) {
    pane::title(pen, app, Pane::Findings, area, &summary(app));
    let below = Area { y: area.y + 1, h: area.h.saturating_sub(1), ..area };
    let table = app.table(Pane::Findings);
    if app.fabric.findings().is_empty() && table.filter.text.is_empty() {
        return all_well(pen, app, below);
    }
    // Severity, rule, subject, since, text: as wide as what stands in them, so that the text begins early.
    let found = app.fabric.findings();
    let widest = |of: fn(&Finding) -> &str, least: usize, most: usize| {
        found.iter().map(|finding| text::width(of(finding))).max().unwrap_or(0).clamp(least, most) as u16
    };
    let rule = widest(|finding| finding.rule.word(), 6, 13);
    let subject = widest(|finding| &finding.subject, 12, 32);
    // On the narrowest screens the sign alone has to say how bad it is.
    let severity = if area.w < 72 { 1 } else { 10 };
    let columns = [
        words(severity, severity, severity),
        words(rule, rule, rule),
        words(subject.min(14), subject, subject),
        figures(6),
        words(16, 60, 300),
    ];
    let mut slots = fit(&columns, area);
    // Where there is room, the region stands at the right edge.
    let has_regions = area.w >= 150 && app.fabric.regions().len() > 1;
    if let Some(text) = slots.last_mut().filter(|_| has_regions) {
        text.w = text.w.saturating_sub(REGION + 2);
        let region = Slot { index: columns.len(), x: text.x + text.w + 2, w: REGION, right: false };
        slots.push(region);
    }
    // Further right, the key that helps.
    let has_help = area.w >= 100;
    if has_help {
        for slot in slots.iter_mut().skip(columns.len() - 1) {
            if slot.index == columns.len() - 1 {
                slot.w = slot.w.saturating_sub(HELP + 2);
            } else {
                slot.x = slot.x.saturating_sub(HELP + 2);
            }
        }
    }
    pane::rows(pen, app, Pane::Findings, below, &slots, |pen, row, y| {
        if let Some(finding) = find(app, row) {
            cells(pen, app, finding, y, &slots);
        }
        if let Some(remedy) = app.remedy(row).filter(|_| has_help) {
            let w = HELP;
            let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
            let x = (below.x + below.w).saturating_sub(w + 1);
            let key = if remedy.key == "enter" { pen.glyphs().enter } else { &remedy.key };
            let after = pen.put(x, y, w, key, plain);
            pen.put(after + 1, y, (x + w).saturating_sub(after + 1), remedy.word, dim);
        }
    });
}

fn cells(pen: &mut Pen<'_>, app: &App, finding: &Finding, y: u16, slots: &[Slot]) {
    let (style, glyph) = pen.styles.severity(finding.severity);
    let (plain, dim) = (pen.of(Tone::Text), pen.of(Tone::Dim));
    for slot in slots {
        let Slot { x, w, .. } = *slot;
        match slot.index {
            0 => {
                pen.sign(x, y, glyph, style);
                pen.put(x + 2, y, w.saturating_sub(2), finding.severity.word(), style);
            }
            1 => {
                pen.clip(x, y, w, finding.rule.word(), dim);
            }
            2 => {
                pen.name(x, y, w, &finding.subject, plain);
            }
            3 => {
                let since = finding.since.map(|at| text::since_short(at, app.now)).unwrap_or_default();
                pen.right(x, y, w, &since, dim);
            }
            4 => {
                pen.clip(x, y, w, &finding.text, plain);
            }
            _ => {
                pen.put(x, y, w, finding.region.as_ref().map_or("", |id| id.as_str()), dim);
            }
        }
    }
}

/// The finding that a row stands for. There are few.
pub(super) fn find<'a>(app: &'a App, row: &Row) -> Option<&'a Finding> {
    let Row::Finding(rule, subject, region) = row else { return None };
    let is_it = |finding: &&Finding| finding.rule == *rule && finding.subject == *subject && finding.region == *region;
    app.fabric.findings().iter().find(is_it)
}

/// How many there are of each severity: `2 critical · 1 warning`.
pub(super) fn summary(app: &App) -> String {
    let count = |severity| app.fabric.findings().iter().filter(|finding| finding.severity == severity).count();
    let word = |severity: Severity| {
        let count = count(severity);
        (count > 0).then(|| match severity {
            Severity::Critical => format!("{count} critical"),
            Severity::Warning => pane::plural(count, "warning"),
        })
    };
    [word(Severity::Critical), word(Severity::Warning)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Nothing wrong is one quiet line, and is said only of what has been looked at.
fn all_well(pen: &mut Pen<'_>, app: &App, area: Area) {
    let sources = app.fabric.sources().values();
    let is_any_answered = sources.clone().any(|source| source.answered.is_some());
    if !is_any_answered {
        return pane::empty(pen, app, Pane::Findings, area);
    }
    let unsure = sources.filter(|source| source.quality > Quality::Partial).count();
    let agents: usize = app.fabric.agent_counts().values().sum();
    let looked_at = format!(
        "{}, {}, {}",
        pane::plural(agents, "agent"),
        pane::plural(app.fabric.queues().len(), "queue"),
        pane::plural(app.fabric.regions().len(), "region")
    );
    let (x, w) = (area.x + MARGIN, area.w.saturating_sub(MARGIN + 1));
    let good = pen.of(Tone::Good);
    if unsure > 0 {
        let text =
            format!("nothing wrong is known in {looked_at}, but {} unanswered", pane::plural(unsure, "question"));
        pen.clip(x, area.y, w, &text, pen.of(Tone::Warning));
    } else {
        pen.clip(x, area.y, w, &format!("{} nothing is wrong: {looked_at}", pen.glyphs().check), good);
    }
}
