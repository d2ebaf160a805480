//! Which columns of a table have room, and how much. Pure.

use super::{Column, GAP};

const SHORTEST_NAME: usize = 8;

/// Which columns are printed, and how wide; `needed`: for what is there. Without a terminal all are.
pub fn layout(
    columns: &[Column],
    needed: &[usize],
    terminal: Option<usize>,
) -> Vec<(usize, usize)> {
    let wanted: Vec<usize> = needed
        .iter()
        .zip(columns)
        .map(|(needed, column)| (*needed).max(column.room))
        .collect();
    let Some(width) = terminal else {
        return wanted.into_iter().enumerate().collect();
    };
    let folds = |index: usize| columns.get(index).and_then(|column| column.folds);
    let least = |(index, needed): (usize, &usize)| match folds(index) {
        Some(width) => (index, width.min(*needed)),
        None => (index, *needed),
    };
    let mut kept: Vec<(usize, usize)> = needed.iter().enumerate().map(least).collect();
    let total = |kept: &[(usize, usize)]| {
        kept.iter()
            .map(|(_, width)| width + GAP)
            .sum::<usize>()
            .saturating_sub(GAP)
    };
    while total(&kept) > width {
        let Some(last) = kept
            .iter()
            .rposition(|(index, _)| columns.get(*index).is_some_and(|column| !column.stays))
        else {
            break;
        };
        kept.remove(last);
    }
    while total(&kept) > width {
        let Some(longest) = kept
            .iter_mut()
            .filter(|(index, width)| {
                let column = columns.get(*index);
                *width > SHORTEST_NAME && column.is_some_and(|it| it.cuts || it.folds.is_some())
            })
            .max_by_key(|(_, width)| *width)
        else {
            break;
        };
        longest.1 -= 1;
    }
    // No room for a sentence even so.
    if total(&kept) > width
        && let Some(last) = kept.iter().rposition(|(index, _)| folds(*index).is_some())
    {
        kept.remove(last);
    }
    // What is left goes to all that want it, one by one.
    let mut rest = width.saturating_sub(total(&kept));
    let wants =
        |(index, width): &(usize, usize)| wanted.get(*index).is_some_and(|wanted| width < wanted);
    while rest > 0 && kept.iter().any(wants) {
        for one in kept.iter_mut().filter(|one| wants(one)).take(rest) {
            one.1 += 1;
            rest -= 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::{Style, Table};
    use super::*;

    fn plain(width: usize) -> Style {
        Style {
            width: Some(width),
            color: false,
            headers: true,
        }
    }

    #[test]
    fn room_for_what_comes_takes_no_column_away() {
        let mut table = Table::new(vec![
            Column::new("NAME").stays().cuts().room(16),
            Column::new("HEALTH").stays().least(11),
            Column::new("PRIMARY").cuts().room(10),
            Column::new("AGE").room(5),
        ]);
        table.row(vec![
            "orders".into(),
            "Healthy".into(),
            "orders-0".into(),
            "3d".into(),
        ]);
        let widths = |width: usize| -> Vec<usize> {
            let layout = table.layout(plain(width));
            layout.into_iter().map(|(_, width)| width).collect()
        };
        assert_eq!(widths(80), [16, 11, 10, 5]);
        assert_eq!(widths(40), [7, 11, 9, 4]);
        assert_eq!(widths(37), [6, 11, 8, 3]);
        assert_eq!(widths(36), [9, 11, 10]);
        // What comes later is cut to what there is.
        let layout = table.layout(plain(37));
        let mut later = Table::new(table.columns.clone());
        later.row(vec![
            "warehouse".into(),
            "Unreachable".into(),
            "warehouse-0".into(),
            "3d".into(),
        ]);
        let text = later.render_in(&layout, plain(37));
        assert!(
            text.lines().all(|line| line.chars().count() <= 37),
            "{text}"
        );
    }
}
