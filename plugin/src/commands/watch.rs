//! `--watch` of `list` and `status`: the same picture again and again. On a terminal it is drawn
//! anew when it has changed; in a pipe, the lines that are new are printed, of a document all of it: in
//! JSON on one line, in YAML as one of many.

use std::{collections::HashSet, time::Duration};

use super::{list as list_verb, ops, status as status_verb};
use crate::{
    args::{Format, List, OpsList, Status},
    error::Result,
    exit::Exit,
    output::{document::Document, echo},
    session::Session,
};

const PAUSE: Duration = Duration::from_secs(2);

/// `list`, once or for as long as somebody looks.
pub async fn list(session: &Session, args: List) -> Result<Exit> {
    if !args.watch {
        return list_verb::run(session, &args).await;
    }
    watch(session, async |session| {
        list_verb::run(session, &args).await
    })
    .await
}

/// `status`, once or for as long as somebody looks.
pub async fn status(session: &Session, args: Status) -> Result<Exit> {
    if !args.watch {
        return status_verb::run(session, &args).await;
    }
    watch(session, async |session| {
        status_verb::run(session, &args).await
    })
    .await
}

/// `ops list`, for as long as somebody looks.
pub async fn operations(session: &Session, args: OpsList) -> Result<Exit> {
    watch(session, async |session| ops::list(session, &args).await).await
}

async fn watch(session: &Session, look: impl AsyncFn(&Session) -> Result<Exit>) -> Result<Exit> {
    let (screen, frame) = session.screen.framed();
    let inner = session.with_screen(screen)?;
    let (mut data, mut lines) = (String::new(), String::new());
    let _moving = session.screen.live.then(echo::moving);
    loop {
        let looked = tokio::select! {
            looked = look(&inner) => looked,
            () = session.stop.asked() => return Ok(Exit::Interrupted),
        };
        if let Err(error) = looked {
            // The command line cannot become right by waiting.
            if error.exit(true) == Exit::Usage {
                return Err(error);
            }
            inner.screen.error(&error);
            if inner.screen.format.is_document() {
                let document = Document::<()>::new("Result", Vec::new(), vec![error]);
                inner.screen.document(&document)?;
            }
        }
        let (new_data, new_lines) = frame.take();
        let changed = new_data != data || new_lines != lines;
        if changed && session.screen.live {
            session.screen.redraw(&new_data, &new_lines);
        } else if changed {
            let news = news(session.screen.format, &data, &new_data);
            session.screen.exact(&news);
            session.screen.plain_lines(&unseen(&lines, &new_lines));
        }
        (data, lines) = (new_data, new_lines);
        if session.stop.sleep(PAUSE).await {
            return Ok(Exit::Interrupted);
        }
    }
}

/// What a pipe gets of a picture that may be another than the one before.
fn news(format: Format, before: &str, now: &str) -> String {
    match format {
        Format::Json | Format::Yaml if before == now => String::new(),
        Format::Json => {
            // No text in JSON goes over a line's end.
            let line: String = now.lines().map(str::trim_start).collect();
            format!("{line}\n")
        }
        Format::Yaml => format!("---\n{now}"),
        _ => unseen(before, now),
    }
}

/// The lines of a picture that the one before did not have. That something has become older is no
/// news.
fn unseen(before: &str, now: &str) -> String {
    let seen: HashSet<String> = before.lines().map(ageless).collect();
    now.lines()
        .filter(|line| !seen.contains(&ageless(line)))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// A line without its ages, and without the room that they took.
fn ageless(line: &str) -> String {
    let is_age = |word: &str| {
        let word = word.trim_matches(['(', ')', ',']);
        word.strip_suffix(['s', 'm', 'h', 'd'])
            .is_some_and(|number| number.parse::<u64>().is_ok())
    };
    line.split_whitespace()
        .map(|word| if is_age(word) { "·" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_gets_what_is_new() {
        assert_eq!(unseen("", "a\nb\n"), "a\nb\n");
        assert_eq!(unseen("a\nb\n", "a\nc\n"), "c\n");
        assert_eq!(unseen("a\n", "a\n"), "");
    }

    #[test]
    fn a_document_is_whole_each_time() {
        let before = "{\n  \"a\": [\n    1\n  ]\n}\n";
        let now = "{\n  \"a\": [\n    1,\n    \"  two\\n\"\n  ]\n}\n";
        assert_eq!(news(Format::Json, before, before), "");
        assert_eq!(
            news(Format::Json, before, now),
            "{\"a\": [1,\"  two\\n\"]}\n"
        );
        assert_eq!(
            news(Format::Yaml, "a: 1\n", "a: 1\nb: 2\n"),
            "---\na: 1\nb: 2\n"
        );
        assert_eq!(news(Format::Table, "a\n", "a\nb\n"), "b\n");
    }

    #[test]
    fn what_grows_older_is_not_new() {
        let before = "east  main  Healthy  119s  db-0\n";
        assert_eq!(unseen(before, "east  main  Healthy  2m    db-0\n"), "");
        let changed = "east  main  Degraded  2m    db-0\n";
        assert_eq!(unseen(before, changed), changed);
        let before = "east  (had 3, 1 unwell, 59m ago)  Unreachable\n";
        assert_eq!(
            unseen(before, "east  (had 3, 1 unwell, 1h ago)  Unreachable\n"),
            ""
        );
        assert!(!unseen(before, "east  (had 4, 1 unwell, 1h ago)  Unreachable\n").is_empty());
        assert!(!unseen("a 3d1\n", "a 4d1\n").is_empty());
    }
}
