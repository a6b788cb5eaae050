//! Breaking long texts into lines.

use crate::app::text;

/// The lines of `sentence` in at most `w` cells each, broken between words where there are any; at least one.
pub(in crate::ui) fn wrap(sentence: &str, w: usize) -> Vec<String> {
    let w = w.max(2);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in sentence.split_inclusive(' ') {
        let len = text::width(word.trim_end());
        if used > 0 && used + len > w {
            lines.push(String::new());
            used = 0;
        }
        for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(word, true) {
            let cells = text::width(grapheme);
            if used + cells > w {
                if grapheme == " " {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(grapheme);
            }
            used += cells;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("no sign of life", 8), ["no sign ", "of life"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("日本語です", 5), ["日本", "語で", "す"]);
    }
}
