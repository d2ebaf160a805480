//! How the primary is configured: the settings that are not PostgreSQL's own, and who is let in.

use serde::Serialize;

use super::inside::Inside;
use crate::{
    commands::report::mask,
    output::table::{Cell, Column, Table, Tone},
};

/// A setting that is not as PostgreSQL has it by itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Setting {
    pub name: String,
    /// As SHOW tells it. What may hold a password is masked.
    pub value: String,
    /// Where it comes from: a file, the command line, a database …
    pub source: String,
    pub pending_restart: bool,
}

/// A rule of pg_hba.conf. Its options are left out: some are passwords.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Rule {
    pub line: i64,
    #[serde(rename = "type")]
    pub kind: String,
    pub database: String,
    pub user: String,
    /// Empty: any, or none.
    pub address: String,
    pub method: String,
    /// Why PostgreSQL does not take it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
}

impl Setting {
    /// Of what the primary says.
    pub fn new(name: &str, source: &str, pending: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: mask::setting(name, value),
            source: source.to_owned(),
            pending_restart: pending == "t",
        }
    }
}

fn with(titles: &[&'static str]) -> Table {
    let columns = titles.iter().copied().map(Column::new);
    Table::new(columns.collect())
}

/// The settings as a table.
pub fn settings(inside: &Inside) -> Table {
    let mut table = Table::new(vec![
        Column::new("SETTING").stays().cuts(),
        Column::new("VALUE").stays().folds(20),
        Column::new("FROM"),
        Column::new("RESTART"),
    ]);
    for one in &inside.settings {
        table.row(vec![
            one.name.as_str().into(),
            one.value.as_str().into(),
            one.source.as_str().into(),
            match one.pending_restart {
                true => Cell::new("pending").tone(Tone::Warning),
                false => "".into(),
            },
        ]);
    }
    table
}

/// The rules as a table, in their order: the first that fits decides.
pub fn rules(inside: &Inside) -> Table {
    let mut table = with(&[
        "LINE", "TYPE", "DATABASE", "USER", "ADDRESS", "METHOD", "ERROR",
    ]);
    for one in &inside.rules {
        table.row(vec![
            one.line.to_string().into(),
            one.kind.as_str().into(),
            one.database.as_str().into(),
            one.user.as_str().into(),
            one.address.as_str().into(),
            one.method.as_str().into(),
            Cell::new(one.error.as_str()).tone(Tone::Bad),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::status::inside::read;

    #[test]
    fn what_is_configured_is_told_without_passwords() {
        let inside = read(
            "setting|log_line_prefix|configuration file|f|%t [%p]: a|b\n\
             setting|shared_buffers|command line|t|128MB\n\
             setting|archive_command|configuration file|f|KEY=c4nary push %p\n\
             setting|primary_conninfo|configuration file|f|host=a password=c4nary\n\
             setting|shop.note|database|f|PGPASSWORD=c4nary x\n\
             rule|1|local|all|postgres||trust|\n\
             rule|7|hostssl|all|all|10.0.0.0/255.0.0.0|scram-sha-256|\n\
             rule|9|host|nobody|||||\n",
        );
        let text = format!("{inside:?}");
        assert!(!text.contains("c4nary"), "{text}");
        assert_eq!(inside.complaints, ["rule|9|host|nobody|||||"]);
        insta::assert_snapshot!(settings(&inside).plain(), @r"
        SETTING            VALUE                FROM                 RESTART
        log_line_prefix    %t [%p]: a|b         configuration file   -
        shared_buffers     128MB                command line         pending
        archive_command    *****                configuration file   -
        primary_conninfo   *****                configuration file   -
        shop.note          PGPASSWORD=***** x   database             -
        ");
        insta::assert_snapshot!(rules(&inside).plain(), @r"
        LINE   TYPE      DATABASE   USER       ADDRESS              METHOD          ERROR
        1      local     all        postgres   -                    trust           -
        7      hostssl   all        all        10.0.0.0/255.0.0.0   scram-sha-256   -
        ");
    }
}
