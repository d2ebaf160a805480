//! `list`: one server-side Table per context, rows as they come. A context that does not answer
//! keeps its row.

use std::{cell::RefCell, collections::BTreeSet};

use kube::api::{DynamicObject, ListParams};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    args::{Format, List},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Cell, Column, Style, Table, Tone},
    },
    session::Session,
    target::{Selection, Target},
};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PAGE: u32 = 1000;
/// Room for names while rows of other contexts are still to come.
const NAME_ROOM: usize = 16;

/// The columns behind CONTEXT, NAMESPACE and NAME; those of `wide` at the end.
const COLUMNS: [&str; 9] = [
    "Health", "Ready", "Version", "Primary", "Age", "Lag", "Backup", "Team", "Volume",
];
const NARROW: usize = 5;

/// The part of a server-side Table that is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    metadata: Meta,
    #[serde(default)]
    column_definitions: Vec<Definition>,
    #[serde(default)]
    rows: Vec<AnswerRow>,
}

#[derive(Debug, Default, Deserialize)]
struct Meta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Definition {
    name: String,
}

#[derive(Debug, Deserialize)]
struct AnswerRow {
    cells: Vec<Value>,
    object: DynamicObject,
}

/// One Postgres cluster as a row.
#[derive(Clone, Debug)]
pub struct Row {
    namespace: String,
    name: String,
    uid: String,
    cells: Vec<String>,
}

/// Lists Postgres clusters.
pub async fn run(session: &Session, args: List) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    if session.screen.format.is_document() {
        return documents(session, &selection).await;
    }
    let printer = RefCell::new(Printer::new(session, &selection, &args));
    let results = session
        .read_each(
            &selection.contexts,
            |context| {
                let selection = &selection;
                async move { rows(session, &context, selection).await }
            },
            |context, result| printer.borrow_mut().seen(context, result),
        )
        .await?;
    let printer = printer.into_inner();
    printer.end(&results)
}

