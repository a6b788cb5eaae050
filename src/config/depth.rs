//! How many colours the terminal can show.

/// The colours a terminal can show. Ordered: more colours compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// No colour at all, only bold, dim, underline and reverse: `NO_COLOR`, or a dumb terminal.
    None,
    /// The 16 named colours, whose look is the user's own choice.
    Ansi16,
    /// The 256 indexed colours.
    Ansi256,
    /// 24 bits.
    True,
}

/// Terminals that show 24 bits and say so by their name only. `COLORTERM` does not cross an SSH line by default,
/// `TERM` always does.
const TRUE_BY_NAME: [&str; 7] = ["alacritty", "contour", "foot", "rio", "wezterm", "xterm-ghostty", "xterm-kitty"];

impl Depth {
    /// The depth that the environment promises, read through `env` (a name in, its value out).
    ///
    /// `NO_COLOR` (set and not empty) wins, then what the terminal type cannot do, then `COLORTERM`, then `TERM`.
    /// An unknown terminal gets the 16 colours that nearly all have.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| env(name).unwrap_or_default().to_ascii_lowercase();
        if !get("NO_COLOR").is_empty() {
            return Self::None;
        }
        let term = get("TERM");
        if term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-mono") {
            return Self::None;
        }
        if term == "linux" {
            return Self::Ansi16;
        }
        let colorterm = get("COLORTERM");
        if colorterm == "truecolor" || colorterm == "24bit" {
            // GNU screen takes COLORTERM over from the terminal it was started in, but mangles 24-bit colours.
            return if get("STY").is_empty() { Self::True } else { Self::Ansi256 };
        }
        if term.ends_with("-direct") || TRUE_BY_NAME.iter().any(|name| term.starts_with(name)) {
            Self::True
        } else if term.contains("256color") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::Depth;

    #[rstest]
    #[case(&[("TERM", "xterm-256color")], Depth::Ansi256)]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True)]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "24bit")], Depth::True)]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "yes")], Depth::Ansi256)]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None)]
    #[case(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Ansi256)]
    #[case(&[("TERM", "screen.xterm-256color"), ("COLORTERM", "truecolor"), ("STY", "7.pts")], Depth::Ansi256)]
    #[case(&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor"), ("TMUX", "/tmp/x")], Depth::True)]
    #[case(&[("TERM", "xterm-kitty")], Depth::True)]
    #[case(&[("TERM", "foot-extra")], Depth::True)]
    #[case(&[("TERM", "xterm-direct")], Depth::True)]
    #[case(&[("TERM", "linux"), ("COLORTERM", "truecolor")], Depth::Ansi16)]
    #[case(&[("TERM", "xterm")], Depth::Ansi16)]
    #[case(&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None)]
    #[case(&[("TERM", "vt100")], Depth::None)]
    #[case(&[], Depth::Ansi16)]
    fn is_read_from_the_environment(#[case] env: &[(&str, &str)], #[case] depth: Depth) {
        let found = Depth::detect(|name| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
        assert_eq!(found, depth);
    }
}
