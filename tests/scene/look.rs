//! The screen as text.

use std::fmt::Write as _;

use infradeck::app::App;
use infradeck::config::Depth;
use infradeck::ui::{Look, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

/// The screen on a terminal with so many colours.
pub(crate) fn drawn_as(app: &App, depth: Depth, ascii: bool) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).expect("a terminal");
    terminal.draw(|frame| draw(app, frame, &Look::new(depth, ascii))).expect("drawn");
    terminal.backend().buffer().clone()
}

/// The screen in true colour.
pub(crate) fn drawn(app: &App) -> Buffer {
    drawn_as(app, Depth::True, false)
}

/// The lines of a buffer, without what a wide character covers.
pub(crate) fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width.max(1));
    let line = |cells: &[Cell]| {
        let mut text = String::new();
        let mut covered = 0;
        for cell in cells {
            if covered == 0 {
                text.push_str(cell.symbol());
                covered = cell.symbol().width().max(1);
            }
            covered -= 1;
        }
        text.trim_end().to_owned()
    };
    buffer.content.chunks(width).map(line).collect()
}

/// Its text.
pub(crate) fn text(buffer: &Buffer) -> String {
    lines(buffer).join("\n")
}

/// The text, then for each cell a letter that stands for its style, then what the letters mean.
pub(crate) fn text_and_styles(buffer: &Buffer) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut letters = String::new();
    for (index, cell) in buffer.content.iter().enumerate() {
        let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
        let at = known.iter().position(|other| *other == style).unwrap_or_else(|| {
            known.push(style);
            known.len() - 1
        });
        if index > 0 && index % usize::from(buffer.area.width) == 0 {
            letters.push('\n');
        }
        letters.push(char::from(b'a' + at as u8));
    }
    let mut all = format!("{}\n\n{letters}\n\n", text(buffer));
    for (index, style) in known.iter().enumerate() {
        writeln!(all, "{} {style}", char::from(b'a' + index as u8)).expect("written");
    }
    all
}
