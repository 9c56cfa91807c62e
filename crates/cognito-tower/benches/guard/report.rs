//! The table with the results of the guard benchmark. It is printed, and written to the file that
//! `cargo xtask bench` reads.

use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};

/// A table of benchmark results. Each row has a name, a unit and one number for each round.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

#[derive(Debug)]
struct Row {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    bar: Option<Bar>,
}

#[derive(Debug)]
enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Report {
    pub(crate) fn add(&mut self, name: impl Into<String>, unit: &'static str, values: Vec<f64>) {
        self.0.push(Row {
            name: name.into(),
            unit,
            values,
            bar: None,
        });
    }

    /// Sets the minimum for the row that was added last. The median of the row must reach it.
    pub(crate) fn at_least(&mut self, least: f64) {
        self.bar(Bar::AtLeast(least));
    }

    /// Sets the maximum for the row that was added last. The median of the row must not exceed it.
    pub(crate) fn at_most(&mut self, most: f64) {
        self.bar(Bar::AtMost(most));
    }

    fn bar(&mut self, bar: Bar) {
        if let Some(row) = self.0.last_mut() {
            row.bar = Some(bar);
        }
    }

    pub(crate) fn print(&self) {
        for row in &self.0 {
            let Summary { median, min, max } = row.summary();
            let verdict = row.verdict().unwrap_or_default();
            let (name, unit) = (&row.name, row.unit);
            let line =
                format!("{name:48} {median:10.2} {unit:6} ({min:.2} to {max:.2})  {verdict}");
            println!("{}", line.trim_end());
        }
    }

    /// Writes the table to `{name}.json` in `folder`. Creates the folder if it is missing.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let cases: Vec<_> = self.0.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
        fs::write(folder.join(format!("{name}.json")), text)
    }
}

impl Row {
    fn summary(&self) -> Summary {
        Summary::of(self.values.clone())
    }

    fn verdict(&self) -> Option<String> {
        let median = self.summary().median;
        let (passes, due) = match self.bar.as_ref()? {
            Bar::AtLeast(least) => (median >= *least, format!("at least {least}")),
            Bar::AtMost(most) => (median <= *most, format!("at most {most}")),
        };
        let word = if passes { "PASS" } else { "FALLS SHORT" };
        Some(format!("{due}: {word}"))
    }

    fn json(&self) -> Value {
        let Summary { median, min, max } = self.summary();
        let mut case = json!({
            "name": self.name, "unit": self.unit, "median": median, "min": min, "max": max,
        });
        if let Some(verdict) = self.verdict() {
            case["bar"] = verdict.into();
        }
        case
    }
}

/// Returns, for each round, the ratio of the results of two rows.
pub(crate) fn paired(ones: &[f64], others: &[f64]) -> Vec<f64> {
    let both = ones.iter().zip(others);
    both.map(|(one, other)| one / other).collect()
}

#[derive(Clone, Copy)]
struct Summary {
    median: f64,
    min: f64,
    max: f64,
}

impl Summary {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}
