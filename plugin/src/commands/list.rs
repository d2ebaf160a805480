//! `list`: one server-side Table per context, rows as they come. A context that does not answer
//! keeps its row.

mod answer;
mod documents;
mod printer;

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use kube::api::ListParams;

use crate::{
    args::List,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    session::Session,
    target::Selection,
};
use answer::{Answer, Row};
use printer::Printer;

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PAGE: u32 = 1000;
/// Whoever answers within this is shown in one table, as wide as its texts.
const SOON: Duration = Duration::from_millis(250);

/// Lists Postgres clusters.
pub async fn run(session: &Session, args: &List) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    if session.screen.format.is_document() {
        return documents::run(session, &selection, args).await;
    }
    let printer = RefCell::new(Printer::new(session, &selection, args)?);
    let reading = session.read_each(
        &selection.contexts,
        |context| {
            let selection = &selection;
            async move { rows(session, &context, selection, args.problems).await }
        },
        |context, result| printer.borrow_mut().seen(context, result),
    );
    let beginning = async {
        tokio::time::sleep(SOON).await;
        printer.borrow_mut().begin();
        std::future::pending().await
    };
    let results = tokio::select! {
        results = reading => results?,
        () = beginning => Vec::new(),
    };
    let printer = printer.into_inner();
    printer.end(&results)
}

/// The rows of one context, page by page.
async fn rows(
    session: &Session,
    context: &Context,
    selection: &Selection,
    problems: bool,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for namespace in namespaces(session, context, selection) {
        let path = match &namespace {
            Some(namespace) => {
                format!("/apis/acid.zalan.do/v1/namespaces/{namespace}/postgresqls")
            }
            None => "/apis/acid.zalan.do/v1/postgresqls".to_owned(),
        };
        let mut next: Option<String> = None;
        loop {
            let list = ListParams {
                limit: Some(PAGE),
                continue_token: next,
                label_selector: session.flags.selector.clone(),
                ..ListParams::default()
            };
            let answer: Answer = context
                .get(&path, &list, "&includeObject=Metadata", Some(TABLE))
                .await
                .map_err(|error| without_resource(error, context))?
                .body;
            next = answer
                .metadata
                .next
                .clone()
                .filter(|token| !token.is_empty());
            rows.extend(answer.into_rows());
            if next.is_none() {
                break;
            }
        }
    }
    let named: Vec<_> = selection.named_in(&context.name).collect();
    if !named.is_empty() {
        rows.retain(|row| {
            named.iter().any(|one| {
                one.name == row.name
                    && *one.namespace.as_ref().unwrap_or(&context.namespace) == row.namespace
            })
        });
    }
    // A snapshot that was restored has the uids of its original.
    let mark = context.mark();
    for row in &mut rows {
        row.mark = mark;
        row.shown = session.chooses(|field| row.field(field)) && (!problems || row.is_a_problem());
    }
    rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Ok(rows)
}

/// Where to look in one context; none is everywhere.
fn namespaces(session: &Session, context: &Context, selection: &Selection) -> Vec<Option<String>> {
    if session.flags.all_namespaces {
        return vec![None];
    }
    let own = |namespace: &Option<String>| {
        Some(
            namespace
                .clone()
                .unwrap_or_else(|| context.namespace.clone()),
        )
    };
    let named: BTreeSet<Option<String>> = selection
        .named_in(&context.name)
        .map(|one| own(&one.namespace))
        .collect();
    if named.is_empty() {
        return vec![own(&session.flags.namespace)];
    }
    named.into_iter().collect()
}

/// A 404 on a list says that the resource itself is missing.
pub fn without_resource(error: Error, context: &Context) -> Error {
    if error.kind != Kind::NotFound {
        return error;
    }
    Error::new(
        Kind::NotInstalled,
        "the resource postgresqls.acid.zalan.do is not installed here",
    )
    .context(&context.name)
    .hint(format!("kubectl pg install --context {}", context.name))
}
