//! Text that was not made by us: control characters are shown, never obeyed.

use std::{borrow::Cow, time::Duration};

use jiff::Timestamp;

/// The text on one line, with every control character written out.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// Text of several lines: line ends and tabs stay.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\n' || c == '\t')
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| acts(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if !acts(c) || keep(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_default());
        }
    }
    Cow::Owned(safe)
}

/// JSON whose texts have no character that acts on a terminal: what they mean stays the same.
pub fn in_json(text: String) -> String {
    // Line ends stand between the texts alone.
    let acts = |c: char| c != '\n' && acts(c);
    if !text.chars().any(acts) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if acts(c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Characters that move the cursor, colour, hide or reorder what stands beside them.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A word as a shell takes it.
pub fn in_a_shell(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!("'{}'", word.replace('\'', r"'\''"))),
    }
}

/// Cut in the middle, so that both ends stay readable.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= width {
        return Cow::Borrowed(text);
    }
    let keep = width.saturating_sub(1);
    let head = keep.div_ceil(2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (keep - head)).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// Lines of at most so many characters: broken between words, and inside those that are longer.
pub fn folded(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + rest.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        } else if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        while length + rest.len() > width {
            let more = rest.split_off(width - length);
            line.extend(rest);
            lines.push(std::mem::take(&mut line));
            (rest, length) = (more, 0);
        }
        length += rest.len();
        line.extend(rest);
    }
    lines.push(line);
    lines
}

/// An age as kubectl writes it: `42s`, `5m`, `3h`, `12d`.
pub fn age(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds}s"),
        seconds @ 120..7200 => format!("{}m", seconds / 60),
        seconds @ 7200..172_800 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86400),
    }
}

/// The age of something at a time; what lies ahead is 0 s old.
pub fn age_at(then: Timestamp, now: Timestamp) -> String {
    age(Duration::try_from(now.duration_since(then)).unwrap_or_default())
}

/// Bytes for a person.
pub fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count;
    let mut unit = 0;
    while value >= 10 * 1024 && unit + 1 < UNITS.len() {
        value /= 1024;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

/// `1 target`, `2 targets`.
pub fn count(number: usize, word: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {word}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        let table = [
            ("plain ü 漢", "plain ü 漢"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{202e}evil", "\\u{202e}evil"),
            ("bell\u{7}", "bell\\u{7}"),
            ("c1\u{9b}31m", "c1\\u{9b}31m"),
        ];
        for (raw, safe) in table {
            assert_eq!(shown(raw), safe);
        }
        assert_eq!(shown_lines("a\n\tb\u{1b}"), "a\n\tb\\u{1b}");
    }

    #[test]
    fn a_shell_takes_a_word_as_it_is() {
        for (word, pasted) in [
            (
                "pg/main@arn:aws:eks:eu:1:cluster/prod-1",
                "pg/main@arn:aws:eks:eu:1:cluster/prod-1",
            ),
            ("a b;c", "'a b;c'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(in_a_shell(word), pasted);
        }
    }

    #[test]
    fn cutting_keeps_both_ends() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("production-orders", 9), "prod…ders");
        assert_eq!(cut("abc", 1), "…");
    }

    #[test]
    fn sentences_break_between_words() {
        let table: [(&str, &[&str]); 6] = [
            ("", &[""]),
            ("all is well", &["all is", "well"]),
            ("exactly8", &["exactly8"]),
            ("ninechars", &["ninechar", "s"]),
            ("a verylongword b", &["a", "verylong", "word b"]),
            ("ü ü ü ü ü", &["ü ü ü ü", "ü"]),
        ];
        for (text, lines) in table {
            assert_eq!(folded(text, 8), lines, "{text}");
        }
    }

    #[test]
    fn ages() {
        let table = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (7200, "2h"),
            (172_800, "2d"),
        ];
        for (seconds, text) in table {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(16 * 1024 * 1024), "16 MiB");
    }
}
