//! Prints the results, and writes them to the file that `cargo xtask bench` reads.

use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};

/// All rows of the report, in the order in which they are printed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    cases: Vec<Case>,
}

/// A row of the report: a measured property, with the sorted values of all rounds. `bar` shows the
/// required value, and whether the median reaches it. `bar` is `None` if no value is required.
#[derive(Debug)]
struct Case {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    bar: Option<String>,
}

impl Report {
    pub(crate) fn add(&mut self, name: impl Into<String>, unit: &'static str, values: Vec<f64>) {
        self.cases.push(Case::new(name, unit, values));
    }

    /// Adds a row with the ratio of two measurements. The row passes if the median is at least
    /// `bar`.
    pub(crate) fn at_least(&mut self, name: &str, values: Vec<f64>, bar: f64) {
        let mut case = Case::new(name, "x", values);
        case.bar = Some(bar_text("at least", bar, case.median() >= bar));
        self.cases.push(case);
    }

    /// Adds a row with a required maximum. The row passes if the median is at most `bar`.
    pub(crate) fn at_most(&mut self, name: &str, unit: &'static str, values: Vec<f64>, bar: f64) {
        let mut case = Case::new(name, unit, values);
        case.bar = Some(bar_text("at most", bar, case.median() <= bar));
        self.cases.push(case);
    }

    pub(crate) fn print(&self) {
        for case in &self.cases {
            let Case {
                name, unit, bar, ..
            } = case;
            let (median, min, max) = (case.median(), case.min(), case.max());
            let bar = bar.as_deref().unwrap_or_default();
            println!("{name:40} {median:10.2} {unit:4} ({min:.2} to {max:.2}) {bar}");
        }
    }

    /// Writes the report to `<name>.json` in a folder. Creates the folder if it is missing.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let cases: Vec<_> = self.cases.iter().map(Case::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
        fs::write(folder.join(format!("{name}.json")), text)
    }
}

/// Returns one ratio for each round: the value of `ours` divided by the value of `other`.
pub(crate) fn paired(ours: &[f64], other: &[f64]) -> Vec<f64> {
    ours.iter().zip(other).map(|(one, two)| one / two).collect()
}

fn bar_text(relation: &str, bar: f64, reached: bool) -> String {
    let said = if reached { "PASS" } else { "FALLS SHORT" };
    format!("{relation} {bar:.2}: {said}")
}

impl Case {
    fn new(name: impl Into<String>, unit: &'static str, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            name: name.into(),
            unit,
            values,
            bar: None,
        }
    }

    fn median(&self) -> f64 {
        self.at(self.values.len() / 2)
    }

    fn min(&self) -> f64 {
        self.at(0)
    }

    fn max(&self) -> f64 {
        self.at(self.values.len().saturating_sub(1))
    }

    fn at(&self, place: usize) -> f64 {
        self.values.get(place).copied().unwrap_or(f64::NAN)
    }

    fn json(&self) -> Value {
        let mut case = json!({
            "name": self.name,
            "unit": self.unit,
            "median": self.median(),
            "min": self.min(),
            "max": self.max(),
        });
        if let Some(bar) = &self.bar {
            case["bar"] = Value::from(bar.as_str());
        }
        case
    }
}
