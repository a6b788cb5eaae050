//! Themes: what each meaning looks like. No pane names a colour; it names a [`Tone`].

use std::ops::Index;
use std::path::Path;

use super::colour::Rgb;
use super::depth::Depth;
use super::problem::Problem;
use super::section::{Section, Source};
use super::values::{checked, text, truth};

/// A meaning that has a look of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// What is to be read.
    Text,
    /// What is to be read second: units, ages, headings of columns.
    Dim,
    /// Rules and axes. Never text, so its contrast is not held to that of text.
    Faint,
    /// Where the focus is, and nothing else.
    Accent,
    /// What lies behind the selected row: its background counts.
    Selection,
    /// Text on the selected row.
    SelectionText,
    /// Healthy.
    Good,
    /// Wrong, and can wait an hour.
    Warning,
    /// Wrong, now.
    Critical,
    /// Worth knowing, not wrong.
    Info,
    /// An agent at work.
    Working,
    /// An agent that is done.
    Done,
    /// An agent held on purpose.
    Paused,
    /// The header: fabric, account, the names of panes.
    Header,
}

impl Tone {
    /// All of them, in the order of the theme files.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Dim,
        Self::Faint,
        Self::Accent,
        Self::Selection,
        Self::SelectionText,
        Self::Good,
        Self::Warning,
        Self::Critical,
        Self::Info,
        Self::Working,
        Self::Done,
        Self::Paused,
        Self::Header,
    ];

    /// Its key in a theme file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Faint => "faint",
            Self::Accent => "accent",
            Self::Selection => "selection",
            Self::SelectionText => "selection_text",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Info => "info",
            Self::Working => "working",
            Self::Done => "done",
            Self::Paused => "paused",
            Self::Header => "header",
        }
    }

    /// Whether text is drawn in it on the theme's background.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Faint | Self::Selection | Self::SelectionText)
    }
}

/// What one tone looks like. `None` is the terminal's own colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one attribute of a terminal's cell")]
pub struct Look {
    /// The colour of the letters.
    pub fg: Option<Rgb>,
    /// The colour behind them.
    pub bg: Option<Rgb>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Letters and background exchanged.
    pub reversed: bool,
}

/// How many colours charts and models have.
pub const SERIES: usize = 6;

/// A theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name: that of its file.
    pub name: String,
    /// One line about it.
    pub about: String,
    /// The background; `None` leaves the terminal's own.
    pub background: Option<Rgb>,
    /// The background for which the colours are chosen: [`Self::background`], or what the terminal's is taken to be.
    pub assumed: Rgb,
    /// The colours of the lines of a chart, and of models, in turn.
    pub series: [Option<Rgb>; SERIES],
    looks: [Look; Tone::ALL.len()],
}

impl Index<Tone> for Theme {
    type Output = Look;

    fn index(&self, tone: Tone) -> &Look {
        &self.looks[tone as usize]
    }
}

impl Theme {
    /// Reads a theme file. What it leaves out is taken from `base`; without one, nothing may be left out.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in the file, with line, key and what is allowed.
    pub(super) fn read(name: &str, path: &Path, file: &str, base: Option<&Self>) -> Result<Self, Vec<Problem>> {
        let mut theme = base.cloned().unwrap_or_else(|| Self {
            name: String::new(),
            about: String::new(),
            background: None,
            assumed: Rgb(0, 0, 0),
            series: [None; SERIES],
            looks: [Look::default(); Tone::ALL.len()],
        });
        name.clone_into(&mut theme.name);
        let problems = Source { path, text: file }.read(|root| theme.fill(root, base.is_none()));
        if problems.is_empty() { Ok(theme) } else { Err(problems) }
    }

