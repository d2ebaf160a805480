//! Tables. On a terminal, sentences go on in the next line, then columns go from the right until it
//! fits, never those that must stay; then names are cut in the middle. In a pipe nothing is cut.

mod layout;

use std::borrow::Cow;

use comfy_table::{Attribute, Cell as Styled, Color, ContentArrangement, presets};

use super::{
    quantity::{age, amount},
    text::{cut, folded, shown},
};
use layout::layout;

const GAP: usize = 3;
/// In less, a sentence is cut like a name.
const SHORTEST_SENTENCE: usize = 20;

/// A column: its title, whether it must stay, whether its texts may be cut, or go on in the next line.
#[derive(Clone, Debug)]
pub struct Column {
    title: String,
    stays: bool,
    cuts: bool,
    folds: Option<usize>,
    least: usize,
    room: usize,
}

impl Column {
    /// A column that goes when there is no room.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            stays: false,
            cuts: false,
            folds: None,
            least: 0,
            room: 0,
        }
    }

    /// A column that always stays.
    pub fn stays(mut self) -> Self {
        self.stays = true;
        self
    }

    /// A column of names, which are cut when all else that may go has gone.
    pub fn cuts(mut self) -> Self {
        self.cuts = true;
        self
    }

    /// A column of sentences, which go on in the next line where there is no room; others go before
    /// it is narrower than that.
    pub fn folds(mut self, width: usize) -> Self {
        self.folds = Some(width);
        self
    }

    /// Texts that come later are as wide.
    pub fn least(mut self, width: usize) -> Self {
        self.least = width;
        self
    }

    /// Room to keep for texts that come later, where that takes no column away.
    pub fn room(mut self, width: usize) -> Self {
        self.room = width;
        self
    }
}

/// How a text is meant; a word always says the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// All is well.
    Good,
    /// Look here.
    Warning,
    /// Act here.
    Bad,
    /// Not so important.
    Faint,
}

/// The tone of a word for health or a phase.
pub fn tone(word: &str) -> Tone {
    match word {
        "Healthy" | "Running" | "Succeeded" | "True" | "Done" => Tone::Good,
        "Down" | "Failed" | "Unreachable" | "CreateFailed" | "Invalid" => Tone::Bad,
        "Degraded" | "Unknown" | "Refused" | "Expired" | "Superseded" | "Stale" => Tone::Warning,
        _ => Tone::Plain,
    }
}

