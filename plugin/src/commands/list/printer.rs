//! Rows on the screen: as they come on a terminal, once some have kept us waiting; all at the end elsewhere.

use jiff::Timestamp;

use super::answer::{COLUMNS, NARROW, Row};
use crate::{
    args::{Format, List},
    commands::{once::Once, sought::Sought},
    complete::Names,
    error::{Error, Kind, Result},
    exit::Exit,
    output::table::{Cell, Column, Style, Table, Tone},
    session::Session,
    settings::{Counts, Seen},
    target::{Selection, Target},
};

/// Room for names while rows of other contexts are still to come.
const NAME_ROOM: usize = 16;

/// The same for the columns behind health.
const ROOM: [usize; NARROW] = [0, 5, 7, 10, 5];

/// The longest word for health, which those have that do not answer: they come last.
const HEALTH: usize = 12;

/// Prints rows: as they come on a terminal, once some have kept us waiting; all at the end elsewhere.
pub struct Printer<'a> {
    session: &'a Session,
    args: &'a List,
    selection: &'a Selection,
    streams: bool,
    /// Whether rows are shown as they come: those that come soon are shown together.
    begun: bool,
    held: Vec<(String, Result<Vec<Row>>)>,
    layout: Option<Vec<(usize, usize)>>,
    once: Once,
    counts: Counts,
    names: Names,
    all: Vec<(String, Vec<Row>)>,
}

impl<'a> Printer<'a> {
    /// For what was selected.
    pub fn new(session: &'a Session, selection: &'a Selection, args: &'a List) -> Result<Self> {
        let printer = Self {
            session,
            args,
            selection,
            streams: session.screen.streams()
                && session.flags.sort_by.is_none()
                && selection.contexts.len() > 1
                && session.screen.format != Format::Name,
            begun: false,
            held: Vec::new(),
            layout: None,
            once: Once::default(),
            counts: Counts::read(),
            names: Names::read(),
            all: Vec::new(),
        };
        if let Some(title) = &session.flags.sort_by {
            printer.column(&printer.table(), title)?;
        }
        Ok(printer)
    }

    fn column(&self, table: &Table, title: &str) -> Result<usize> {
        table.column(title).ok_or_else(|| {
            Error::usage(format!("there is no column {title:?} to sort by")).hint(
                "health, ready, version, primary, age, name, namespace, context; with -o wide also lag, backup, team, volume",
            )
        })
    }

    /// The namespace that is listed in a context, where counts are of all clusters in it.
    fn scope(&self, context: &str) -> Option<Option<String>> {
        let flags = &self.session.flags;
        let whole =
            self.selection.named.is_empty() && flags.selector.is_none() && flags.filter.is_none();
        let namespace = || {
            flags
                .namespace
                .clone()
                .unwrap_or_else(|| self.session.connector.default_namespace(context))
        };
        whole.then(|| (!flags.all_namespaces).then(namespace))
    }

    fn note_counts(&mut self, context: &str, rows: &[Row]) {
        let Some(scope) = self.scope(context) else {
            return;
        };
        let unwell = rows.iter().filter(|row| row.is_a_problem()).count();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let seen = Seen {
            clusters: number(rows.len()),
            unwell: number(unwell),
            at: Timestamp::now(),
        };
        let names = rows
            .iter()
            .map(|row| (row.namespace.as_str(), row.name.as_str()));
        self.names.note(context, scope.as_deref(), names, seen.at);
        self.counts.note(context, scope.as_deref(), seen);
    }

    fn table(&self) -> Table {
        let wide = self.session.screen.format == Format::Wide;
        let contexts = self
            .selection
            .contexts
            .iter()
            .map(|name| self.session.label(name).chars().count());
        Table::new(columns(
            contexts.max().unwrap_or_default(),
            self.streams,
            wide,
        ))
    }