    fn fill(&mut self, root: &mut Section<'_>, whole: bool) {
        let mut keys = vec!["about", "background", "series"];
        root.read("about", &mut self.about, text);
        // Which theme to start from was looked up before this one was read.
        root.read("base", &mut String::new(), text);
        root.read("background", &mut self.background, checked(background));
        if let Some(own) = self.background {
            self.assumed = own;
        } else {
            keys.push("assumed");
        }
        root.read("assumed", &mut self.assumed, checked(str::parse));
        if let Some(own) = self.background.filter(|own| *own != self.assumed) {
            root.wrong_at("assumed", format!("goes with background = \"terminal\" only; the background is {own}"));
        }
        root.read("series", &mut self.series, |value| {
            let wants = || format!("wants a list of {SERIES} colours, each \"#rrggbb\" or \"none\"");
            let list = value.as_array().filter(|list| list.len() == SERIES).ok_or_else(wants)?;
            let mut series = [None; SERIES];
            for (slot, item) in series.iter_mut().zip(list) {
                *slot = colour(item.get_ref().as_str().ok_or_else(wants)?)?;
            }
            Ok(series)
        });
        for tone in Tone::ALL {
            keys.push(tone.word());
            read_look(root, tone.word(), &mut self.looks[tone as usize]);
        }
        let missing: Vec<&str> = keys.into_iter().filter(|key| !root.has(key)).collect();
        if whole && !missing.is_empty() {
            root.wrong(format!("lacks {}", missing.join(", ")));
        }
    }

    /// The theme as a terminal of this depth can show it. `mono` is the theme of that name.
    #[must_use]
    pub fn at(&self, depth: Depth, mono: &Self) -> Self {
        match depth {
            Depth::None => self.in_none(mono),
            Depth::Ansi16 => self.in_16(),
            Depth::Ansi256 => self.in_256(),
            Depth::True => self.clone(),
        }
    }

    /// The theme for a terminal of sixteen colours: every colour is one of these, readable on the background, and the
    /// selection is reversed since no dark or pale tint is among them.
    #[must_use]
    fn in_16(&self) -> Self {
        let ground = Rgb::from_256(self.assumed.nearest_16());
        let near = |colour: Rgb| Rgb::from_256(colour.nearest_16_on(ground));
        let mut theme = self.map_looks(|look| Look { fg: look.fg.map(near), bg: None, ..look });
        theme.background = self.background.map(|_| ground);
        theme.assumed = ground;
        theme.series = self.series.map(|colour| colour.map(near));
        // Not every background leaves amber a colour of its own.
        theme.looks[Tone::Warning as usize].bold = true;
        let selected = Look { reversed: true, ..Look::default() };
        theme.looks[Tone::Selection as usize] = selected;
        theme.looks[Tone::SelectionText as usize] = Look { bold: true, ..selected };
        theme
    }

    /// The theme for a terminal of 256 colours: every colour is one of these.
    #[must_use]
    fn in_256(&self) -> Self {
        let near = |colour: Rgb| Rgb::from_256(colour.nearest_256());
        let mut theme = self.map_looks(|look| Look { fg: look.fg.map(near), bg: look.bg.map(near), ..look });
        theme.background = self.background.map(near);
        theme.assumed = near(self.assumed);
        theme.series = self.series.map(|colour| colour.map(near));
        theme
    }

    /// The theme without colours (`NO_COLOR`): attributes only, those of `mono`.
    #[must_use]
    fn in_none(&self, mono: &Self) -> Self {
        Self { name: self.name.clone(), about: self.about.clone(), ..mono.clone() }
    }

    fn map_looks(&self, change: impl Fn(Look) -> Look) -> Self {
        Self { looks: self.looks.map(change), ..self.clone() }
    }
}

/// A tone is written as a colour, or as a table of colours and attributes.
fn read_look(root: &mut Section<'_>, key: &str, into: &mut Look) {
    if !root.has_table(key) {
        return root.read(key, into, |value| Ok(Look { fg: colour(&text(value)?)?, ..Look::default() }));
    }
    let mut look = Look::default();
    root.within(key, |table| {
        table.read("fg", &mut look.fg, checked(colour));
        table.read("bg", &mut look.bg, checked(colour));
        table.read("bold", &mut look.bold, truth);
        table.read("dim", &mut look.dim, truth);
        table.read("italic", &mut look.italic, truth);
        table.read("underline", &mut look.underline, truth);
        table.read("reversed", &mut look.reversed, truth);
    });
    *into = look;
}

fn colour(text: &str) -> Result<Option<Rgb>, String> {
    if text == "none" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|what: String| format!("{what}, or \"none\""))
}

fn background(text: &str) -> Result<Option<Rgb>, String> {
    if text == "terminal" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|what: String| format!("{what}, or \"terminal\""))
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
