//! The constraints of a shape in the service model, and AWS's messages for violations.

use std::fmt;

use serde_json::Value;

use super::shape::{Kind, Shape};

/// A constraint of a shape in the service model. `Display` shows AWS's message for a violation. The
/// message is created only when it is displayed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Constraint<'a> {
    Max(Measure, i64),
    Min(Measure, i64),
    Pattern(&'a str),
    Values(&'a [&'static str]),
}

/// The quantity that a bound limits: the length of a value, or the value of a number. `Display`
/// shows the word that AWS's messages use for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measure {
    Length,
    Value,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "length",
            Self::Value => "value",
        })
    }
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member must ")?;
        match self {
            Self::Max(measure, max) => write!(f, "have {measure} less than or equal to {max}"),
            Self::Min(measure, min) => write!(f, "have {measure} greater than or equal to {min}"),
            Self::Pattern(pattern) => write!(f, "satisfy regular expression pattern: {pattern}"),
            Self::Values(values) => {
                let set = values.join(", ");
                write!(f, "satisfy enum value set: [{set}]")
            }
        }
    }
}

/// Returns the constraints of a shape. For each constraint, also returns whether the value meets
/// it. Returns no constraints for a list, a map or a structure.
///
/// A caller that needs only the constraints can pass `null` as the value.
pub(super) fn constraints<'a>(shape: &'a Shape, value: &Value) -> Vec<(bool, Constraint<'a>)> {
    match shape.kind {
        Kind::Integer | Kind::Long => {
            bounds(shape, Measure::Value, value.as_i64().unwrap_or_default())
        }
        Kind::String => {
            let text = value.as_str().unwrap_or_default();
            let mut found = lengths(shape, text.chars().count());
            if let Some(pattern) = &shape.pattern {
                found.push((pattern.matches(text), Constraint::Pattern(pattern.text())));
            }
            if !shape.values.is_empty() {
                let is_known = shape.values.contains(&text);
                found.push((is_known, Constraint::Values(&shape.values)));
            }
            found
        }
        _ => Vec::new(),
    }
}

/// Returns the bounds that a shape sets on a length. The length is the number of characters in a
/// string, or of elements in a list or map. For each bound, also returns whether `length` meets it.
pub(super) fn lengths<'a>(shape: &Shape, length: usize) -> Vec<(bool, Constraint<'a>)> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    bounds(shape, Measure::Length, length)
}

fn bounds<'a>(shape: &Shape, measure: Measure, number: i64) -> Vec<(bool, Constraint<'a>)> {
    let max = shape.max;
    let max = max.map(|max| (number <= max, Constraint::Max(measure, max)));
    let min = shape.min;
    let min = min.map(|min| (number >= min, Constraint::Min(measure, min)));
    max.into_iter().chain(min).collect()
}
