//! What of the source keeps its copy from being upgraded on the way, as far as the source can be
//! asked before anything is created. pg_upgrade looks at all the rest in the copy.

use crate::{
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    error::{Error, Kind, Result},
};

/// A copy has them, too, and nobody there who ends them.
const SCRIPT: &str = r#"
psql -XAtq -h /var/run/postgresql -U postgres -d postgres -c "select count(*) from pg_prepared_xacts"
"#;

/// Refuses what would be refused after all was copied; gives what could not be looked at.
pub async fn look(source: &Cluster) -> Result<Option<String>> {
    let answer = async {
        let pod = pod(source, false).await?;
        script(source, &pod, SCRIPT, &[]).await
    };
    match answer.await.map(|answer| prepared(&answer)) {
        Ok(Some(0)) => Ok(None),
        Ok(Some(count)) => Err(Error::new(
            Kind::Refused,
            format!("it has {count} prepared transactions, with which no copy can be upgraded"),
        )
        .context(&source.context.name)
        .object(&source.namespace, &source.name)
        .hint("commit them or roll them back")),
        Ok(None) => Ok(Some("prepared transactions of the source".to_owned())),
        Err(error) if error.kind == Kind::Interrupted => Err(error),
        Err(error) => Ok(Some(format!(
            "prepared transactions of the source: {error}"
        ))),
    }
}

fn prepared(answer: &str) -> Option<u64> {
    answer.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_answer_is_a_number_or_none() {
        assert_eq!(super::prepared("0\n"), Some(0));
        assert_eq!(super::prepared("2\n"), Some(2));
        assert_eq!(super::prepared("psql: error"), None);
    }
}
