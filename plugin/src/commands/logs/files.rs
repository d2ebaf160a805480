//! PostgreSQL's own log: files in each pod, which its logging collector writes.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use kube::{
    Api,
    api::{AttachParams, AttachedProcess},
};

use super::source::Source;
use crate::{
    args::{Logs, Since},
    commands::{
        exec::{argv, script_in},
        psql::CONTAINER,
    },
    connect::Context,
    error::Result,
    objects::Pod,
};

/// Lines of each member, where neither a time nor a number of lines is asked for.
const TAIL: i64 = 1000;
/// More is not taken from one member.
const MOST: u64 = 32 * 1024 * 1024;

/// `$1`: from which line from the end on, or `+1`; `$2`: from which time on, or nothing. Lines of
/// which there are several for one entry belong to its first.
const LINES: &str = r#"cd /home/postgres/pgdata/pgroot/pg_log 2>/dev/null || exit 0
set -- "$1" "$2" *.csv; [ -e "$3" ] || set -- "$1" "$2" *.log; [ -e "$3" ] || exit 0
lines=$1 since=$2; shift 2
ls -tr -- "$@" | while read -r file; do cat -- "$file"; done |
  awk -v since="$since" '/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-/ { on = (substr($0, 1, 19) >= since) } on' |
  "#;
const PRINTED: &str = r#"tail -n "$lines" | tail -c 33554432"#;
/// In either form of the log: an entry's first line begins with its time.
const ERRORS_COUNTED: &str =
    r#"grep -cE '^[0-9]{4}-.*(,(ERROR|FATAL|PANIC),[0-9A-Z]{5},|(ERROR|FATAL|PANIC):  )' || true"#;

/// What is written from now on, some lines before included; files that come are looked for. Ends
/// with the connection, on which nothing is sent.
const AFTER: &str = r#"cd /home/postgres/pgdata/pgroot/pg_log || exit 1
set -- *.csv; kind=csv; [ -e "$1" ] || { set -- *.log; kind=log; }
for day in 1 2 3 4 5 6 7; do
  file=postgresql-$day.$kind; [ -e "$file" ] || set -- "$@" "$file"
done
tail -q -n 1000 -F -- "$@" 2>/dev/null & tail=$!
cat >/dev/null; kill $tail"#;

/// What was written until now.
pub async fn before(source: &Source, args: &Logs) -> Result<String> {
    let lines = match (args.tail, args.since) {
        (Some(lines), _) => lines.to_string(),
        (None, Some(_)) => "+1".to_owned(),
        (None, None) => TAIL.to_string(),
    };
    let since = match args.since {
        Some(Since::Ago(time)) => Timestamp::now().checked_sub(time).ok(),
        Some(Since::At(time)) => Some(time),
        None => None,
    };
    let since = since.map(written);
    let arguments = [lines.as_str(), since.as_deref().unwrap_or_default()];
    let pods = source.pods();
    let script = format!("{LINES}{PRINTED}");
    let pod = &source.pod;
    script_in(&source.context, &pods, pod, &script, &arguments, MOST).await
}

/// A time as entries begin with it.
fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How many errors one member wrote since then; nothing where it writes no files.
pub async fn errors_since(
    context: &Context,
    pods: &Api<Pod>,
    pod: &str,
    since: Timestamp,
) -> Result<Option<u64>> {
    let script = format!("{LINES}{ERRORS_COUNTED}");
    let since = written(since);
    let answer = script_in(context, pods, pod, &script, &["+1", &since], MOST).await?;
    Ok(answer.trim().parse().ok())
}

/// What is written from now on; some of what [`before`] gives comes again.
pub async fn after(source: &Source) -> Result<AttachedProcess> {
    let attach = AttachParams::default()
        .container(CONTAINER)
        .stdin(true)
        .stdout(true)
        .stderr(false);
    let (pods, argv) = (source.pods(), argv(AFTER, &[]));
    let exec = pods.exec(&source.pod, argv, &attach);
    source.context.ask(exec).await
}

/// A line begins with the time of its entry, in the server's `log_timezone`: UTC, unless somebody
/// set another; all members have the same, so their order is right in any. The time stays in the
/// line.
pub fn split(line: &str) -> (Option<Timestamp>, &str) {
    let end = line.char_indices().map(|(at, _)| at).nth(19);
    let fraction = end.map_or("", |end| &line[end..]);
    let digits = match fraction.strip_prefix('.') {
        Some(rest) => 1 + rest.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    let time = line.get(..end.unwrap_or(line.len()) + digits);
    let whole = |time: &&str| time.len() >= 19;
    let time = time
        .filter(whole)
        .and_then(|time| time.parse::<DateTime>().ok());
    let time = time.and_then(|time| time.to_zoned(TimeZone::UTC).ok());
    (time.map(|time| time.timestamp()), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_in_either_form() {
        let count = |lines: &str| {
            let script = format!("printf '%s' \"$1\" | {ERRORS_COUNTED}");
            let mut shell = std::process::Command::new("sh");
            let ran = shell.args(["-c", &script, "sh", lines]).output();
            let out = ran.expect("a shell").stdout;
            String::from_utf8_lossy(&out).trim().to_owned()
        };
        let csv = "2026-11-21 10:00:00.1 UTC,\"a\",,1,,x,1,,2026,,0,ERROR,42601,\"syntax error\"\n\
            2026-11-21 10:00:01.1 UTC,\"a\",,1,,x,1,,2026,,0,LOG,00000,\"statement: select ',ERROR,'\"\n\
            2026-11-21 10:00:02.1 UTC,,,1,,x,1,,2026,,0,PANIC,XX000,\"no\"\n\
            \tERROR:  of a line before\n";
        assert_eq!(count(csv), "2");
        let text =
            "2026-11-21 10:00:00 UTC [7]: FATAL:  no\n2026-11-21 10:00:00 UTC [7]: LOG:  yes\n";
        assert_eq!((count(text).as_str(), count("").as_str()), ("1", "0"));
    }

    #[test]
    fn entries_begin_with_their_time() {
        let at = |text: &str| text.parse::<Timestamp>().ok();
        let table = [
            (
                "2026-11-21 10:00:00.123 UTC,\"postgres\",,1,,LOG",
                at("2026-11-21T10:00:00.123Z"),
            ),
            (
                "2026-11-21 10:00:00 UTC [31]: LOG",
                at("2026-11-21T10:00:00Z"),
            ),
            ("2026-11-21 10:00:00", at("2026-11-21T10:00:00Z")),
            ("\tWHERE a = 1\",,,,", None),
            ("zwölf Zeichen und noch mehr", None),
            ("2026-11-21", None),
            ("", None),
        ];
        for (line, time) in table {
            assert_eq!(split(line), (time, line));
        }
    }
}
