//! Draws the app: one pane a file, [`widget`] for parts that know no app. It only reads.

mod actions;
mod agents;
mod alarms;
mod calls;
mod cost;
mod findings;
mod footer;
mod fresh;
mod header;
mod logs;
mod metrics;
mod overlay;
mod pane;
mod queues;
mod regions;
mod sessions;
mod style;
mod widget;

pub use style::Look;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::layout::{self, LEAST};
use crate::app::{App, Pane};
use crate::config::Tone;
use widget::pen::Pen;

/// Draws everything the app shows, into the whole of `frame`.
pub fn draw(app: &App, frame: &mut Frame<'_>, look: &Look) {
    let styles = look.styles(&app.theme, &app.themes);
    let area = frame.area();
    // The frame may have another size than the app knows of yet: the newer one is the frame's.
    let size = (area.width, area.height);
    frame.buffer_mut().set_style(area, styles.ground);
    let mut pen = Pen::new(frame.buffer_mut(), &styles);
    let cursor = if layout::is_too_small(size) {
        too_small(&mut pen, size);
        None
    } else {
        screen(&mut pen, app, size)
    };
    if look.is_ascii() {
        only_ascii(frame.buffer_mut());
    }
    if let Some((x, y)) = cursor {
        frame.set_cursor_position(Position::new(x, y));
    }
}

fn screen(pen: &mut Pen<'_>, app: &App, size: (u16, u16)) -> Option<(u16, u16)> {
    header::render(pen, app, layout::header(size));
    for (pane, area) in layout::layout(size, app.view, app.focus, app.zoomed) {
        match pane {
            Pane::Findings => findings::render(pen, app, area),
            Pane::Sessions => sessions::render(pen, app, area),
            Pane::Agents => agents::render(pen, app, area),
            Pane::Queues => queues::render(pen, app, area),
            Pane::Metrics => metrics::render(pen, app, area),
            Pane::Logs => logs::render(pen, app, area),
            Pane::Cost => cost::render(pen, app, area),
            Pane::Alarms => alarms::render(pen, app, area),
            Pane::Regions => regions::render(pen, app, area),
            Pane::Actions => actions::render(pen, app, area),
            Pane::Calls => calls::render(pen, app, area),
        }
    }
    let cursor = overlay::render(pen, app, layout::body(size));
    // What is typed in the last line lies over everything else.
    footer::render(pen, app, layout::footer(size)).or(cursor)
}

/// One line that says what is missing.
fn too_small(pen: &mut Pen<'_>, size: (u16, u16)) {
    let (w, h) = LEAST;
    let text = format!("infradeck needs {w}×{h}, this is {}×{}", size.0, size.1);
    pen.put(0, size.1 / 2, size.0, &text, pen.of(Tone::Text));
}

/// Puts something of ASCII in the place of everything else, one column for one: texts come from outside too.
fn only_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol(style::ascii(cell.symbol()));
        }
    }
}
