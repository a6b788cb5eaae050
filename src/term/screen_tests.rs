use proptest::prelude::*;
use ratatui::{
    Terminal,
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};
use rstest::rstest;

use super::*;

const W: u16 = 120;
const H: u16 = 40;

/// A screen that counts its writes.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    writes: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        self.writes += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn parser(rows: u16, columns: u16) -> vt100::Parser {
    let size = |n| std::num::NonZero::new(n).expect("a size");
    vt100::Parser::new(size(rows), size(columns), 0)
}

fn terminal() -> Terminal<Screen<Sink>> {
    let mut terminal = Terminal::new(Screen::with_size(Sink::default(), W, H)).expect("a terminal");
    terminal.clear().expect("cleared");
    draw(&mut terminal, &[]);
    terminal
}

/// Draws pieces of text and gives the bytes that it took.
fn draw(terminal: &mut Terminal<Screen<Sink>>, pieces: &[(u16, u16, &str, Style)]) -> String {
    let before = terminal.backend().out.bytes.len();
    let all = |frame: &mut ratatui::Frame<'_>| {
        for (x, y, text, style) in pieces {
            frame.buffer_mut().set_string(*x, *y, text, *style);
        }
    };
    terminal.draw(all).expect("drawn");
    String::from_utf8(terminal.backend().out.bytes[before..].to_vec()).expect("UTF-8")
}

#[test]
fn a_clock_tick_is_a_few_bytes() {
    let mut t = terminal();
    let dim = Style::new().fg(Color::Rgb(120, 130, 140));
    let clock = |text| [(40, 20, "something else", Style::new().fg(Color::Red)), (W - 9, 0, text, dim)];
    draw(&mut t, &clock("14:02:37Z"));
    let tick = draw(&mut t, &clock("14:02:38Z"));
    assert!(tick.len() <= 12 + 18, "{tick:?}");
    let tick = draw(&mut t, &clock("14:02:39Z"));
    assert_eq!(tick, "\x089", "the cursor and the colour are where they were");
    assert_eq!(draw(&mut t, &clock("14:02:39Z")), "", "nothing changed, nothing is written");
}

#[test]
fn the_clock_and_five_ages_cost_less_than_sixty_bytes() {
    let mut t = terminal();
    let dim = Style::new().fg(Color::Indexed(244));
    let ages = [(110, 3), (70, 10), (110, 10), (110, 20), (70, 25), (110, 31)];
    let frame = |second: u32| {
        let mut texts = vec![(W - 9, 0, format!("14:02:{second:02}Z"))];
        texts.extend(ages.map(|(x, y)| (x, y, format!("age {second}s"))));
        texts
    };
    let mut draw_second = |second| {
        let texts = frame(second);
        let pieces: Vec<_> = texts.iter().map(|(x, y, text)| (*x, *y, text.as_str(), dim)).collect();
        draw(&mut t, &pieces)
    };
    draw_second(31);
    for second in 32..39 {
        let bytes = draw_second(second);
        assert!(bytes.len() < 60, "{} {bytes:?}", bytes.len());
    }
}

#[test]
fn a_frame_is_one_write() {
    let mut t = terminal();
    let writes = t.backend().out.writes;
    draw(&mut t, &[(0, 0, "first", Style::new()), (3, 30, "second\u{4e2d}", Style::new().bold())]);
    draw(&mut t, &[(0, 0, "first", Style::new()), (3, 30, "second\u{4e2d}", Style::new().bold())]);
    assert_eq!(t.backend().out.writes, writes + 1);
    let total = t.backend().out.bytes.len() as u64;
    assert_eq!(t.backend_mut().meter().bytes(), total);
    assert_eq!(t.backend_mut().meter().frames(), 2, "the first hid the cursor");
}

