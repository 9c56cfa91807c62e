//! Creates requests with values at and beyond the bounds of the service model.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::oracle::Oracle;

/// A request that tests a constraint of the service model.
pub(crate) struct Probe {
    /// The changed shape and the kind of change.
    pub(crate) kind: String,
    pub(crate) request: Value,
}

/// A function that inserts the value of a member into an otherwise valid request.
type Place<'a> = &'a dyn Fn(Value) -> Value;

/// Creates the requests to one operation.
pub(crate) struct Probes<'a> {
    oracle: &'a Oracle,
    /// The shapes that were already tested in detail. If such a shape occurs again, only its bounds
    /// are tested.
    seen: &'a mut BTreeSet<String>,
    found: Vec<Probe>,
}

impl<'a> Probes<'a> {
    pub(crate) fn of(
        oracle: &'a Oracle,
        operation: &Value,
        seen: &'a mut BTreeSet<String>,
    ) -> Vec<Probe> {
        let found = Vec::new();
        let mut probes = Self {
            oracle,
            seen,
            found,
        };
        if let Some(input) = operation["input"].as_str() {
            probes.structure(input, &|value| value);
        }
        probes.found
    }

    fn push(&mut self, kind: &str, change: &str, request: Value) {
        let kind = format!("{kind}: {change}");
        self.found.push(Probe { kind, request });
    }

    fn structure(&mut self, name: &str, place: Place<'_>) {
        let shape = self.oracle.shape(name);
        let base = self.sample(name);
        let mut worst = Map::new();
        for (member, target) in shape["members"].as_object().expect("members") {
            let with = |value: Value| {
                let mut fields = base.clone();
                fields[member] = value;
                place(fields)
            };
            let target = target.as_str().expect("a shape");
            self.push(name, &format!("{member} left out"), with(Value::Null));
            self.value(target, &with);
            worst.extend(self.broken(target).map(|value| (member.clone(), value)));
        }
        // A request that violates the constraints of all members shows the order of the messages.
        self.push(name, "everything is wrong", place(Value::Object(worst)));
    }

    fn value(&mut self, name: &str, place: Place<'_>) {
        let shape = self.oracle.shape(name);
        let kind = shape["type"].as_str().expect("a type");
        let wrong = if kind == "string" || kind == "blob" {
            json!(5)
        } else {
            json!("five")
        };
        if shape["document"] != true && kind != "timestamp" {
            self.push(name, "another type", place(wrong));
        }
        match kind {
            "integer" => {
                for (bound, beyond) in [("min", -1), ("max", 1)] {
                    if let Some(number) = shape[bound].as_i64() {
                        self.push(name, bound, place(json!(number)));
                        self.push(
                            name,
                            &format!("beyond {bound}"),
                            place(json!(number + beyond)),
                        );
                    }
                }
            }
            "string" => {
                for (change, text) in self.strings(name) {
                    self.push(name, &change, place(json!(text)));
                }
            }
            "list" => {
                let member = shape["member"].as_str().expect("a shape");
                let sample = self.sample(member);
                let list = |count: i64| (0..count).map(|_| sample.clone()).collect::<Value>();
                for (bound, beyond) in [("min", -1), ("max", 1)] {
                    if let Some(count) = shape[bound].as_i64() {
                        self.push(name, bound, place(list(count)));
                        self.push(
                            name,
                            &format!("beyond {bound}"),
                            place(list(count + beyond)),
                        );
                    }
                }
                self.value(member, &|value| place(json!([value])));
                if self.seen.insert(name.to_owned()) {
                    self.value(member, &|value| place(json!([sample, value])));
                }
            }
            "map" => {
                let (keys, values) = (shape["key"].as_str(), shape["value"].as_str());
                let (keys, values) = (keys.expect("a shape"), values.expect("a shape"));
                let (key, sample) = (self.sample(keys), self.sample(values));
                let key = key.as_str().expect("a key");
                for (change, text) in self.strings(keys) {
                    self.push(keys, &change, place(json!({ text: sample })));
                }
                self.value(values, &|value| place(json!({ key: value })));
            }
            "structure" if shape["document"] != true => self.structure(name, place),
            _ => {}
        }
    }

