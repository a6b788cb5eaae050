//! Columns: which of them fit, where they stand, and their titles.

use ratatui::style::Style;

use super::pen::Pen;
use crate::app::layout::Area;
use crate::app::text;
use crate::config::Tone;

/// Between two columns.
const GAP: u16 = 2;
/// Left of the first column: the sign of the selected row, and that of a marked one.
pub(in crate::ui) const MARGIN: u16 = 2;

/// What a column wants.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Column {
    /// Fewer cells than this are useless.
    pub(in crate::ui) min: u16,
    /// So many are wanted before a further column is shown.
    pub(in crate::ui) good: u16,
    /// More are not needed.
    pub(in crate::ui) max: u16,
    /// Numbers stand against the right edge.
    pub(in crate::ui) right: bool,
}

/// A column of words.
pub(in crate::ui) const fn words(min: u16, good: u16, max: u16) -> Column {
    Column { min, good, max, right: false }
}

/// A column of numbers.
pub(in crate::ui) const fn figures(width: u16) -> Column {
    Column { min: width, good: width, max: width, right: true }
}

/// A column in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Slot {
    /// Which of the columns.
    pub(in crate::ui) index: usize,
    /// Its left edge.
    pub(in crate::ui) x: u16,
    /// Its width.
    pub(in crate::ui) w: u16,
    /// Whether it is written against its right edge.
    pub(in crate::ui) right: bool,
}

/// The first columns say what matters: for them the others are squeezed.
const ESSENTIAL: usize = 7;

/// As many of `columns`, from the left, as fit into the width of `area` beside the margin. What is left over goes to
/// those that want more, first come first served.
pub(in crate::ui) fn fit(columns: &[Column], area: Area) -> Vec<Slot> {
    let room = area.w.saturating_sub(MARGIN + 1);
    let fitting = |width: fn(&Column) -> u16| {
        let mut used = 0;
        let fits = |column: &&Column| {
            used += width(column) + GAP;
            used <= room + GAP
        };
        columns.iter().take_while(fits).count()
    };
    let count = fitting(|column| column.good).max(fitting(|column| column.min).min(ESSENTIAL)).max(1);
    let slot = |(index, column): (usize, &Column)| Slot { index, x: 0, w: column.min.min(room), right: column.right };
    let mut slots: Vec<Slot> = columns.iter().enumerate().take(count).map(slot).collect();
    let taken: u16 = slots.iter().map(|slot| slot.w + GAP).sum::<u16>().saturating_sub(GAP);
    let mut spare = room.saturating_sub(taken);
    for limit in [|column: &Column| column.good, |column: &Column| column.max] {
        for slot in &mut slots {
            let more = spare.min(limit(&columns[slot.index]).saturating_sub(slot.w));
            slot.w += more;
            spare -= more;
        }
    }
    let mut x = area.x + MARGIN;
    for slot in &mut slots {
        slot.x = x;
        x += slot.w + GAP;
    }
    slots
}

/// Writes the titles of the columns, that of the one in `order` with an arrow: `true` for downwards.
pub(in crate::ui) fn head(pen: &mut Pen<'_>, y: u16, slots: &[Slot], titles: &[&str], order: Option<(usize, bool)>) {
    let (dim, text) = (pen.of(Tone::Dim), pen.of(Tone::Text));
    for slot in slots {
        let Some(title) = titles.get(slot.index) else { continue };
        let (title, style) = match order {
            Some((index, down)) if index == slot.index => {
                (format!("{title}{}", pen.glyphs().order[usize::from(down)]), text)
            }
            _ => ((*title).to_owned(), dim),
        };
        if slot.right {
            // The arrow may stand in the gap to the left, so that a narrow column does not lose its name.
            let w = slot.w.max((text::width(&title) as u16).min(slot.w + GAP - 1));
            pen.right(slot.x + slot.w - w, y, w, &title, style);
        } else {
            pen.put(slot.x, y, slot.w, &title, style);
        }
    }
}

/// Writes what stands in a column: figures against its right edge, of words the telling end.
pub(in crate::ui) fn cell(pen: &mut Pen<'_>, slot: Slot, y: u16, text: &str, style: Style) {
    let Slot { x, w, right, .. } = slot;
    if right {
        pen.right(x, y, w, text, style);
    } else {
        pen.put(x, y, w, &text::ellipsis(text, usize::from(w)), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [words(8, 12, 20), figures(5), figures(4), words(10, 12, 30)];

    fn fit_into(w: u16) -> Vec<(usize, u16, u16)> {
        fit(&COLUMNS, Area { x: 0, y: 0, w, h: 1 }).iter().map(|s| (s.index, s.x, s.w)).collect()
    }

    #[test]
    fn columns_drop_from_the_right_and_what_is_left_over_goes_to_those_that_want_it() {
        assert_eq!(fit_into(6), [(0, 2, 3)]);
        assert_eq!(fit_into(14), [(0, 2, 11)]);
        assert_eq!(fit_into(24), [(0, 2, 8), (1, 12, 5), (2, 19, 4)]);
        assert_eq!(fit_into(40), [(0, 2, 12), (1, 16, 5), (2, 23, 4), (3, 29, 10)]);
        assert_eq!(fit_into(200), [(0, 2, 20), (1, 24, 5), (2, 31, 4), (3, 37, 30)]);
    }
}
