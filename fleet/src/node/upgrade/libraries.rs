//! Libraries that servers load unasked. One that the new version lacks keeps it from starting, or
//! everybody from logging in to it; pg_upgrade looks at neither.

use super::check::Objection;
use super::tools::Tools;
use crate::node::Error;
use crate::node::environment::MAJORS;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each list with the name of its setting: the server's, and those of single roles and databases.
const LISTS: &str = "\
    SELECT json_build_array(name, current_setting(name)) FROM unnest(ARRAY['shared_preload_libraries', \
    'session_preload_libraries', 'local_preload_libraries']) AS name \
    UNION ALL \
    SELECT json_build_array(lower(split_part(one, '=', 1)), substr(one, strpos(one, '=') + 1)) \
    FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS one \
    WHERE lower(split_part(one, '=', 1)) IN ('session_preload_libraries', 'local_preload_libraries')";

/// What is found there only in a directory of its own.
const LOCAL: &str = "local_preload_libraries";

/// What stands against another major version, which can load these.
pub fn objection(
    tools: &Tools<'_>,
    to: u32,
    has: &BTreeSet<String>,
) -> Result<Option<Objection>, Error> {
    let rows = tools.sql("postgres", LISTS)?;
    let lists: Result<Vec<(String, String)>, _> = rows
        .iter()
        .map(|row| {
            serde_json::from_str(row).map_err(|error| Error::Upgrade(format!("{row}: {error}")))
        })
        .collect();
    let missing = missing(&lists?, has, &plugins(to));
    Ok((!missing.is_empty()).then(|| {
        let message = format!("libraries that {to} lacks: {}", missing.join(", "));
        Objection::new("MissingLibraries", message)
    }))
}

/// Those of one list each, with the setting where it is not the server's own.
fn missing(
    lists: &[(String, String)],
    has: &BTreeSet<String>,
    plugins: &BTreeSet<String>,
) -> Vec<String> {
    let mut missing = BTreeSet::new();
    for (setting, list) in lists {
        let there = if setting == LOCAL { plugins } else { has };
        for library in list.split(',') {
            let library = library.trim().trim_matches('"');
            let file = library.rsplit('/').next().unwrap_or_default();
            let name = file.strip_suffix(".so").unwrap_or(file);
            if name.is_empty() || there.contains(name) {
                continue;
            }
            missing.insert(match setting.as_str() {
                "shared_preload_libraries" => library.to_owned(),
                _ => format!("{library} ({setting})"),
            });
        }
    }
    missing.into_iter().collect()
}

/// What everybody may load.
fn plugins(major: u32) -> BTreeSet<String> {
    let directory = Path::new(MAJORS)
        .join(major.to_string())
        .join("lib/plugins");
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = files.map(|file| file.path());
    names
        .filter(|path| path.extension().is_some_and(|kind| kind == "so"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_looked_at() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (has, plugins) = (set(&["pg_cron", "auto_explain"]), set(&["plugin"]));
        let (shared, session) = ("shared_preload_libraries", "session_preload_libraries");
        let table: [(&str, &str, &[&str]); 9] = [
            (shared, "", &[]),
            (shared, "pg_cron, \"auto_explain\"", &[]),
            (shared, "$libdir/pg_cron.so", &[]),
            (shared, "pg_cron,old", &["old"]),
            (session, "auto_explain", &[]),
            (session, "old", &["old (session_preload_libraries)"]),
            (LOCAL, "plugin, $libdir/plugins/plugin", &[]),
            // It is there, but not where everybody may load it from.
            (LOCAL, "pg_cron", &["pg_cron (local_preload_libraries)"]),
            (session, "plugin", &["plugin (session_preload_libraries)"]),
        ];
        for (setting, list, expected) in table {
            let lists = [(setting.to_owned(), list.to_owned())];
            let found = missing(&lists, &has, &plugins);
            assert_eq!(found, expected, "{setting} = {list}");
        }
    }
}