    /// Returns strings at the bounds of a shape and beyond them.
    fn strings(&mut self, name: &str) -> Vec<(String, String)> {
        let shape = self.oracle.shape(name);
        let is_first = self.seen.insert(name.to_owned());
        let mut found = Vec::new();
        let mut push = |change: &str, text: String| found.push((change.to_owned(), text));
        let count = if is_first { usize::MAX } else { 1 };
        for value in shape["enum"].as_array().into_iter().flatten().take(count) {
            let value = value.as_str().expect("a name");
            push("value", value.to_owned());
            push("value in another case", value.to_lowercase());
            push("value and more", format!("{value}S"));
        }
        for (bound, beyond) in [("min", -1), ("max", 1)] {
            // Very long strings are slow, and are handled in the same way everywhere. So each shape
            // is tested with them only once.
            let length = shape[bound].as_i64();
            if let Some(length) = length.filter(|length| is_first || *length < LONG) {
                push(bound, self.text(shape, length));
                if length + beyond >= 0 {
                    push(
                        &format!("beyond {bound}"),
                        self.text(shape, length + beyond),
                    );
                }
            }
        }
        if let Some(pattern) = shape["pattern"].as_str() {
            let text = self.text(shape, shape["min"].as_i64().unwrap_or(1).max(4));
            assert!(
                self.oracle.matches(pattern, &text),
                "{text:?} for {pattern}"
            );
            push("\u{1} only", "\u{1}".repeat(text.len()));
            let parts = if is_first { &PARTS[..] } else { &[] };
            for part in parts {
                push(&format!("{part:?} before"), format!("{part}{text}"));
                push(&format!("{part:?} after"), format!("{text}{part}"));
                push(&format!("{part:?} only"), part.repeat(text.len()));
            }
            if name == "ArnType" {
                push("URL of this host", "http://127.0.0.1:9/trigger".to_owned());
            }
        }
        found
    }

    /// Returns a string of this length that matches the pattern of a shape. If there is none,
    /// returns the shortest longer string that matches, or any string of the length.
    fn text(&self, shape: &Value, length: i64) -> String {
        let pattern = shape["pattern"].as_str().unwrap_or("(?s).*");
        let mut texts = self.oracle.texts.borrow_mut();
        let find = || self.find_text(pattern, length);
        let key = (pattern.to_owned(), length);
        texts.entry(key).or_insert_with(find).clone()
    }

    fn find_text(&self, pattern: &str, length: i64) -> String {
        let length = usize::try_from(length).expect("a length");
        let lengths = if length > 0 { 0..40 } else { 0..0 };
        let fits = |text: &String| self.oracle.matches(pattern, text);
        let find = |more| {
            let texts = FORMS.iter().filter_map(|form| filled(form, length + more));
            texts.into_iter().find(fits)
        };
        lengths
            .into_iter()
            .find_map(find)
            .unwrap_or_else(|| "1".repeat(length))
    }

    /// Returns a value that the model accepts, with required members only.
    fn sample(&self, name: &str) -> Value {
        let shape = self.oracle.shape(name);
        let min = shape["min"].as_i64().unwrap_or_default();
        match shape["type"].as_str().expect("a type") {
            "boolean" => json!(true),
            "integer" | "long" => json!(min),
            "timestamp" => json!(1_700_000_000),
            "list" => {
                let member = shape["member"].as_str().expect("a shape");
                (0..min).map(|_| self.sample(member)).collect()
            }
            "map" => json!({}),
            "structure" => {
                let required = shape["required"].as_array().into_iter().flatten();
                let required = required.filter_map(Value::as_str);
                let member = |name: &str| {
                    let shape = shape["members"][name].as_str().expect("a shape");
                    (name.to_owned(), self.sample(shape))
                };
                Value::Object(required.map(member).collect())
            }
            _ => match shape["enum"].as_array().and_then(|values| values.first()) {
                Some(value) => value.clone(),
                // The pattern of passwords requires at least two characters.
                None => json!(self.text(shape, min.max(2))),
            },
        }
    }

    /// Returns a value of the right type that violates a constraint of a shape. Returns `None` for
    /// lists, maps, structures and shapes without constraints.
    fn broken(&self, name: &str) -> Option<Value> {
        let shape = self.oracle.shape(name);
        match shape["type"].as_str()? {
            "integer" => Some(json!(shape["max"].as_i64()? + 1)),
            "string" if shape["enum"].is_array() => Some(json!("NO_SUCH_VALUE")),
            "string" if shape["pattern"].is_string() => Some(json!("\u{1}")),
            _ => None,
        }
    }
}

/// The length from which a string counts as very long.
const LONG: i64 = 50_000;

/// Strings that are added before and after a valid string, or that replace it.
const PARTS: [&str; 8] = ["\u{1}", " ", "-", "_", ".", "\u{e9}", "\u{2003}", "\n"];

/// Forms of strings that match patterns of the service model: a prefix, a character that is
/// repeated, and a suffix.
const FORMS: [(&str, &str, &str); 17] = [
    ("", "1", ""),
    ("", "a", ""),
    ("1_", "1", ""),
    ("a@", "1", ""),
    ("arn:a:b::1:", "1", ""),
    ("arn:a:b:::", "1", ""),
    ("{####}", "1", ""),
    ("{##", "1", "##}"),
    ("https://", "a", ""),
    ("import-", "1", ""),
    ("tkn", "1", ""),
    ("Level1", "", ""),
    ("cognito:default", "", ""),
    ("terms-of-use", "", ""),
    ("12345678-1234-4123-8123-123456789012", "", ""),
    ("12345678-1234-1234-1234-123456789012", "", ""),
    ("", "", ""),
];

/// Returns a string of this form and length. Returns `None` if there is none.
fn filled((before, letter, after): &(&str, &str, &str), length: usize) -> Option<String> {
    let count = length.checked_sub(before.len() + after.len())?;
    let text = format!("{before}{}{after}", letter.repeat(count));
    (text.len() == length).then_some(text)
}
