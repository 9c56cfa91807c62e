//! The many ways in which a value can be written in JSON (RFC 8259).

use std::fmt::Write;

use serde_json::{Map, Value};

/// From here on a number keeps its plain spelling, because `serde_json` does not read each digit of
/// others.
const MAX_RESPELLED: u64 = 1 << 43;

/// Chooses a number below the given one. If it always chooses 0, the result is the plain spelling.
pub(crate) type Pick<'a> = &'a mut dyn FnMut(usize) -> usize;

/// Writes the value in one of its spellings: white space, order of members, escapes, exponents. All
/// of them mean the same.
pub(crate) fn spell(value: &Value, pick: Pick<'_>) -> String {
    let mut text = String::new();
    space(pick, &mut text);
    write_value(value, pick, &mut text);
    space(pick, &mut text);
    text
}

/// Writes a string in one of its spellings, with quotation marks.
pub(crate) fn spell_text(text: &str, pick: Pick<'_>) -> String {
    let mut spelled = String::from('"');
    for character in text.chars() {
        match pick(4) {
            3 => escape(character, pick, &mut spelled),
            2 if character == '/' => spelled.push_str("\\/"),
            _ => spell_plainly(character, &mut spelled),
        }
    }
    spelled.push('"');
    spelled
}

fn write_value(value: &Value, pick: Pick<'_>, text: &mut String) {
    match value {
        Value::Array(elements) => {
            enclose('[', ']', elements.len(), pick, text, |at, pick, text| {
                write_value(&elements[at], pick, text);
            });
        }
        Value::Object(members) => {
            let members = shuffled(members, pick);
            enclose('{', '}', members.len(), pick, text, |at, pick, text| {
                let (name, value) = members[at];
                text.push_str(&spell_text(name, pick));
                space(pick, text);
                text.push(':');
                space(pick, text);
                write_value(value, pick, text);
            });
        }
        Value::String(plain) => text.push_str(&spell_text(plain, pick)),
        Value::Number(number) => match number.as_u64() {
            Some(number) if number < MAX_RESPELLED => text.push_str(&spell_number(number, pick)),
            _ => text.push_str(&number.to_string()),
        },
        Value::Bool(_) | Value::Null => text.push_str(&value.to_string()),
    }
}

fn enclose(
    open: char,
    close: char,
    items: usize,
    pick: Pick<'_>,
    text: &mut String,
    item: impl Fn(usize, Pick<'_>, &mut String),
) {
    text.push(open);
    space(pick, text);
    for at in 0..items {
        if at > 0 {
            text.push(',');
            space(pick, text);
        }
        item(at, pick, text);
        space(pick, text);
    }
    text.push(close);
}

fn shuffled<'a>(members: &'a Map<String, Value>, pick: Pick<'_>) -> Vec<(&'a str, &'a Value)> {
    let mut members: Vec<_> = members
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    for at in 0..members.len() {
        let other = at + pick(members.len() - at);
        members.swap(at, other);
    }
    members
}

fn space(pick: Pick<'_>, text: &mut String) {
    while pick(4) == 3 {
        text.push([' ', '\n', '\t', '\r'][pick(4)]);
    }
}

fn spell_plainly(character: char, spelled: &mut String) {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\0'..' ' => return escape(character, &mut |_| 0, spelled),
        _ => return spelled.push(character),
    };
    spelled.push_str(short);
}

/// Writes `\u0041`, or two of them for a character outside of the basic plane.
fn escape(character: char, pick: Pick<'_>, spelled: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a `String` cannot fail.
        let _ = match pick(2) {
            0 => write!(spelled, "\\u{unit:04x}"),
            _ => write!(spelled, "\\u{unit:04X}"),
        };
    }
}

/// Writes `1800000100`, `1800000100.0`, `18000001e2`, `180000.0100E+04` and so on, all exactly
/// equal.
fn spell_number(number: u64, pick: Pick<'_>) -> String {
    let digits = number.to_string();
    // A zero before the point must stand alone.
    let point = match number {
        0 => 1,
        _ => digits.len() - pick(digits.len()),
    };
    let mut fraction = digits[point..].to_owned();
    let exponent = fraction.len();
    fraction.push_str(&"0".repeat(pick(3)));
    let mut spelled = digits[..point].to_owned();
    if !fraction.is_empty() {
        spelled.push('.');
        spelled.push_str(&fraction);
    }
    if exponent > 0 || pick(2) == 1 {
        spelled.push_str(["e", "E", "e+", "E+"][pick(4)]);
        spelled.push_str(["", "0", "00"][pick(3)]);
        spelled.push_str(&exponent.to_string());
    }
    spelled
}
