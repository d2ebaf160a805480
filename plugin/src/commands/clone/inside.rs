//! What only the source itself can say of its copies, asked before anything is created: whether the
//! data that it holds fit into their volumes, and what keeps a copy from being upgraded on the way.
//! pg_upgrade looks at all the rest in the copy.

use crate::{
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    error::{Error, Kind, Result},
    output::{quantity::amount, text::bytes},
};

/// A copy has its prepared transactions, too, and nobody there who ends them. What lies in other
/// tablespaces may be on other volumes, and WAL and free room come on top: less than this never fits.
const SCRIPT: &str = r#"
export PGOPTIONS="-c default_transaction_read_only=on"
ask() { psql -XAtq -h /var/run/postgresql -U postgres -d postgres -c "$1"; }
echo "prepared=$(ask "select count(*) from pg_prepared_xacts")"
echo "bytes=$(ask "select pg_tablespace_size('pg_default') + pg_tablespace_size('pg_global')")"
"#;

/// What it said.
#[derive(Debug, Default, PartialEq)]
struct Inside {
    prepared: Option<u64>,
    bytes: Option<i64>,
}

/// Refuses what would be refused after all was copied; gives what could not be looked at.
pub async fn look(source: &Cluster, size: Option<&str>, upgrades: bool) -> Result<Vec<String>> {
    let answer = async {
        let pod = pod(source, false).await?;
        script(source, &pod, SCRIPT, &[]).await
    };
    let (inside, why) = match answer.await {
        Ok(answer) => (read(&answer), "it does not say".to_owned()),
        Err(error) if error.kind == Kind::Interrupted => return Err(error),
        Err(error) => (Inside::default(), error.to_string()),
    };
    judge(&inside, size, upgrades)
        .map(|unseen| {
            let all = unseen.into_iter();
            all.map(|what| format!("{what}: {why}")).collect()
        })
        .map_err(|error| {
            error
                .context(&source.context.name)
                .object(&source.namespace, &source.name)
        })
}

/// What of this is not known.
fn judge(inside: &Inside, size: Option<&str>, upgrades: bool) -> Result<Vec<&'static str>> {
    let mut unseen = Vec::new();
    match (inside.bytes, size.and_then(amount)) {
        (Some(held), Some(room)) if held as f64 > room => {
            let message = format!(
                "its data are {}, and the copy's volumes of {} do not hold them",
                bytes(held),
                size.unwrap_or_default()
            );
            return Err(Error::new(Kind::Refused, message)
                .hint("--size QUANTITY gives the copy larger ones"));
        }
        (Some(_), _) => {}
        (None, _) => unseen.push("whether the source's data fit into the copy's volumes"),
    }
    match inside.prepared.filter(|_| upgrades) {
        Some(0) => {}
        Some(count) => {
            let message =
                format!("it has {count} prepared transactions, with which no copy can be upgraded");
            return Err(Error::new(Kind::Refused, message).hint("commit them or roll them back"));
        }
        None if upgrades => unseen.push("prepared transactions of the source"),
        None => {}
    }
    Ok(unseen)
}

fn read(answer: &str) -> Inside {
    let value = |key: &str| {
        let mut lines = answer.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(name, _)| *name == key);
        found.map(|(_, value)| value.trim())
    };
    Inside {
        prepared: value("prepared").and_then(|count| count.parse().ok()),
        bytes: value("bytes").and_then(|count| count.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_two_numbers_or_none() {
        let inside = |prepared, bytes| Inside { prepared, bytes };
        assert_eq!(
            read("prepared=2\nbytes=1024\n"),
            inside(Some(2), Some(1024))
        );
        assert_eq!(read("prepared=\nbytes=psql: error\n"), inside(None, None));
        assert_eq!(read(""), inside(None, None));
    }

    #[test]
    fn what_the_source_holds_has_to_fit() {
        let gib = 1 << 30;
        let judged = |bytes, size, prepared, upgrades| {
            let judged = judge(&Inside { prepared, bytes }, size, upgrades);
            judged.map_err(|error| error.message)
        };
        let ten = Some("10Gi");
        assert_eq!(judged(Some(10 * gib), ten, Some(2), false), Ok(vec![]));
        let over = judged(Some(10 * gib + 1), ten, Some(0), false).expect_err("too much");
        assert!(over.contains("do not hold them"), "{over}");
        // A manifest that names no size is judged by who makes the volumes.
        assert_eq!(judged(Some(10 * gib), None, None, false), Ok(vec![]));
        let unseen = judged(None, ten, None, true).expect("not refused");
        assert_eq!(unseen.len(), 2, "{unseen:?}");
        let prepared = judged(Some(1), ten, Some(2), true).expect_err("prepared");
        assert!(prepared.contains("2 prepared transactions"), "{prepared}");
    }
}