/// The rows of one context, page by page.
async fn rows(session: &Session, context: &Context, selection: &Selection) -> Result<Vec<Row>> {
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

impl Answer {
    fn into_rows(self) -> impl Iterator<Item = Row> {
        let places: Vec<Option<usize>> = COLUMNS
            .iter()
            .map(|column| {
                self.column_definitions
                    .iter()
                    .position(|definition| definition.name.eq_ignore_ascii_case(column))
            })
            .collect();
        self.rows.into_iter().map(move |row| Row {
            namespace: row.object.metadata.namespace.clone().unwrap_or_default(),
            name: row.object.metadata.name.clone().unwrap_or_default(),
            uid: row.object.metadata.uid.clone().unwrap_or_default(),
            cells: places
                .iter()
                .map(|place| text(place.and_then(|place| row.cells.get(place))))
                .collect(),
        })
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Prints rows: as they come on a terminal, all at the end elsewhere.
struct Printer<'a> {
    session: &'a Session,
    args: &'a List,
    selection: &'a Selection,
    streams: bool,
    layout: Option<Vec<(usize, usize)>>,
    seen: BTreeSet<String>,
    all: Vec<(String, Vec<Row>)>,
    dead: Vec<String>,
}

impl<'a> Printer<'a> {
    fn new(session: &'a Session, selection: &'a Selection, args: &'a List) -> Self {
        Self {
            session,
            args,
            selection,
            streams: session.screen.live
                && args.sort_by.is_none()
                && selection.contexts.len() > 1
                && session.screen.format != Format::Name,
            layout: None,
            seen: BTreeSet::new(),
            all: Vec::new(),
            dead: Vec::new(),
        }
    }

    fn table(&self) -> Table {
        let wide = self.session.screen.format == Format::Wide;
        let contexts = self
            .selection
            .contexts
            .iter()
            .map(|name| self.session.label(name).chars().count());
        let name_room = if self.streams { NAME_ROOM } else { 0 };
        let mut columns = vec![
            Column::new("CONTEXT")
                .stays()
                .cuts()
                .room(contexts.max().unwrap_or_default()),
            Column::new("NAMESPACE")
                .cuts()
                .room(if self.streams { 9 } else { 0 }),
            Column::new("NAME").stays().cuts().room(name_room),
        ];
        for (index, title) in COLUMNS.iter().enumerate() {
            let column = Column::new(&title.to_uppercase());
            match index {
                0 => columns.push(column.stays().room(if self.streams { 11 } else { 0 })),
                _ if index < NARROW || wide => columns.push(column),
                _ => {}
            }
        }
        Table::new(columns)
    }

    fn add(&self, table: &mut Table, context: &str, rows: &[Row]) {
        let wide = self.session.screen.format == Format::Wide;
        let shown = if wide { COLUMNS.len() } else { NARROW };
        for row in rows {
            let health = row.cells.first().map(String::as_str).unwrap_or_default();
            if self.args.problems && health == "Healthy" {
                continue;
            }
            let mut cells: Vec<Cell> = vec![
                self.session.label(context).into(),
                row.namespace.as_str().into(),
                row.name.as_str().into(),
            ];
            cells.push(Cell::state(health));
            cells.extend(row.cells.iter().take(shown).skip(1).map(Cell::new));
            table.row(cells);
        }
    }

    fn add_dead(&self, table: &mut Table, context: &str, error: &Error) {
        let wide = self.session.screen.format == Format::Wide;
        let shown = if wide { COLUMNS.len() } else { NARROW };
        let word = match error.kind {
            Kind::NotInstalled => "NotInstalled",
            Kind::Forbidden => "Forbidden",
            Kind::Unauthorized => "Unauthorized",
            _ => "Unreachable",
        };
        let mut cells: Vec<Cell> = vec![self.session.label(context).into(), "".into(), "".into()];
        cells.push(Cell::new(word).tone(Tone::Bad));
        cells.extend((1..shown).map(|_| Cell::new("")));
        table.row(cells);
    }

    /// Rows that another context of the same Kubernetes cluster has not shown.
    fn fresh(&mut self, rows: &[Row]) -> Vec<Row> {
        rows.iter()
            .filter(|row| row.uid.is_empty() || self.seen.insert(row.uid.clone()))
            .cloned()
            .collect()
    }

    fn seen(&mut self, context: &str, result: &Result<Vec<Row>>) {
        if !self.streams {
            return;
        }
        let mut table = self.table();
        match result {
            Ok(rows) => {
                let fresh = self.fresh(rows);
                self.add(&mut table, context, &fresh);
            }
            Err(error) => self.add_dead(&mut table, context, error),
        }
        if table.is_empty() {
            return;
        }
        let style = self.session.screen.style();
        let headers = style.headers && self.layout.is_none();
        let layout = self.layout.take().unwrap_or_else(|| table.layout(style));
        self.session
            .screen
            .data(&table.render_in(&layout, Style { headers, ..style }));
        self.layout = Some(layout);
    }

    fn end(mut self, results: &[(String, Result<Vec<Row>>)]) -> Result<Exit> {
        let screen = &self.session.screen;
        let mut errors = Vec::new();
        let mut table = self.table();
        for (context, result) in results {
            match result {
                Ok(rows) if self.streams => self.all.push((context.clone(), rows.clone())),
                Ok(rows) => {
                    let fresh = self.fresh(rows);
                    self.add(&mut table, context, &fresh);
                    self.all.push((context.clone(), fresh));
                }
                Err(error) => {
                    if !self.streams {
                        self.add_dead(&mut table, context, error);
                    }
                    errors.push(error.clone());
                    self.dead.push(context.clone());
                }
            }
        }
        if let Some(title) = &self.args.sort_by {
            let column = table
                .column(title)
                .ok_or_else(|| Error::usage(format!("there is no column {title:?} to sort by")))?;
            table.sort_by(column);
        }
        if screen.format == Format::Name {
            self.names();
        } else if !self.streams && !table.is_empty() {
            screen.table(&table);
        }
        if self.all.iter().all(|(_, rows)| rows.is_empty())
            && errors.is_empty()
            && self.selection.named.is_empty()
        {
            screen.note("No Postgres clusters found.");
        }
        for error in &errors {
            screen.error(error);
        }
        self.missing()?;
        Ok(Exit::of_read(
            self.all.len(),
            errors.len(),
            self.session.flags.allow_unreachable,
        ))
    }

    fn names(&self) {
        for (context, rows) in &self.all {
            for row in rows {
                let target = Target {
                    namespace: Some(row.namespace.clone()),
                    name: row.name.clone(),
                    context: Some(context.clone()),
                };
                self.session.screen.data(&format!("{target}\n"));
            }
        }
    }

    /// A name found nowhere is an error; found somewhere, one line says where it is not.
    fn missing(&self) -> Result<()> {
        let found = |context: &str, name: &str| {
            self.all
                .iter()
                .any(|(one, rows)| one == context && rows.iter().any(|row| row.name == name))
        };
        let names: BTreeSet<&str> = self
            .selection
            .named
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        for name in names {
            let (there, absent): (Vec<_>, Vec<_>) = self
                .selection
                .named
                .iter()
                .filter(|one| one.name == name && !self.dead.contains(&one.context))
                .partition(|one| found(&one.context, name));
            if there.is_empty() && !absent.is_empty() {
                return Err(Error::new(
                    Kind::NotFound,
                    format!("there is no Postgres cluster {name}"),
                ));
            }
            if !absent.is_empty() {
                self.session
                    .screen
                    .note(&format!("{name}: not in {} contexts", absent.len()));
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Item {
    context: String,
    cluster: DynamicObject,
}

/// `-o json|yaml`: whole objects.
async fn documents(session: &Session, selection: &Selection) -> Result<Exit> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move { objects(session, &context, selection).await },
            |_, _| (),
        )
        .await?;
    let mut items = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    let answered = results.iter().filter(|(_, result)| result.is_ok()).count();
    for (context, result) in results {
        match result {
            Ok(objects) => items.extend(
                objects
                    .into_iter()
                    .filter(|cluster| {
                        cluster
                            .metadata
                            .uid
                            .as_ref()
                            .is_none_or(|uid| seen.insert(uid.clone()))
                    })
                    .map(|cluster| Item {
                        context: context.clone(),
                        cluster,
                    }),
            ),
            Err(error) => errors.push(error),
        }
    }
    let mut exit = Exit::of_read(answered, errors.len(), session.flags.allow_unreachable);
    if !selection.named.is_empty() && items.is_empty() && errors.is_empty() {
        errors.push(Error::new(
            Kind::NotFound,
            "there is no such Postgres cluster",
        ));
        exit = Exit::Failed;
    }
    for error in &errors {
        session.screen.error(error);
    }
    let document = Document::new("ClusterList", items, errors);
    session
        .screen
        .data(&document.render(session.screen.format)?);
    Ok(exit)
}

/// The whole objects of one context.
async fn objects(
    session: &Session,
    context: &Context,
    selection: &Selection,
) -> Result<Vec<DynamicObject>> {
    let named: Vec<_> = selection.named_in(&context.name).collect();
    let mut objects = Vec::new();
    for namespace in namespaces(session, context, selection) {
        let api = match &namespace {
            Some(namespace) => context.clusters(namespace),
            None => context.all_clusters(),
        };
        let mut list = ListParams::default().limit(PAGE);
        list.label_selector = session.flags.selector.clone();
        loop {
            let page = context
                .ask(api.list(&list))
                .await
                .map_err(|error| without_resource(error, context))?;
            objects.extend(page.items.into_iter().map(|mut object| {
                object.metadata.managed_fields = None;
                object
            }));
            list.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if list.continue_token.is_none() {
                break;
            }
        }
    }
    if !named.is_empty() {
        objects.retain(|object| {
            named.iter().any(|one| {
                Some(&one.name) == object.metadata.name.as_ref()
                    && Some(one.namespace.as_ref().unwrap_or(&context.namespace))
                        == object.metadata.namespace.as_ref()
            })
        });
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_of_others_print_nothing() {
        let answer: Answer = serde_json::from_value(json!({
            "columnDefinitions": [{"name": "Name"}, {"name": "Team"}, {"name": "Version"}, {"name": "Pods"}, {"name": "Age"}],
            "rows": [{
                "cells": ["main", "acid", "17", 2, "5m"],
                "object": {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                           "metadata": {"name": "main", "namespace": "pg", "uid": "u1"}}
            }]
        }))
        .expect("a table");
        let rows: Vec<Row> = answer.into_rows().collect();
        assert_eq!(rows[0].cells, ["", "", "17", "", "5m", "", "", "acid", ""]);
        assert_eq!(
            (rows[0].name.as_str(), rows[0].uid.as_str()),
            ("main", "u1")
        );
    }
}