#[test]
fn rows_are_joined_and_ends_erased() {
    let mut t = terminal();
    let rows = |text| [(0, 1, text, Style::new()), (0, 2, text, Style::new())];
    assert_eq!(draw(&mut t, &rows("abc")), "\nabc\r\nabc");
    let full = "x".repeat(usize::from(W));
    draw(&mut t, &rows(&full));
    let erased = draw(&mut t, &rows("x"));
    assert_eq!(erased, "\x1b[2;2H\x1b[K\n\x1b[K", "{erased:?}");
}

#[test]
fn small_gaps_are_written_over() {
    let mut t = terminal();
    let red = Style::new().fg(Color::Red);
    assert_eq!(draw(&mut t, &[(0, 0, "a b  c", Style::new())]), "a b  c", "blanks that ratatui leaves out");
    assert_eq!(draw(&mut t, &[(0, 0, "x b  y", Style::new())]), "\rx\x1b[6Gy", "as short");
    draw(&mut t, &[(0, 0, "x b  y", Style::new()), (2, 0, "b", red)]);
    assert_eq!(draw(&mut t, &[(0, 0, "z b  z", Style::new()), (2, 0, "b", red)]), "\r\x1b[mz\x1b[6Gz");
}

#[test]
fn a_wide_symbol_moves_the_cursor_by_its_width() {
    let mut t = terminal();
    assert_eq!(draw(&mut t, &[(0, 0, "日本x", Style::new())]), "日本x");
    let emoji = draw(&mut t, &[(0, 1, "🚀x", Style::new())]);
    assert!(emoji.ends_with("🚀\x1b[3Gx"), "terminals differ about emoji: {emoji:?}");
}

#[rstest]
#[case("\x1b]52;c;aGk=\x07")]
#[case("\x1b[2J")]
#[case("\x1b")]
#[case("\u{9b}")]
#[case("\u{85}")]
#[case("\u{202e}")]
#[case("a\u{2066}")]
#[case("\u{200b}")]
#[case("\n")]
#[case("\x7f")]
fn no_control_gets_out(#[case] symbol: &str) {
    let mut screen = Screen::with_size(Sink::default(), 20, 2);
    let mut cell = Cell::default();
    cell.set_symbol(symbol);
    let after = Cell::new("z");
    screen.draw([(2, 0, &cell), (19, 0, &after), (19, 1, &cell)].into_iter()).expect("drawn");
    screen.flush().expect("flushed");
    let mut parser = parser(2, 20);
    let text = String::from_utf8(screen.out.bytes).expect("UTF-8");
    // The parser draws no replacement character.
    parser.process(text.replace('\u{fffd}', "?").as_bytes());
    assert_eq!(parser.screen().contents().replace(' ', ""), "?z\n?");
    assert!(symbol == "\x1b" || !text.contains(symbol), "{text:?}");
    assert!(text.chars().all(|c| !is_hostile(c) || "\x1b\r\n\x08".contains(c)), "{text:?}");
}

#[test]
fn clearing_starts_from_a_known_state() {
    let mut t = terminal();
    draw(&mut t, &[(5, 5, "red", Style::new().fg(Color::Red))]);
    t.clear().expect("cleared");
    let again = draw(&mut t, &[(5, 5, "red", Style::new().fg(Color::Red))]);
    assert!(again.starts_with("\x1b[m\x1b[H\x1b[2J"), "{again:?}");
    assert!(again.contains("\x1b[31mred") && again.contains("\x1b[?25l"), "{again:?}");
}

fn any_style() -> impl Strategy<Value = Style> {
    let colour = prop_oneof![
        3 => Just(Color::Reset),
        1 => Just(Color::Red),
        1 => Just(Color::White),
        1 => (16u8..).prop_map(Color::Indexed),
        1 => any::<[u8; 3]>().prop_map(|[r, g, b]| Color::Rgb(r, g, b)),
    ];
    let modifiers = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::ITALIC,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
    ]);
    (colour.clone(), colour, modifiers).prop_map(|(fg, bg, m)| Style::new().fg(fg).bg(bg).add_modifier(m))
}

