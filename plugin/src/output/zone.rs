//! Times as they are printed: RFC 3339 in UTC, or in the zone of this terminal (`--local`).

use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};

/// Where systems keep their zones.
const ZONES: &str = "/usr/share/zoneinfo";
/// The zone of this system.
const SYSTEM: &str = "/etc/localtime";

/// A moment in UTC, or in a zone with its offset. To the second.
pub fn written(at: Timestamp, zone: Option<&TimeZone>) -> String {
    match zone {
        None => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Some(zone) => {
            let here = at.to_zoned(zone.clone());
            here.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        }
    }
}

/// The zone of this terminal: that of $TZ, else the system's. UTC where neither can be read.
pub fn local() -> TimeZone {
    let named = std::env::var("TZ").ok();
    found(named.as_deref(), Path::new(ZONES), Path::new(SYSTEM)).unwrap_or(TimeZone::UTC)
}

fn found(named: Option<&str>, zones: &Path, system: &Path) -> Option<TimeZone> {
    let Some(name) = named else {
        return in_file(system);
    };
    let name = name.strip_prefix(':').unwrap_or(name);
    if name.is_empty() {
        return Some(TimeZone::UTC);
    }
    let path = PathBuf::from(name);
    let inside = !name.split('/').any(|part| part == "..");
    let file = if path.is_absolute() {
        in_file(&path)
    } else {
        inside.then(|| in_file(&zones.join(path))).flatten()
    };
    file.or_else(|| TimeZone::posix(name).ok())
}

fn in_file(path: &Path) -> Option<TimeZone> {
    let data = std::fs::read(path).ok()?;
    TimeZone::tzif("local", &data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_their_offset() {
        let at: Timestamp = "2026-11-21T10:00:00.5Z".parse().expect("a time");
        assert_eq!(written(at, None), "2026-11-21T10:00:00Z");
        let summer: Timestamp = "2026-07-01T10:00:00Z".parse().expect("a time");
        let nowhere = Path::new("/nonexistent");
        let zone = found(Some("CET-1CEST,M3.5.0,M10.5.0/3"), nowhere, nowhere);
        let zone = zone.expect("a zone");
        assert_eq!(written(at, Some(&zone)), "2026-11-21T11:00:00+01:00");
        assert_eq!(written(summer, Some(&zone)), "2026-07-01T12:00:00+02:00");
        let empty = found(Some(""), nowhere, nowhere).expect("UTC");
        assert_eq!(written(at, Some(&empty)), "2026-11-21T10:00:00+00:00");
        assert!(found(Some("no such zone"), nowhere, nowhere).is_none());
        assert!(found(None, nowhere, nowhere).is_none());
        assert!(found(Some("../etc/localtime"), Path::new("/usr"), nowhere).is_none());
    }
}
