//! Windows of time that come back every week: `Sat:01:00-05:00` or, on every day, `01:00-05:00`.
//! All are UTC.

use std::time::Duration;

use k8s_openapi::jiff::{Timestamp, civil::Weekday, tz::TimeZone};

const DAY: u64 = 24 * 60;
const WEEK: u64 = 7 * DAY;

/// Whether a text can be read as a window.
pub fn is_window(text: &str) -> bool {
    parse(text).is_some()
}

/// How long until the next window opens; `None` while one is open, or where there is none. Where
/// windows are given and none can be read, none opens: nobody meant "at any time".
pub fn until_open(windows: &[String], now: Timestamp) -> Option<Duration> {
    if !windows.is_empty() && !windows.iter().any(|text| is_window(text)) {
        return Some(Duration::from_secs(WEEK * 60));
    }
    let now = now.to_zoned(TimeZone::UTC);
    let unsigned = |number: i8| u64::try_from(number).unwrap_or(0);
    let minute = unsigned(now.weekday().to_monday_zero_offset()) * DAY
        + unsigned(now.hour()) * 60
        + unsigned(now.minute());
    windows
        .iter()
        .filter_map(|text| parse(text))
        .flatten()
        .map(|(from, to)| match (from..to).contains(&minute) {
            true => 0,
            false => (from + WEEK - minute) % WEEK,
        })
        .min()
        .filter(|minutes| *minutes > 0)
        .map(|minutes| Duration::from_secs(minutes * 60 - unsigned(now.second())))
}

/// `Sat:00:00-04:00` or `01:00-06:00`: minutes of the week, from and to. What cannot be read, and
/// what ends before it begins, is no window, as with Zalando's operator.
fn parse(text: &str) -> Option<Vec<(u64, u64)>> {
    let text = text.trim();
    let (day, times) = match text.split_once(':') {
        Some((day, times)) if day.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (Some(weekday(day)?), times)
        }
        _ => (None, text),
    };
    let (from, to) = times.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    let days = match day {
        Some(day) => day..day + 1,
        None => 0..7,
    };
    (from < to).then(|| days.map(|day| (day * DAY + from, day * DAY + to)).collect())
}

fn minutes(text: &str) -> Option<u64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn weekday(word: &str) -> Option<u64> {
    let days = [
        ("Mon", Weekday::Monday),
        ("Tue", Weekday::Tuesday),
        ("Wed", Weekday::Wednesday),
        ("Thu", Weekday::Thursday),
        ("Fri", Weekday::Friday),
        ("Sat", Weekday::Saturday),
        ("Sun", Weekday::Sunday),
    ];
    let (_, day) = days.into_iter().find(|(name, _)| *name == word)?;
    u64::try_from(day.to_monday_zero_offset()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        // A Saturday.
        let at =
            |time: &str| -> Timestamp { format!("2026-11-21T{time}Z").parse().expect("a time") };
        let table: [(&[&str], &str, Option<u64>); 11] = [
            (&[], "12:00:00", None),
            (&["01:00-06:00"], "01:00:00", None),
            (&["01:00-06:00"], "05:59:59", None),
            (&["01:00-06:00"], "06:00:00", Some(19 * 3600)),
            (&["01:00-06:00"], "00:59:30", Some(30)),
            (&["Sat:00:00-04:00"], "03:00:00", None),
            (&["Sun:00:00-04:00"], "03:00:00", Some(21 * 3600)),
            (&["Fri:00:00-04:00"], "00:00:00", Some(6 * 24 * 3600)),
            (
                &["Fri:00:00-04:00", " 02:00-03:00 "],
                "01:00:00",
                Some(3600),
            ),
            // One that can be read counts; where none can, none opens.
            (&["22:00-02:00", "12:00-13:00"], "12:00:00", None),
            (
                &["22:00-02:00", "Someday:00:00-04:00"],
                "23:00:00",
                Some(7 * 24 * 3600),
            ),
        ];
        for (windows, time, expected) in table {
            let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
            let expected = expected.map(Duration::from_secs);
            assert_eq!(
                until_open(&windows, at(time)),
                expected,
                "{windows:?} {time}"
            );
        }
    }
}
