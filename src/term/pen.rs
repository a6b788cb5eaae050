//! The terminal's drawing state, and the shortest way from one to another.

use ratatui::style::{Color, Modifier};

/// Colours and attributes that the next character will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    modifiers: Modifier,
}

/// The attributes we draw. Blinking is none of them: nothing on our screen blinks.
const DRAWN: Modifier = Modifier::BOLD
    .union(Modifier::DIM)
    .union(Modifier::ITALIC)
    .union(Modifier::UNDERLINED)
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// Those that can be seen on a blank.
const ON_BLANK: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

const WEIGHT: Modifier = Modifier::BOLD.union(Modifier::DIM);

/// Attribute, code that sets it, code that takes it away.
const CODES: [(Modifier, u8, u8); 6] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::REVERSED, 7, 27),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Pen {
    pub(super) const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifiers: Modifier::empty() };

    pub(super) fn new(fg: Color, bg: Color, modifiers: Modifier) -> Self {
        Self { fg, bg, modifiers: modifiers.intersection(DRAWN) }
    }

    /// Whether a blank drawn with this is like the one that erasing leaves.
    pub(super) fn erases(self) -> bool {
        self.bg == Color::Reset && !self.modifiers.intersects(ON_BLANK)
    }

    /// The pen to draw a blank with: of `self` what a blank shows, and the rest as it is in `current`, which costs
    /// nothing.
    pub(super) fn for_blank(self, current: Self) -> Self {
        // Underline and the reversed ground are drawn in the foreground colour, so then that counts, too.
        let seen = self.modifiers.union(current.modifiers).intersects(ON_BLANK);
        if seen { self } else { Self { bg: self.bg, ..current } }
    }

    /// Appends the shortest sequence that changes `from` (none: unknown) into `self`.
    pub(super) fn write(self, from: Option<Self>, out: &mut Vec<u8>) {
        if from == Some(self) {
            return;
        }
        let mut anew = vec![Vec::new()];
        self.changes(Self::PLAIN, &mut anew);
        let mut codes = anew;
        if let Some(from) = from {
            let mut changes = Vec::new();
            self.changes(from, &mut changes);
            if length(&changes) <= length(&codes) {
                codes = changes;
            }
        }
        out.extend_from_slice(b"\x1b[");
        out.extend_from_slice(&codes.join(&b';'));
        out.push(b'm');
    }

    /// The codes that change `from` into `self`.
    fn changes(self, from: Self, codes: &mut Vec<Vec<u8>>) {
        let gone = from.modifiers.difference(self.modifiers);
        let mut new = self.modifiers.difference(from.modifiers);
        if gone.intersects(WEIGHT) {
            // One code takes bold and dim away together.
            new = new.union(self.modifiers.intersection(WEIGHT));
        }
        let mut last = 0;
        for (modifier, _, off) in CODES {
            if gone.contains(modifier) && off != last {
                codes.push(off.to_string().into_bytes());
                last = off;
            }
        }
        for (modifier, on, _) in CODES {
            if new.contains(modifier) {
                codes.push(on.to_string().into_bytes());
            }
        }
        if self.fg != from.fg {
            codes.push(colour(self.fg, 30));
        }
        if self.bg != from.bg {
            codes.push(colour(self.bg, 40));
        }
    }
}

fn length(codes: &[Vec<u8>]) -> usize {
    codes.iter().map(|code| code.len() + 1).sum()
}

/// The code of a colour; `base` is 30 for the foreground and 40 for the background.
fn colour(colour: Color, base: u8) -> Vec<u8> {
    let named = |n: u8| if n < 8 { base + n } else { base + 60 + n - 8 }.to_string();
    let code = match colour {
        Color::Reset => (base + 9).to_string(),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(n) if n < 16 => named(n),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    };
    code.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: Option<Pen>, to: Pen) -> String {
        let mut out = Vec::new();
        to.write(from, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    fn pen(fg: Color, modifiers: Modifier) -> Pen {
        Pen::new(fg, Color::Reset, modifiers)
    }

    #[test]
    fn only_what_differs_is_written() {
        let red = pen(Color::Red, Modifier::BOLD);
        assert_eq!(change(Some(red), red), "");
        assert_eq!(change(Some(red), pen(Color::LightBlue, Modifier::BOLD)), "\x1b[94m");
        assert_eq!(change(Some(red), pen(Color::Red, Modifier::DIM)), "\x1b[22;2m");
        assert_eq!(change(Some(red), pen(Color::Red, Modifier::empty())), "\x1b[22m");
        assert_eq!(change(Some(red), Pen::PLAIN), "\x1b[m", "shorter than 22;39");
        assert_eq!(change(Some(Pen::PLAIN), pen(Color::Indexed(200), Modifier::ITALIC)), "\x1b[3;38;5;200m");
        let ground = Pen::new(Color::Reset, Color::Rgb(1, 20, 255), Modifier::empty());
        assert_eq!(change(Some(Pen::PLAIN), ground), "\x1b[48;2;1;20;255m");
        assert_eq!(change(Some(Pen::PLAIN), Pen::new(Color::Reset, Color::White, Modifier::REVERSED)), "\x1b[7;107m");
    }

    #[test]
    fn from_the_unknown_it_starts_anew() {
        assert_eq!(change(None, Pen::PLAIN), "\x1b[m");
        assert_eq!(change(None, pen(Color::Green, Modifier::empty())), "\x1b[;32m");
    }

    #[test]
    fn a_blank_changes_no_colour_that_is_not_seen() {
        let red = pen(Color::Red, Modifier::BOLD);
        assert_eq!(Pen::PLAIN.for_blank(red), red);
        let reversed = pen(Color::Red, Modifier::REVERSED);
        assert_eq!(Pen::PLAIN.for_blank(reversed), Pen::PLAIN);
        assert_eq!(reversed.for_blank(Pen::PLAIN), reversed);
    }
}
