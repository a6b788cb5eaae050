//! Copying to the engineer's own clipboard, through SSH and multiplexers: OSC 52.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::cloud::clean::is_hostile;

/// The longest text that can be copied, in bytes. Terminals drop what is longer than about this without a word.
pub const MAX_BYTES: usize = 100_000;

/// GNU screen takes no control string longer than 256 bytes in older versions.
const SCREEN_CHUNK: usize = 240;

/// Why a text was not copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// It is longer than [`MAX_BYTES`].
    #[error("copying {0} bytes to the clipboard: terminals take {max} at most; select less", max = MAX_BYTES)]
    TooLong(usize),
    /// Nothing is left of it, so copying would empty the clipboard.
    #[error("copying to the clipboard: there is no text; select something")]
    Empty,
}

/// The bytes that make the terminal put `text` on the clipboard, for [`Screen::send`](super::Screen::send). `env` reads
/// the environment (a name in, its value out), which tells of tmux (`TMUX`, `TERM=tmux*`) and GNU screen (`STY`,
/// `TERM=screen*`).
///
/// Control, bidirectional and invisible characters are left out, but for line ends and tabs: what is copied is often
/// pasted into a shell.
///
/// In a multiplexer the sequence goes twice, as it is and wrapped: tmux heeds the first with `set-clipboard on` and
/// the second with `allow-passthrough on`, and nobody knows which is set.
///
/// # Errors
///
/// [`ClipboardError::TooLong`] and [`ClipboardError::Empty`].
pub fn sequence(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Vec<u8>, ClipboardError> {
    let clean: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_hostile(*c)).collect();
    match clean.len() {
        0 => return Err(ClipboardError::Empty),
        long if long > MAX_BYTES => return Err(ClipboardError::TooLong(long)),
        _ => {}
    }
    // BEL ends it, not ESC \, which would end the wrapping.
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(clean));
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let term = env("TERM").unwrap_or_default();
    let wrapped = if set("TMUX") || term.starts_with("tmux") {
        format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"))
    } else if set("STY") || term.starts_with("screen") {
        // All ASCII, so any byte is a place to part it.
        let (mut rest, mut wrapped) = (plain.as_str(), String::new());
        while !rest.is_empty() {
            let (chunk, left) = rest.split_at(rest.len().min(SCREEN_CHUNK));
            for part in ["\x1bP", chunk, "\x1b\\"] {
                wrapped.push_str(part);
            }
            rest = left;
        }
        wrapped
    } else {
        String::new()
    };
    Ok((plain + &wrapped).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str, env: &[(&str, &str)]) -> Result<String, ClipboardError> {
        let lookup = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        sequence(text, lookup).map(|bytes| String::from_utf8(bytes).expect("ASCII"))
    }

    #[test]
    fn plain_in_tmux_and_in_screen() {
        let plain = "\x1b]52;c;aGVsbG8=\x07";
        assert_eq!(copied("hello", &[("TERM", "xterm-256color")]).as_deref(), Ok(plain));
        let tmux = format!("{plain}\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\");
        assert_eq!(copied("hello", &[("TERM", "screen-256color"), ("TMUX", "/tmp/t")]), Ok(tmux.clone()));
        assert_eq!(copied("hello", &[("TERM", "tmux-256color")]), Ok(tmux));
        let screen = format!("{plain}\x1bP{plain}\x1b\\");
        assert_eq!(copied("hello", &[("TERM", "screen")]), Ok(screen.clone()));
        assert_eq!(copied("hello", &[("STY", "1.pts")]), Ok(screen));
    }

    #[test]
    fn screen_gets_it_in_pieces() {
        let all = copied(&"x".repeat(5000), &[("STY", "1.pts")]).expect("copied");
        let (plain, wrapped) = all.split_at(all.find('\x07').expect("its end") + 1);
        let pieces: Vec<_> =
            wrapped.split_terminator("\x1b\\").map(|p| p.strip_prefix("\x1bP").expect("DCS")).collect();
        assert_eq!(pieces.concat(), plain);
        assert!(pieces.iter().all(|p| p.len() <= SCREEN_CHUNK));
    }

    #[test]
    fn only_text_is_copied() {
        let hostile = "a\x1b]52;c;eA==\x07\u{9b}2J\u{202e}\u{200b}\r\n\tb";
        let copied = copied(hostile, &[]).expect("copied");
        let payload = copied.trim_start_matches("\x1b]52;c;").trim_end_matches('\x07');
        assert_eq!(STANDARD.decode(payload).expect("base64"), b"a]52;c;eA==2J\n\tb");
        assert_eq!(super::sequence("\x1b\u{202e}", |_| None), Err(ClipboardError::Empty));
    }

    #[test]
    fn too_much_is_an_error() {
        assert!(copied(&"x".repeat(MAX_BYTES), &[]).is_ok());
        assert_eq!(copied(&"x".repeat(MAX_BYTES + 1), &[]), Err(ClipboardError::TooLong(MAX_BYTES + 1)));
    }
}
