//! Prints the results of this benchmark as a table, and writes them to the file that
//! `cargo xtask bench` reads.

use std::path::Path;
use std::{fs, io};

use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::rounds::Measured;

/// A limit: the time of the row `name` may be at most `at_most` times the time of the row `other`.
struct Bar {
    name: &'static str,
    other: &'static str,
    at_most: f64,
}

const BARS: &[Bar] = &[
    bar("fresh", "floor", 1.10),
    bar("fresh_1000_pools", "fresh", 1.05),
    bar("fresh_1000000_revocations", "fresh", 1.05),
    bar("cached", "floor", 1.0 / 75.0),
    bar("reject_garbage", "floor", 1.0 / 12.0),
    bar("reject_wrong_alg", "floor", 1.0 / 12.0),
    bar("reject_foreign_issuer", "floor", 1.0 / 12.0),
    bar("reject_unknown_kid", "floor", 1.0 / 12.0),
    bar("reject_expired", "fresh", 1.05),
    bar("reject_wrong_client", "fresh", 1.05),
    bar("reject_bad_signature", "fresh", 1.05),
];

const fn bar(name: &'static str, other: &'static str, at_most: f64) -> Bar {
    Bar {
        name,
        other,
        at_most,
    }
}

/// Prints the results table with one line for each measured row. Also prints the speed of two
/// threads relative to the speed of one thread.
pub(crate) fn print(rows: &[Measured], fixture: &Fixture) {
    println!(
        "\nAn access token of {} bytes, RSA with 2048 bits. Nanoseconds: medians, smallest and\n\
         largest of {} rounds; CPU time, real time where it says two threads.\n",
        fixture.token.len(),
        rounds(rows)
    );
    let [median, min, max] = ["median", "min", "max"];
    println!(
        "{:28} {median:>10} {min:>10} {max:>10} {:>9}",
        "", "x floor"
    );
    for row in rows {
        match &row.times {
            Ok(times) => {
                let Summary { median, min, max } = Summary::of(times);
                let floor = ratio(rows, &row.name, "floor").unwrap_or(f64::NAN);
                let verdict = verdict(rows, &row.name).unwrap_or_default();
                let line = format!(
                    "{:28} {median:10.1} {min:10.1} {max:10.1} {floor:9.4}  {verdict}",
                    row.name
                );
                println!("{}", line.trim_end());
            }
            Err(reason) => println!("{:28} not run: {reason}", row.name),
        }
    }
    for name in ["floor", "fresh"] {
        if let Some(gain) = ratio(rows, name, &format!("{name}_two_threads")) {
            println!("two threads do {gain:.2} times the work of one: {name}");
        }
    }
}

/// Writes the results to `verifier.json` in `folder`.
pub(crate) fn write(rows: &[Measured], fixture: &Fixture, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let cases: Vec<_> = rows.iter().map(|row| case(rows, row)).collect();
    let table = json!({
        "rounds": rounds(rows),
        "token_bytes": fixture.token.len(),
        "cases": cases,
    });
    let text = serde_json::to_string_pretty(&table)?;
    fs::write(folder.join("verifier.json"), text)
}

fn case(rows: &[Measured], row: &Measured) -> Value {
    let times = match &row.times {
        Ok(times) => times,
        Err(reason) => return json!({ "name": row.name, "not_run": reason }),
    };
    let Summary { median, min, max } = Summary::of(times);
    let mut case = json!({
        "name": row.name, "median_ns": median, "min_ns": min, "max_ns": max,
    });
    if let Some(ratio) = ratio(rows, &row.name, "floor") {
        case["x_floor"] = ratio.into();
    }
    if let Some(verdict) = verdict(rows, &row.name) {
        case["bar"] = verdict.into();
    }
    case
}

fn rounds(rows: &[Measured]) -> usize {
    let counts = rows.iter().filter_map(|row| row.times.as_ref().ok());
    counts.map(Vec::len).max().unwrap_or_default()
}

/// Returns a string that states whether the row `name` of the results is within its limit: a
/// maximum time relative to the time of another row. Returns `None` if the row has no limit, or if
/// one of the two rows was not measured.
fn verdict(rows: &[Measured], name: &str) -> Option<String> {
    let bar = BARS.iter().find(|bar| bar.name == name)?;
    let ratio = ratio(rows, name, bar.other)?;
    let word = if ratio <= bar.at_most {
        "ok"
    } else {
        "FALLS SHORT"
    };
    // If the limit is below 1, the inverse of the ratio is shown.
    let told = |ratio: f64| {
        if bar.at_most < 1.0 {
            format!("{} / {:.1}", bar.other, 1.0 / ratio)
        } else {
            format!("{ratio:.3} x {}", bar.other)
        }
    };
    Some(format!(
        "{word}: {}, bar {}",
        told(ratio),
        told(bar.at_most)
    ))
}

/// Divides the time of row `name` by the time of row `other` in each round, and returns the median
/// of these ratios. Returns `None` if one of the rows was not measured.
fn ratio(rows: &[Measured], name: &str, other: &str) -> Option<f64> {
    let times = |name| {
        let row = rows.iter().find(|row| row.name == name)?;
        row.times.as_ref().ok()
    };
    let both = times(name)?.iter().zip(times(other)?);
    let ratios: Vec<_> = both.map(|(one, other)| one / other).collect();
    Some(Summary::of(&ratios).median)
}

#[derive(Clone, Copy)]
struct Summary {
    median: f64,
    min: f64,
    max: f64,
}

impl Summary {
    fn of(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}
