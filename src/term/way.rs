//! The shortest way of the cursor from one cell to another.

/// Where the terminal's cursor is, as far as that is sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    Unknown,
    /// In this row. After the last column, or after a character about whose width terminals differ.
    Row(u16),
    At(u16, u16),
}

/// The shortest sequence that leads to column and row `to` on every terminal of so many `rows`. `gap` gives what stands
/// from a column of that row up to the cell, if to write it once more changes nothing.
pub(super) fn way(from: Cursor, to: (u16, u16), rows: u16, gap: impl FnOnce(u16) -> Option<String>) -> String {
    let (x, y) = to;
    let mut best = match to {
        (0, 0) => "\x1b[H".to_owned(),
        (0, y) => format!("\x1b[{}H", y + 1),
        (x, y) => format!("\x1b[{};{}H", y + 1, x + 1),
    };
    let mut offer = |other: String| {
        if other.len() < best.len() {
            best = other;
        }
    };
    let (from, row) = match from {
        Cursor::Unknown => return best,
        Cursor::Row(row) => (None, row),
        Cursor::At(from, row) => (Some(from), row),
    };
    let vertical = vertical(row, y, rows);
    offer(format!("\r{vertical}{}", steps(x, 'C')));
    if row == y {
        offer(format!("\x1b[{}G", x + 1));
    }
    // From after the last column terminals differ about all but CR and absolute moves.
    match from {
        Some(from) if from <= x => {
            offer(vertical + &steps(x - from, 'C'));
            if row == y && x - from < 5 {
                gap(from).into_iter().for_each(&mut offer);
            }
        }
        Some(from) if from - x < 4 => offer(vertical + &"\x08".repeat(usize::from(from - x))),
        Some(from) => offer(vertical + &steps(from - x, 'D')),
        None => {}
    }
    best
}

/// The way from one row to another in the same column. A line feed, shorter than a step down, would scroll below the
/// last row.
fn vertical(from: u16, to: u16, rows: u16) -> String {
    match to.checked_sub(from) {
        Some(down @ ..4) if to < rows => "\n".repeat(usize::from(down)),
        Some(down) => steps(down, 'B'),
        None => steps(from - to, 'A'),
    }
}

/// The sequence for this many steps in the direction that the letter stands for.
fn steps(n: u16, direction: char) -> String {
    match n {
        0 => String::new(),
        1 => format!("\x1b[{direction}"),
        n => format!("\x1b[{n}{direction}"),
    }
}
