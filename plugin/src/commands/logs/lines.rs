//! Which lines of a log are shown, and what in them stands out; as stern does it.

use std::borrow::Cow;

use regex_lite::Regex;

use crate::{
    args::Logs,
    error::{Error, Result},
    output::text::shown_lines,
};

/// What lines are held against.
#[derive(Clone, Debug)]
pub struct Lines {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    /// What stands out: what was searched for, too.
    highlight: Option<Regex>,
}

impl Lines {
    /// As the flags have it; without `color` nothing stands out.
    pub fn new(args: &Logs, color: bool) -> Result<Self> {
        let texts = |all: &[Regex]| -> Vec<String> {
            all.iter().map(|one| one.as_str().to_owned()).collect()
        };
        let mut parts = [texts(&args.include), texts(&args.highlight)].concat();
        // Of two that begin at one place the longer is meant.
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        let highlight = (color && !parts.is_empty()).then(|| {
            let parts: Vec<String> = parts.iter().map(|part| format!("(?:{part})")).collect();
            Regex::new(&parts.join("|"))
        });
        let wrong = |error: regex_lite::Error| Error::usage(error.to_string());
        Ok(Self {
            include: args.include.clone(),
            exclude: args.exclude.clone(),
            highlight: highlight.transpose().map_err(wrong)?,
        })
    }

    /// The line as it is shown; `None`: it is not.
    pub fn shown<'a>(&self, line: &'a str) -> Option<Cow<'a, str>> {
        let any = |all: &[Regex]| all.iter().any(|one| one.is_match(line));
        let left_out = any(&self.exclude) || !(self.include.is_empty() || any(&self.include));
        if left_out {
            return None;
        }
        let safe = shown_lines(line);
        let Some(highlight) = &self.highlight else {
            return Some(safe);
        };
        let painted = highlight.replace_all(&safe, |found: &regex_lite::Captures<'_>| match found
            .get(0)
            .map_or("", |part| part.as_str())
        {
            "" => String::new(),
            part => format!("\u{1b}[1;31m{part}\u{1b}[0m"),
        });
        Some(Cow::Owned(painted.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(flags: &str, color: bool) -> Lines {
        use clap::Parser;
        let words = format!("kubectl-pg logs main {flags}");
        let cli = crate::args::Cli::try_parse_from(words.split_whitespace()).expect("valid");
        match cli.verb {
            crate::args::Verb::Logs(args) => Lines::new(&args, color).expect("valid"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_are_chosen() {
        let table = [
            ("", "LOG: ready", true),
            ("--include ERROR", "LOG: ready", false),
            ("--include ERROR", "x ERROR y", true),
            ("-i ERROR -i FATAL", "FATAL: no", true),
            ("--exclude check", "LOG: checkpoint", false),
            ("-e check", "LOG: ready", true),
            ("--include LOG --exclude ready", "LOG: ready", false),
            ("--include ^LOG", " LOG", false),
            ("--include (?i)error", "Error", true),
            // What stands out leaves nothing out.
            ("--highlight ERROR", "LOG: ready", true),
        ];
        for (flags, line, shown) in table {
            assert_eq!(
                lines(flags, true).shown(line).is_some(),
                shown,
                "{flags}: {line}"
            );
        }
    }

    #[test]
    fn what_was_searched_for_stands_out() {
        let table = [
            ("--highlight b+", "abba", "a\u{1b}[1;31mbb\u{1b}[0ma"),
            ("--include b", "abc", "a\u{1b}[1;31mb\u{1b}[0mc"),
            ("-H a -H ab", "ab", "\u{1b}[1;31mab\u{1b}[0m"),
            ("--exclude x", "abc", "abc"),
            ("--highlight x*", "abc", "abc"),
            // What the line itself holds does nothing.
            (
                "--highlight b",
                "\u{1b}[2Jb",
                "\\u{1\u{1b}[1;31mb\u{1b}[0m}[2J\u{1b}[1;31mb\u{1b}[0m",
            ),
        ];
        for (flags, line, expected) in table {
            assert_eq!(lines(flags, true).shown(line).as_deref(), Some(expected));
            let plain = lines(flags, false).shown(line).expect("shown").into_owned();
            assert_eq!(plain, shown_lines(line), "{flags}: no colour");
        }
    }
}
