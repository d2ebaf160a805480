//! What of a cluster that runs is not in order, and would be carried along as it is: its archive and
//! its collations.

use super::check::Objection;
use super::tools::Tools;
use crate::node::Error;

/// The archiver failed, and has not got through since.
const ARCHIVER: &str = "\
    SELECT concat_ws(' ', last_failed_wal, 'at', date_trunc('second', last_failed_time)) \
    FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off' \
    AND last_failed_time > coalesce(last_archived_time, '-infinity')";
/// Databases whose texts were sorted by other rules than the image has now.
const DATABASES: &str = "\
    SELECT format('%s (made with %s, here is %s)', datname, datcollversion, \
    pg_database_collation_actual_version(oid)) FROM pg_database \
    WHERE datallowconn AND datcollversion <> pg_database_collation_actual_version(oid) ORDER BY 1";
/// Other collations of that kind by which an index of this database sorts.
const OF_INDEXES: &str = "\
    SELECT DISTINCT format('%s in %s (made with %s, here is %s)', c.collname, current_database(), \
    c.collversion, pg_collation_actual_version(c.oid)) \
    FROM pg_index i CROSS JOIN unnest(i.indcollation) AS by JOIN pg_collation c ON c.oid = by \
    WHERE c.collversion <> pg_collation_actual_version(c.oid) ORDER BY 1";
/// The first version that notes a database's.
const NOTES: u32 = 15;

/// What stands against an upgrade of such a cluster.
pub fn objections(
    tools: &Tools<'_>,
    from: u32,
    databases: &[String],
) -> Result<Vec<Objection>, Error> {
    let mut found: Vec<Objection> = Vec::new();
    found.extend(archive(&tools.sql("postgres", ARCHIVER)?));
    if from >= NOTES {
        let mut other = tools.sql("postgres", DATABASES)?;
        for database in databases {
            other.extend(tools.sql(database, OF_INDEXES)?);
        }
        found.extend(collations(&other));
    }
    Ok(found)
}

/// WAL that waits lies in the old cluster, and is deleted with it: no archive will ever have it.
fn archive(failed: &[String]) -> Option<Objection> {
    let last = failed.first()?;
    let message = format!(
        "archiving fails, last {last}: what is not archived by then is lost to the archive; mend archive_command \
         (the server's log says why it fails), or set it to /bin/true where nothing is archived"
    );
    Some(Objection::new("ArchivingFails", message))
}

/// pg_upgrade takes indexes along as they are.
fn collations(other: &[String]) -> Option<Objection> {
    if other.is_empty() {
        return None;
    }
    let message = format!(
        "text is sorted otherwise here than when indexes were made, and they may be broken: {}; REINDEX DATABASE each, \
         then ALTER DATABASE (or COLLATION) … REFRESH COLLATION VERSION",
        other.join(", ")
    );
    Some(Objection::new("CollationMismatch", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_in_order_is_not_objected_to() {
        assert_eq!(archive(&[]), None);
        assert_eq!(collations(&[]), None);
    }

    #[test]
    fn what_is_out_of_order_is_named_with_what_mends_it() {
        let failed = ["00000001000000000000000A at 2026-11-21 10:00:00+00".to_owned()];
        let said = archive(&failed).expect("an objection");
        assert_eq!(said.reason, "ArchivingFails");
        assert!(said.message.contains(&failed[0]), "{said:?}");
        assert!(said.message.contains("archive_command"), "{said:?}");
        let other = [
            "app (made with 2.36, here is 2.41)",
            "fr-x-icu in app (made with 153, here is 154)",
        ];
        let said = collations(&other.map(str::to_owned)).expect("an objection");
        assert_eq!(said.reason, "CollationMismatch");
        for word in other
            .iter()
            .chain(&["REINDEX", "REFRESH COLLATION VERSION"])
        {
            assert!(said.message.contains(word), "{said:?}");
        }
    }
}
