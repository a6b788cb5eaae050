//! How things look here: the one place that knows how many colours the terminal has and whether it can show more than
//! ASCII.

use std::cell::RefCell;
use std::rc::Rc;

use ratatui::style::{Color, Modifier, Style};

use crate::config::{Depth, Look as Tint, Rgb, Theme, Tone};
use crate::fabric::Severity;
use crate::model::{AlarmState, Light, LineKind, Status};

/// What the terminal can show.
#[derive(Debug)]
pub struct Look {
    depth: Depth,
    ascii: bool,
    /// The last theme and what became of it: finding the nearest of 256 colours takes longer than drawing.
    last: RefCell<Option<(Theme, Rc<Styles>)>>,
}

impl Look {
    /// A terminal with so many colours, that shows nothing but ASCII if `ascii`.
    pub fn new(depth: Depth, ascii: bool) -> Self {
        Self { depth, ascii, last: RefCell::new(None) }
    }

    /// Whether nothing but ASCII is to be shown.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The styles of `theme` here. `themes` are searched for `mono`, by which every theme looks without colours.
    pub(super) fn styles(&self, theme: &Theme, themes: &[Theme]) -> Rc<Styles> {
        let mut last = self.last.borrow_mut();
        if let Some((known, styles)) = last.as_ref()
            && known == theme
        {
            return styles.clone();
        }
        let styles = Rc::new(Styles::new(theme, themes, self.depth, self.ascii));
        *last = Some((theme.clone(), styles.clone()));
        styles
    }
}

/// A theme, resolved for one terminal.
#[derive(Debug)]
pub(super) struct Styles {
    tones: [Style; Tone::ALL.len()],
    series: Vec<Style>,
    /// The whole screen.
    pub(super) ground: Style,
    /// Lies over what a filter found. No colour: it is seen in every theme, on the selected row too, and changes nothing
    /// of what the colours say.
    pub(super) found: Style,
    /// The signs.
    pub(super) glyphs: &'static Glyphs,
}

impl Styles {
    fn new(theme: &Theme, themes: &[Theme], depth: Depth, ascii: bool) -> Self {
        let mono = themes.iter().find(|theme| theme.name == "mono");
        let theme = theme.at(depth, mono.unwrap_or(theme));
        let colour = |rgb: Rgb| match depth {
            Depth::None => Color::Reset,
            // Each is one of the palette already, so this finds its index.
            Depth::Ansi16 => Color::Indexed(rgb.nearest_16()),
            Depth::Ansi256 => Color::Indexed(rgb.nearest_256()),
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
        };
        let ground = theme.background.map_or(Style::new(), |rgb| Style::new().bg(colour(rgb)));
        let tones = Tone::ALL.map(|tone| style(theme[tone], colour));
        let text = tones[Tone::Text as usize];
        let series = theme.series.map(|rgb| rgb.map_or(text, |rgb| Style::new().fg(colour(rgb))));
        let ground = ground.patch(Style { add_modifier: Modifier::empty(), ..text });
        let found = Style::new().add_modifier(Modifier::UNDERLINED);
        Self { tones, series: series.to_vec(), ground, found, glyphs: if ascii { &ASCII } else { &UNICODE } }
    }

    /// The style of a meaning.
    pub(super) fn of(&self, tone: Tone) -> Style {
        self.tones[tone as usize]
    }

    /// The style of the `index`th line of a chart.
    pub(super) fn series(&self, index: usize) -> Style {
        self.series[index % self.series.len()]
    }

    /// The style of a status, and its sign.
    pub(super) fn status(&self, status: Status) -> (Style, &'static str) {
        let (tone, glyph) = match status {
            Status::Failed => (Tone::Critical, self.glyphs.cross),
            Status::Stuck => (Tone::Critical, self.glyphs.critical),
            Status::Degraded => (Tone::Warning, self.glyphs.half),
            Status::Unknown => (Tone::Warning, "?"),
            Status::Paused => (Tone::Paused, self.glyphs.paused),
            Status::Starting => (Tone::Info, self.glyphs.hollow),
            Status::Working => (Tone::Working, self.glyphs.full),
            Status::Idle => (Tone::Dim, self.glyphs.hollow),
            Status::Complete => (Tone::Done, self.glyphs.check),
        };
        (self.of(tone), glyph)
    }

    /// The style of a severity, and its sign.
    pub(super) fn severity(&self, severity: Severity) -> (Style, &'static str) {
        match severity {
            Severity::Critical => (self.of(Tone::Critical), self.glyphs.critical),
            Severity::Warning => (self.of(Tone::Warning), self.glyphs.warning),
        }
    }