    fn add(&self, table: &mut Table, context: &str, rows: &[Row]) {
        let wide = self.session.screen.format == Format::Wide;
        let shown = if wide { COLUMNS.len() } else { NARROW };
        for row in rows.iter().filter(|row| row.shown) {
            let health = row.health();
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
        let known = self
            .scope(context)
            .and_then(|scope| self.counts.of(context, scope.as_deref()))
            .map(|seen| format!("(had {})", seen.in_words(Timestamp::now())));
        let mut cells: Vec<Cell> = vec![
            self.session.label(context).into(),
            "".into(),
            Cell::new(known.unwrap_or_default()).tone(Tone::Faint),
        ];
        cells.push(Cell::new(word).tone(Tone::Bad));
        cells.extend((1..shown).map(|_| Cell::new("")));
        table.row(cells);
    }

    /// Rows that another context of the same Kubernetes cluster has not shown.
    fn fresh(&mut self, context: &str, rows: &[Row]) -> Vec<Row> {
        let fresh = rows
            .iter()
            .filter(|row| self.once.is_new(context, row.mark, &row.uid))
            .cloned()
            .collect();
        self.once.say(&self.session.screen);
        fresh
    }

    /// One context has answered, or not.
    pub fn seen(&mut self, context: &str, result: &Result<Vec<Row>>) {
        if !self.streams {
            return;
        }
        if self.begun {
            self.show(&[(context.to_owned(), result.clone())]);
        } else {
            self.held.push((context.to_owned(), result.clone()));
        }
    }

    /// From now on rows are shown as they come: somebody waits for them.
    pub fn begin(&mut self) {
        self.begun = true;
        let held = std::mem::take(&mut self.held);
        self.show(&held);
    }

    fn show(&mut self, answers: &[(String, Result<Vec<Row>>)]) {
        let mut table = self.table();
        for (context, result) in answers {
            match result {
                Ok(rows) => {
                    let fresh = self.fresh(context, rows);
                    self.add(&mut table, context, &fresh);
                }
                Err(error) => self.add_dead(&mut table, context, error),
            }
        }
        if table.is_empty() {
            return;
        }
        let style = self.session.screen.style();
        let headers = style.headers && self.layout.is_none();
        let layout = self.layout.take().unwrap_or_else(|| table.layout(style));
        self.session
            .screen
            .exact(&table.render_in(&layout, Style { headers, ..style }));
        self.layout = Some(layout);
    }

    /// All have.
    pub fn end(mut self, results: &[(String, Result<Vec<Row>>)]) -> Result<Exit> {
        let session = self.session;
        let screen = &session.screen;
        let mut errors = Vec::new();
        // All of them came soon: their columns need no room for others.
        self.streams &= self.begun;
        let mut table = self.table();
        for (context, result) in results {
            match result {
                Ok(rows) if self.streams => {
                    self.note_counts(context, rows);
                    self.all.push((context.clone(), rows.clone()));
                }
                Ok(rows) => {
                    self.note_counts(context, rows);
                    let fresh = self.fresh(context, rows);
                    self.add(&mut table, context, &fresh);
                    self.all.push((context.clone(), fresh));
                }
                Err(error) => {
                    if !self.streams {
                        self.add_dead(&mut table, context, error);
                    }
                    errors.push(error.clone());
                }
            }
        }
        self.counts.keep();
        self.names.keep();
        if screen.format == Format::Name {
            self.names();
        } else if !self.streams && !table.is_empty() {
            screen.table(table)?;
        }
        let none = self
            .all
            .iter()
            .flat_map(|(_, rows)| rows)
            .all(|row| !row.shown);
        if none && errors.is_empty() && (self.selection.named.is_empty() || self.args.problems) {
            screen.note(if self.args.problems {
                "No problems found."
            } else {
                "No Postgres clusters found."
            });
        }
        for error in &errors {
            screen.error(error);
        }
        if !self.missing(results) {
            return Ok(Exit::Failed);
        }
        Ok(Exit::of_read(
            self.all.len(),
            errors.len(),
            self.session.flags.allow_unreachable,
        ))
    }

    fn names(&self) {
        for (context, rows) in &self.all {
            for row in rows.iter().filter(|row| row.shown) {
                let target = Target {
                    namespace: Some(row.namespace.clone()),
                    name: row.name.clone(),
                    context: Some(context.clone()),
                };
                self.session.screen.data(&format!("{target}\n"));
            }
        }
    }

    /// A name found nowhere is an error; found somewhere, one line says where it is not. Whether
    /// all are somewhere.
    fn missing(&self, results: &[(String, Result<Vec<Row>>)]) -> bool {
        let mut sought = Sought::default();
        for (context, result) in results {
            let Ok(rows) = result else { continue };
            let own = self.session.connector.default_namespace(context);
            for one in self.selection.named_in(context) {
                let namespace = one.namespace.as_ref().unwrap_or(&own);
                let is = |row: &Row| row.name == one.name && row.namespace == *namespace;
                sought.looked(one, rows.iter().any(is));
            }
        }
        let screen = &self.session.screen;
        let nowhere = sought.nowhere();
        for error in &nowhere {
            screen.error(error);
        }
        sought.say(screen);
        nowhere.is_empty()
    }
}

/// The columns, where the longest context is so wide; `streams`: rows are still to come.
fn columns(context: usize, streams: bool, wide: bool) -> Vec<Column> {
    let later = |width: usize| if streams { width } else { 0 };
    let mut columns = vec![
        Column::new("CONTEXT").stays().cuts().least(context),
        Column::new("NAMESPACE").cuts(),
        Column::new("NAME").stays().cuts().room(later(NAME_ROOM)),
    ];
    for (index, title) in COLUMNS.iter().enumerate() {
        let room = ROOM.get(index).copied().unwrap_or_default();
        let column = Column::new(&title.to_uppercase()).room(later(room));
        match *title {
            "Health" => columns.push(column.stays().least(later(HEALTH))),
            // A longer one that comes later is cut, as its name is.
            "Primary" => columns.push(column.cuts()),
            _ if index < NARROW || wide => columns.push(column),
            _ => {}
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is slow takes no column away from the others.
    #[test]
    fn rows_that_are_still_to_come_take_no_column_away() {
        let style = Style {
            width: Some(80),
            color: false,
            headers: true,
        };
        let cells = [
            "east", "team", "orders", "Healthy", "3/3", "17", "orders-0", "21d",
        ];
        for streams in [false, true] {
            let mut table = Table::new(columns(7, streams, false));
            table.row(cells.iter().map(Cell::new).collect());
            let layout = table.layout(style);
            assert_eq!(layout.len(), cells.len(), "{layout:?}");
        }
    }
}
