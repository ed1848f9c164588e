//! Tables.

use std::io;

use super::pen::{Line, Pen};

/// Columns of a table.
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    /// May be cut where the table is too wide; the number is the least width kept.
    least: Option<usize>,
}

impl Column {
    pub(crate) const fn left(title: &'static str) -> Self {
        Self {
            title,
            right: false,
            least: None,
        }
    }
    pub(crate) const fn right(title: &'static str) -> Self {
        Self {
            title,
            right: true,
            least: None,
        }
    }
    pub(crate) const fn flexible(title: &'static str, least: usize) -> Self {
        Self {
            title,
            right: false,
            least: Some(least),
        }
    }
}

/// Writes rows under their titles, indented by two; columns that are empty in every row are left out.
pub(crate) fn write(columns: &[Column], rows: &[Vec<Line>], pen: &mut Pen<'_>) -> io::Result<()> {
    const GAP: usize = 2;
    let natural = |i: usize| {
        let widest = rows
            .iter()
            .filter_map(|r| r.get(i))
            .map(Line::width)
            .max()
            .unwrap_or(0);
        if widest == 0 {
            0
        } else {
            widest.max(columns.get(i).map_or(0, |c| c.title.len()))
        }
    };
    let mut widths: Vec<usize> = (0..columns.len()).map(natural).collect();
    shrink(columns, &mut widths, pen.width().saturating_sub(GAP), GAP);

    let titles = columns.iter().map(|c| Line::new().dim(c.title)).collect();
    for row in std::iter::once(&titles).chain(rows) {
        let mut line = Line::new();
        for ((column, width), cell) in columns.iter().zip(&widths).zip(row) {
            if *width == 0 {
                continue;
            }
            let cell = cell.clone().cut(*width);
            let pad = " ".repeat(width - cell.width());
            line = line.plain(" ".repeat(GAP));
            line = if column.right {
                line.plain(pad).join(cell)
            } else {
                line.join(cell).plain(pad)
            };
        }
        pen.line(line)?;
    }
    Ok(())
}

/// Takes from the widest flexible column until the table fits or nothing is left to take.
fn shrink(columns: &[Column], widths: &mut [usize], room: usize, gap: usize) {
    loop {
        let shown = widths.iter().filter(|w| **w > 0).count();
        let total = widths.iter().sum::<usize>() + gap * shown.saturating_sub(1);
        let widest = columns
            .iter()
            .zip(widths.iter_mut())
            .filter(|(c, w)| c.least.is_some_and(|least| **w > least))
            .max_by_key(|(_, w)| **w);
        match widest {
            Some((_, width)) if total > room => *width -= 1,
            _ => return,
        }
    }
}
