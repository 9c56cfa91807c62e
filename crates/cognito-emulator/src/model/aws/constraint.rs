//! The constraints of a shape, and AWS's message for each.

use std::fmt;

use serde_json::Value;

use super::shape::{Kind, Shape};

/// A constraint. Its `Display` is AWS's message. A string is therefore allocated only for a
/// violated constraint.
#[derive(Clone, Copy, Debug)]
pub(super) enum Constraint<'a> {
    MaxLength(i64),
    MaxValue(i64),
    MinLength(i64),
    MinValue(i64),
    Pattern(&'a str),
    Values(&'a [String]),
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxLength(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::MaxValue(max) => {
                write!(f, "Member must have value less than or equal to {max}")
            }
            Self::MinLength(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::MinValue(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::Pattern(pattern) => write!(
                f,
                "Member must satisfy regular expression pattern: {pattern}"
            ),
            Self::Values(values) => {
                let set = values.join(", ");
                write!(f, "Member must satisfy enum value set: [{set}]")
            }
        }
    }
}

/// Returns the constraints of a simple shape. Each one is paired with `true` if the value meets it.
/// If only the constraints are needed, pass `null` as the value.
pub(super) fn constraints<'a>(shape: &'a Shape, value: &Value) -> Vec<(bool, Constraint<'a>)> {
    let mut found = Vec::new();
    match shape.kind {
        Kind::Integer | Kind::Long => {
            let number = value.as_i64().unwrap_or_default();
            let max = shape
                .max
                .map(|max| (number <= max, Constraint::MaxValue(max)));
            let min = shape
                .min
                .map(|min| (number >= min, Constraint::MinValue(min)));
            found.extend(max.into_iter().chain(min));
        }
        Kind::String => {
            let text = value.as_str().unwrap_or_default();
            if shape.min.is_some() || shape.max.is_some() {
                found.extend(lengths(shape, text.chars().count()));
            }
            if let Some(pattern) = &shape.pattern {
                found.push((pattern.matches(text), Constraint::Pattern(pattern.text())));
            }
            if !shape.values.is_empty() {
                let is_known = shape.values.iter().any(|known| known == text);
                found.push((is_known, Constraint::Values(&shape.values)));
            }
        }
        _ => {}
    }
    found
}

/// Returns the constraints on a length or a number of elements. Each one is paired with `true` if
/// it is met.
pub(super) fn lengths<'a>(shape: &Shape, length: usize) -> Vec<(bool, Constraint<'a>)> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let max = shape
        .max
        .map(|max| (length <= max, Constraint::MaxLength(max)));
    let min = shape
        .min
        .map(|min| (length >= min, Constraint::MinLength(min)));
    max.into_iter().chain(min).collect()
}