/// One text of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// The text, its control characters shown; nothing prints as `-`.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        Self {
            text: if text.is_empty() {
                "-".to_owned()
            } else {
                shown(text).into_owned()
            },
            tone: Tone::Plain,
        }
    }

    /// A state: coloured by what it says.
    pub fn state(text: impl AsRef<str>) -> Self {
        let tone = tone(text.as_ref());
        Self {
            tone,
            ..Self::new(text)
        }
    }

    /// With a tone.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// How tables are printed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of the terminal; none in a pipe.
    pub width: Option<usize>,
    /// With colours.
    pub color: bool,
    /// With the line of titles.
    pub headers: bool,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// As wide as it is, without colours.
    #[cfg(test)]
    pub fn plain(&self) -> String {
        self.render(Style {
            width: None,
            color: false,
            headers: true,
        })
    }

    /// An empty one.
    pub fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The column of a title, in any case.
    pub fn column(&self, title: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.title.eq_ignore_ascii_case(title))
    }

    /// The titles of all columns, in lower case.
    pub fn titles(&self) -> String {
        let titles: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.title.to_lowercase())
            .collect();
        titles.join(", ")
    }

    /// Sorts by a column: quantities and ages by their size, the rest behind them as text. In the
    /// column of ages, `m` is minutes.
    pub fn sort_by(&mut self, column: usize) {
        let ages = self
            .columns
            .get(column)
            .is_some_and(|column| ["AGE", "BACKUP"].contains(&column.title.as_str()));
        let key = |row: &Vec<Cell>| {
            let text = row
                .get(column)
                .map(|cell| cell.text.clone())
                .unwrap_or_default();
            let amount = if ages { age(&text) } else { amount(&text) };
            // Large enough for every quantity, in steps of a thousandth.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let number = amount.map_or(u128::MAX, |amount| (amount * 1e3) as u128);
            (number, text)
        };
        self.rows.sort_by_cached_key(key);
    }

    /// The widths that all columns need for what is there.
    fn needed(&self, headers: bool) -> Vec<usize> {
        let width = |text: &str| text.chars().count();
        self.columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let title = if headers { width(&column.title) } else { 0 };
                self.rows
                    .iter()
                    .filter_map(|row| row.get(index))
                    .map(|cell| width(&cell.text))
                    .fold(title.max(column.least), usize::max)
            })
            .collect()
    }

    /// Which columns are printed, and how wide.
    pub fn layout(&self, style: Style) -> Vec<(usize, usize)> {
        layout(&self.columns, &self.needed(style.headers), style.width)
    }

    /// The table as text, in its own layout.
    pub fn render(&self, style: Style) -> String {
        self.render_in(&self.layout(style), style)
    }

    /// The table as text, in a given layout: rows that come later stand under the first.
    pub fn render_in(&self, layout: &[(usize, usize)], style: Style) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        if style.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if style.headers {
            table.add_row(layout.iter().filter_map(|(index, width)| {
                self.columns
                    .get(*index)
                    .map(|column| Styled::new(padded(column.title.as_str().into(), *width)))
            }));
        }
        for row in &self.rows {
            table.add_row(layout.iter().filter_map(|(index, width)| {
                let column = self.columns.get(*index);
                row.get(*index).map(|cell| {
                    let text = match column {
                        Some(column) if column.folds.is_some() && *width >= SHORTEST_SENTENCE => {
                            let lines = folded(&cell.text, *width);
                            let lines = lines.into_iter().map(|line| padded(line.into(), *width));
                            lines.collect::<Vec<_>>().join("\n")
                        }
                        Some(column) if column.cuts || column.folds.is_some() => {
                            padded(cut(&cell.text, *width), *width)
                        }
                        _ => padded(cell.text.as_str().into(), *width),
                    };
                    styled(text, cell.tone)
                })
            }));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, u16::try_from(GAP).unwrap_or(1)));
        }
        let mut text = String::new();
        for line in table.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn padded(text: Cow<'_, str>, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

fn styled(text: String, tone: Tone) -> Styled {
    let cell = Styled::new(text);
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Warning => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            Column::new("CONTEXT").stays().cuts(),
            Column::new("NAME").stays().cuts(),
            Column::new("HEALTH").stays(),
            Column::new("VERSION"),
            Column::new("PRIMARY"),
        ]);
        table.row(vec![
            "east".into(),
            "orders".into(),
            Cell::state("Healthy"),
            "17".into(),
            "orders-0".into(),
        ]);
        table.row(vec![
            "west".into(),
            "o\u{1b}[0m".into(),
            Cell::state("Down"),
            "".into(),
            "".into(),
        ]);
        table
    }

    fn plain(width: Option<usize>) -> Style {
        Style {
            width,
            color: false,
            headers: true,
        }
    }

    #[test]
    fn a_pipe_gets_everything() {
        insta::assert_snapshot!(table().render(plain(None)), @r"
        CONTEXT   NAME         HEALTH    VERSION   PRIMARY
        east      orders       Healthy   17        orders-0
        west      o\u{1b}[0m   Down      -         -
        ");
    }

    #[test]
    fn columns_go_from_the_right() {
        insta::assert_snapshot!(table().render(plain(Some(45))), @r"
        CONTEXT   NAME         HEALTH    VERSION
        east      orders       Healthy   17
        west      o\u{1b}[0m   Down      -
        ");
    }

    #[test]
    fn then_names_are_cut() {
        let mut table = table();
        table.row(vec![
            "arn:aws:eks:eu-central-1:1:cluster/prod".into(),
            "a-very-long-name-of-a-cluster".into(),
            Cell::state("Degraded"),
            "".into(),
            "".into(),
        ]);
        let text = table.render(plain(Some(50)));
        assert!(
            text.lines().all(|line| line.chars().count() <= 50),
            "{text}"
        );
        assert!(text.contains('…') && text.contains("Degraded"), "{text}");
    }

    #[test]
    fn sentences_go_on_in_the_next_line() {
        let columns = vec![
            Column::new("CHECK").stays(),
            Column::new("EVIDENCE").folds(20),
        ];
        let mut table = Table::new(columns);
        table.row(vec!["disk".into(), "35% used".into()]);
        let long = "the last try failed: 000000010000000000000006.partial of main-0";
        table.row(vec!["archiving".into(), long.into()]);
        insta::assert_snapshot!(table.render(plain(Some(40))), @r"
        CHECK       EVIDENCE
        disk        35% used
        archiving   the last try failed:
                    000000010000000000000006.par
                    tial of main-0
        ");
        // Where even a short sentence has no room, the column goes.
        insta::assert_snapshot!(table.render(plain(Some(20))), @r"
        CHECK
        disk
        archiving
        ");
        assert!(table.render(plain(None)).contains(long));
    }

    #[test]
    fn colours_only_when_asked() {
        assert!(!table().render(plain(None)).contains('\u{1b}'));
        let colored = table().render(Style {
            color: true,
            ..plain(None)
        });
        assert!(colored.contains("\u{1b}["), "{colored:?}");
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let mut table = Table::new(vec![Column::new("N")]);
        for text in ["10", "x", "9", "1k"] {
            table.row(vec![text.into()]);
        }
        table.sort_by(0);
        assert_eq!(
            table.render(Style {
                headers: false,
                ..plain(None)
            }),
            "9\n10\n1k\nx\n"
        );
    }
}