    /// The style of a region's or a service's health, and its sign.
    pub(super) fn light(&self, light: Light) -> (Style, &'static str) {
        match light {
            Light::Green => (self.of(Tone::Good), self.glyphs.full),
            Light::Amber => (self.of(Tone::Warning), self.glyphs.half),
            Light::Red => (self.of(Tone::Critical), self.glyphs.cross),
            Light::Dark => (self.of(Tone::Dim), self.glyphs.hollow),
        }
    }

    /// The style of an alarm's state, and its sign.
    pub(super) fn alarm(&self, state: AlarmState) -> (Style, &'static str) {
        match state {
            AlarmState::Alarm => (self.of(Tone::Critical), self.glyphs.critical),
            AlarmState::InsufficientData => (self.of(Tone::Dim), "?"),
            AlarmState::Ok => (self.of(Tone::Good), self.glyphs.full),
        }
    }

    /// The style of a kind of log line.
    pub(super) fn line(&self, kind: LineKind) -> Style {
        self.of(match kind {
            LineKind::Error => Tone::Critical,
            LineKind::Complete => Tone::Good,
            LineKind::Start => Tone::Info,
            LineKind::Progress => Tone::Working,
            LineKind::Gap => Tone::Warning,
            LineKind::Other | LineKind::Plain => Tone::Dim,
        })
    }
}

fn style(look: Tint, colour: impl Fn(Rgb) -> Color) -> Style {
    let mut style = Style::new();
    style.fg = look.fg.map(&colour);
    style.bg = look.bg.map(&colour);
    for (is_set, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reversed, Modifier::REVERSED),
    ] {
        if is_set {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// The signs, each one column wide.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// Rules between panes.
    pub(super) rule: &'static str,
    /// The rule of the focused pane, and the used part of a meter.
    pub(super) heavy: &'static str,
    /// The y axis, its ticks and its foot.
    pub(super) axis: [&'static str; 3],
    /// The corners of a panel: upper left and right, lower left and right.
    pub(super) corners: [&'static str; 4],
    /// Points at the selected row.
    pub(super) pointer: &'static str,
    /// A marked row.
    pub(super) mark: &'static str,
    /// Wrong, now.
    pub(super) critical: &'static str,
    /// Wrong, soon.
    pub(super) warning: &'static str,
    /// Healthy, at work.
    pub(super) full: &'static str,
    /// Healthy in part.
    pub(super) half: &'static str,
    /// Not known, not begun.
    pub(super) hollow: &'static str,
    /// Down, failed.
    pub(super) cross: &'static str,
    /// Done, well.
    pub(super) check: &'static str,
    /// Held on purpose.
    pub(super) paused: &'static str,
    /// The key Enter.
    pub(super) enter: &'static str,
    /// Sorted upwards and downwards.
    pub(super) order: [&'static str; 2],
    /// Bars from an eighth to the whole of a cell's height.
    pub(super) blocks: [&'static str; 8],
    /// Whether braille dots can be drawn.
    pub(super) braille: bool,
}

const UNICODE: Glyphs = Glyphs {
    rule: "─",
    heavy: "━",
    axis: ["│", "┤", "└"],
    corners: ["╭", "╮", "╰", "╯"],
    pointer: "▸",
    mark: "◆",
    critical: "▲",
    warning: "△",
    full: "●",
    half: "◐",
    hollow: "○",
    cross: "✕",
    check: "✓",
    paused: "‖",
    enter: "↵",
    order: ["↑", "↓"],
    blocks: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    braille: true,
};

const ASCII: Glyphs = Glyphs {
    rule: "-",
    heavy: "=",
    axis: ["|", "+", "+"],
    corners: ["+"; 4],
    pointer: ">",
    mark: "*",
    critical: "!",
    warning: "^",
    full: "o",
    half: "~",
    hollow: ".",
    cross: "x",
    check: "+",
    paused: "\"",
    enter: "enter",
    order: ["^", "v"],
    blocks: ["_", ".", ":", "-", "=", "+", "*", "#"],
    braille: false,
};

/// What stands for a sign of another kind in ASCII, one column for one.
pub(super) fn ascii(symbol: &str) -> &'static str {
    match symbol {
        "·" | "–" | "—" | "‐" | "−" | "─" => "-",
        "…" | "≈" => "~",
        "×" => "x",
        "→" | "▸" | "›" | "»" => ">",
        "←" | "‹" | "«" => "<",
        "“" | "”" | "„" => "\"",
        "‘" | "’" => "'",
        "│" => "|",
        "↑" => "^",
        "↓" => "v",
        "é" | "è" | "ê" => "e",
        "µ" | "μ" => "u",
        _ => "?",
    }
}
