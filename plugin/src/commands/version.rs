//! `version`: of this program at once, of the controllers when asked.

use serde::Serialize;

use crate::{
    args::Common,
    connect::Context,
    error::{Error, Result},
    exit::Exit,
    output::{
        Screen,
        document::{API_VERSION, Document},
        table::{Cell, Column, Table},
    },
    preflight,
    session::Session,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Here {
    api_version: &'static str,
    kind: &'static str,
    version: &'static str,
}

/// Prints the version of this program; needs nothing else.
pub fn local(flags: &Common) -> Exit {
    let screen = Screen::new(flags);
    let here = Here {
        api_version: API_VERSION,
        kind: "Version",
        version: VERSION,
    };
    if !screen.format.is_document() {
        screen.data(&format!("kubectl-pg {VERSION}\n"));
    } else if let Err(error) = screen.document(&here) {
        screen.error(&error);
        return Exit::Failed;
    }
    Exit::Done
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct There {
    context: String,
    kubernetes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capabilities: Vec<String>,
}

/// Prints the versions of Kubernetes and of the controllers as well.
pub async fn servers(session: &Session) -> Result<Exit> {
    let selection = session.select(&[])?;
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move { ask(&context).await },
            |_, _| (),
        )
        .await?;
    let mut items = Vec::new();
    let mut errors: Vec<Error> = Vec::new();
    for (_, result) in results {
        match result {
            Ok(there) => items.push(there),
            Err(error) => errors.push(error),
        }
    }
    let exit = Exit::of_read(items.len(), errors.len(), session.flags.allow_unreachable);
    let screen = &session.screen;
    for error in &errors {
        screen.error(error);
    }
    if screen.format.is_document() {
        let document = Document::new("VersionList", items, errors);
        screen.document(&document)?;
        return Ok(exit);
    }
    let columns =
        ["CONTEXT", "KUBERNETES", "CONTROLLER"].map(|title| Column::new(title).stays().cuts());
    let mut table = Table::new(columns.to_vec());
    for there in items {
        table.row(vec![
            session.label(&there.context).into(),
            there.kubernetes.into(),
            Cell::new(
                there
                    .controller
                    .unwrap_or_else(|| "not installed".to_owned()),
            ),
        ]);
    }
    screen.data(&format!("kubectl-pg {VERSION}\n"));
    screen.table(table)?;
    Ok(exit)
}

async fn ask(context: &Context) -> Result<There> {
    let kubernetes = context
        .ask(context.client.apiserver_version())
        .await?
        .git_version;
    let report = preflight::report(context).await?.map(|dated| dated.body);
    Ok(There {
        context: context.name.clone(),
        kubernetes,
        controller: report
            .as_ref()
            .map(|report| report.controller_version.clone()),
        capabilities: report.map(|report| report.capabilities).unwrap_or_default(),
    })
}
