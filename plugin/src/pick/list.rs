//! The list itself: lines that fit the terminal, one of which is chosen by typing a part of it.

use dialoguer::{FuzzySelect, console::Term};

use crate::{
    error::{Error, Kind, Result},
    output::{
        prompt,
        table::{Style, Table},
    },
};

/// So many lines of a list are shown at once.
const SHOWN: usize = 12;
/// What stands before each line.
const MARK: usize = 2;

/// Has a row picked.
pub async fn choose(question: &'static str, rows: &Table) -> Result<usize> {
    choose_from(question, rows, 0).await
}

/// The same, beginning at one of them. A line that wraps would leave its rest on the screen, so all
/// are cut to fit.
pub async fn choose_from(question: &'static str, rows: &Table, first: usize) -> Result<usize> {
    let width = Term::stderr()
        .size_checked()
        .map(|(_, columns)| usize::from(columns));
    let lines = lines(rows, width);
    let chosen = prompt::blocking(move || {
        prompt::forget_typed();
        FuzzySelect::new()
            .with_prompt(question)
            .items(&lines)
            .default(first)
            .max_length(SHOWN)
            .interact_opt()
    })
    .await?;
    chosen.ok_or_else(|| Error::new(Kind::Declined, "nothing was picked; nothing was changed"))
}

/// Rows as lines on a terminal so wide.
pub fn lines(rows: &Table, width: Option<usize>) -> Vec<String> {
    let style = Style {
        width: width.map(|width| width.saturating_sub(MARK + 1)),
        color: false,
        headers: false,
    };
    rows.render(style).lines().map(str::to_owned).collect()
}