type Frames = Vec<Vec<(u16, u16, String, Style)>>;

fn any_frames(symbols: Vec<&'static str>, style: impl Strategy<Value = Style>) -> impl Strategy<Value = Frames> {
    let text = prop_oneof![
        "[ -~]{1,12}",
        " {1,30}",
        Just("x".repeat(30)),
        prop::collection::vec(prop::sample::select(symbols), 1..8).prop_map(|v| v.concat()),
    ];
    prop::collection::vec(prop::collection::vec((0u16..30, 0u16..8, text, style), 0..12), 1..6)
}

fn vt_colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Red => vt100::Color::Idx(1),
        Color::White => vt100::Color::Idx(15),
        Color::Indexed(n) => vt100::Color::Idx(n),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        _ => vt100::Color::Default,
    }
}

fn compare(buffer: &Buffer, screen: &vt100::Screen) -> Result<(), TestCaseError> {
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let (want, got) = (&buffer[(x, y)], screen.cell(y, x).expect("a cell"));
            let shown = if got.contents().is_empty() { " " } else { got.contents() };
            prop_assert_eq!(want.symbol(), shown, "at {}, {}", x, y);
            prop_assert_eq!(vt_colour(want.bg), got.bgcolor(), "ground at {}, {}", x, y);
            prop_assert_eq!(want.modifier.contains(Modifier::REVERSED), got.inverse(), "at {}, {}", x, y);
            prop_assert_eq!(want.modifier.contains(Modifier::UNDERLINED), got.underline(), "at {}, {}", x, y);
            if want.symbol() != " " || want.modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED) {
                prop_assert_eq!(vt_colour(want.fg), got.fgcolor(), "at {}, {}", x, y);
            }
            // The parser knows bold or dim, not both.
            if want.symbol() != " " && !want.modifier.contains(Modifier::BOLD | Modifier::DIM) {
                prop_assert_eq!(want.modifier.contains(Modifier::BOLD), got.bold(), "at {}, {}", x, y);
                prop_assert_eq!(want.modifier.contains(Modifier::DIM), got.dim(), "at {}, {}", x, y);
                prop_assert_eq!(want.modifier.contains(Modifier::ITALIC), got.italic(), "at {}, {}", x, y);
            }
            x += u16::try_from(want.symbol().width()).expect("narrow").max(1);
        }
    }
    Ok(())
}

/// Whatever is drawn after whatever else, a terminal shows what ratatui meant.
fn check(frames: &Frames) -> Result<(), TestCaseError> {
    let area = Rect::new(0, 0, 30, 8);
    let mut terminal = Terminal::new(Screen::with_size(Sink::default(), 30, 8)).expect("a terminal");
    terminal.clear().expect("cleared");
    let mut parser = parser(8, 30);
    for pieces in frames {
        let mut wanted = Buffer::empty(area);
        let before = terminal.backend().out.bytes.len();
        let all = |frame: &mut ratatui::Frame<'_>| {
            for (x, y, text, style) in pieces {
                frame.buffer_mut().set_string(*x, *y, text, *style);
                wanted.set_string(*x, *y, text, *style);
            }
        };
        terminal.draw(all).expect("drawn");
        parser.process(&terminal.backend().out.bytes[before..]);
        compare(&wanted, parser.screen())?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_terminal_shows_what_was_drawn(frames in any_frames(vec!["a", " ", "é", "─", "e\u{301}", "⣿"], any_style())) {
        check(&frames)?;
    }

    /// Without styles: terminals differ about that of the half which is left when the other is overwritten. One text
    /// a row: ratatui wants no symbol in the second half of another.
    #[test]
    fn also_when_it_is_wide(mut frames in any_frames(vec!["a", " ", "日", "本", "🚀"], Just(Style::new()))) {
        for pieces in &mut frames {
            let mut rows = std::collections::HashSet::new();
            pieces.retain(|(_, y, ..)| rows.insert(*y));
        }
        check(&frames)?;
    }
}
