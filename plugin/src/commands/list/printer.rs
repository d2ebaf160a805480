//! Rows on the screen: as they come on a terminal, all at the end elsewhere.

use std::collections::BTreeSet;

use super::answer::{COLUMNS, NARROW, Row};
use crate::{
    args::{Format, List},
    error::{Error, Kind, Result},
    exit::Exit,
    output::table::{Cell, Column, Style, Table, Tone},
    session::Session,
    target::{Selection, Target},
};

/// Room for names while rows of other contexts are still to come.
const NAME_ROOM: usize = 16;

/// The same for the columns behind the name.
const ROOM: [usize; NARROW] = [12, 5, 7, 10, 5];

/// Prints rows: as they come on a terminal, all at the end elsewhere.
pub struct Printer<'a> {
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
    /// For what was selected.
    pub fn new(session: &'a Session, selection: &'a Selection, args: &'a List) -> Self {
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
            let room = if self.streams {
                ROOM.get(index).copied().unwrap_or_default()
            } else {
                0
            };
            let column = Column::new(&title.to_uppercase()).room(room);
            match index {
                0 => columns.push(column.stays()),
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

    /// One context has answered, or not.
    pub fn seen(&mut self, context: &str, result: &Result<Vec<Row>>) {
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

    /// All have.
    pub fn end(mut self, results: &[(String, Result<Vec<Row>>)]) -> Result<Exit> {
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
