//! Reads a template in YAML, with the short forms of CloudFormation's functions such as `!Ref`.
//!
//! CloudFormation reads YAML 1.1 without aliases: an alias is an error. Therefore a short document
//! cannot expand to a large one.

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag, options};
use serde_json::{Map, Value};

use super::fault::Fault;

/// The maximum depth of nested lists and objects in a template in YAML.
const MOST_LEVELS: usize = 64;

/// The prefix of the tags that YAML defines, such as `!!str`.
const CORE: &str = "tag:yaml.org,2002:";

/// The functions that have a short form: `!Sub` is `Fn::Sub`.
const FUNCTIONS: [&str; 17] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
];

/// Reads a document and returns it as JSON. Short forms become the full names of the functions.
/// If an object has a key twice, the last value is used, and `notes` receives a sentence with the
/// position of the second key. Fails if the document is not YAML, is empty, has an alias, an unknown
/// tag or more than 64 levels, or is followed by another document. The error contains the position.
pub(super) fn read(text: &str, notes: &mut Vec<String>) -> Result<Value, Fault> {
    let options = options! { block_nesting_limit: MOST_LEVELS, flow_nesting_limit: MOST_LEVELS };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| at(error.marker(), error.info()))?;
        if let Some(key) = builder.duplicate(&event) {
            let reason = format!("the key `{key}` is a duplicate, the last value is used");
            notes.push(at(&span.start, reason).to_string());
        }
        builder
            .event(event)
            .map_err(|reason| at(&span.start, reason))?;
    }
    builder
        .document
        .ok_or_else(|| Fault::new("the file is empty"))
}

fn at(marker: &Marker, reason: impl Into<String>) -> Fault {
    let (line, column) = (marker.line(), marker.col() + 1);
    Fault::new(reason).within(format!("line {line}, column {column}"))
}

/// A list or an object that is not complete yet.
enum Open {
    List(Vec<Value>),
    /// An object whose members are still being read. The string is the last key, if its value has
    /// not been read. `None` if the next item is a key.
    Object(Map<String, Value>, Option<String>),
}

/// Creates a JSON value from the events of the parser, without recursion.
#[derive(Default)]
struct Builder {
    /// The lists and objects that are not complete yet, outermost first. The string is the
    /// function that the tag of the list or object stands for, such as `Fn::Join` for `!Join`.
    open: Vec<(Open, Option<String>)>,
    document: Option<Value>,
}

impl Builder {
    /// If `event` is a key that the innermost open object already has, returns this key. Otherwise
    /// returns `None`.
    fn duplicate<'a>(&self, event: &'a Event<'_>) -> Option<&'a str> {
        match (event, self.open.last()) {
            (Event::Scalar(key, ..), Some((Open::Object(object, None), _))) => {
                object.contains_key(&**key).then_some(key)
            }
            _ => None,
        }
    }

    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Alias(_) => {
                Err("YAML aliases are not allowed in CloudFormation templates".to_owned())
            }
            Event::Scalar(text, style, _, tag) => self.scalar(&text, style, tag.as_deref()),
            Event::SequenceStart(_, _, tag) => self.start(Open::List(Vec::new()), tag.as_deref()),
            Event::MappingStart(_, _, tag) => {
                self.start(Open::Object(Map::new(), None), tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (value, function) = match self.open.pop() {
                    Some((Open::List(list), function)) => (Value::Array(list), function),
                    Some((Open::Object(object, _), function)) => (Value::Object(object), function),
                    None => return Ok(()),
                };
                self.add(called(function, value))
            }
            Event::DocumentStart(..) if self.document.is_some() => {
                Err("the file has a second document, remove it".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, open: Open, tag: Option<&Tag>) -> Result<(), String> {
        if self.open.len() >= MOST_LEVELS {
            return Err(format!("more than {MOST_LEVELS} levels"));
        }
        if matches!(self.open.last(), Some((Open::Object(_, None), _))) {
            return Err("use a string as a key".to_owned());
        }
        let function = tag.map(function).transpose()?.flatten();
        self.open.push((open, function));
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<(), String> {
        if let Some((Open::Object(_, key @ None), _)) = self.open.last_mut() {
            *key = Some(text.to_owned());
            return Ok(());
        }
        let is_plain = style == ScalarStyle::Plain;
        let value = match tag {
            None if is_plain => plain(text),
            Some(tag) if is_plain && tag.handle() == CORE && tag.suffix() != "str" => plain(text),
            _ => Value::from(text),
        };
        let function = tag.map(function).transpose()?.flatten();
        self.add(called(function, value))
    }

    fn add(&mut self, value: Value) -> Result<(), String> {
        match self.open.last_mut() {
            Some((Open::List(list), _)) => list.push(value),
            Some((Open::Object(object, key), _)) => {
                let key = key.take().ok_or("use a string as a key")?;
                object.insert(key, value);
            }
            None => self.document = Some(value),
        }
        Ok(())
    }
}

/// Returns the full name of the function that a tag stands for. Returns `None` for a tag that YAML
/// defines. Fails for other tags.
fn function(tag: &Tag) -> Result<Option<String>, String> {
    let name = tag.suffix();
    match tag.handle() {
        CORE => Ok(None),
        "!" if name == "Ref" || name == "Condition" => Ok(Some(name.to_owned())),
        "!" if FUNCTIONS.contains(&name) => Ok(Some(format!("Fn::{name}"))),
        "" if name == "!" || name.is_empty() => Ok(None),
        "!" if name.is_empty() => Ok(None),
        _ => Err("unknown tag, use a function of CloudFormation such as !Ref".to_owned()),
    }
}

/// Returns the JSON object that represents a call of the template function `function` with
/// `argument`. Returns `argument` unchanged if `function` is `None`.
fn called(function: Option<String>, argument: Value) -> Value {
    let Some(function) = function else {
        return argument;
    };
    Value::Object(Map::from_iter([(function, argument)]))
}

/// Returns the value of a scalar without quotation marks, by the rules of YAML 1.1 that
/// CloudFormation uses. A number stays a string if JSON would write it in another form, such as
/// `012` or `1.10`.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let number: Option<serde_json::Number> = text.parse().ok();
    match number.filter(|number| number.to_string() == text) {
        Some(number) => Value::Number(number),
        None => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Result<Value, Fault> {
        read(text, &mut Vec::new())
    }

    fn rejected(text: &str) -> String {
        parsed(text).expect_err("rejected").to_string()
    }

    #[test]
    fn short_forms_become_functions() {
        let text = "
a: !Ref Pool
b: !GetAtt Pool.Arn
c: !Sub ['${x}', {x: !Ref Pool}]
d: !If
  - IsProduction
  - !Sub '${AWS::Region}'
  - !Ref AWS::NoValue
e: !Condition IsProduction
f: !Join ['-', [a, !Select [0, !Split [',', 'x,y']]]]
";
        let expected = json!({
            "a": { "Ref": "Pool" },
            "b": { "Fn::GetAtt": "Pool.Arn" },
            "c": { "Fn::Sub": ["${x}", { "x": { "Ref": "Pool" } }] },
            "d": { "Fn::If": [
                "IsProduction",
                { "Fn::Sub": "${AWS::Region}" },
                { "Ref": "AWS::NoValue" },
            ] },
            "e": { "Condition": "IsProduction" },
            "f": { "Fn::Join": ["-", ["a", { "Fn::Select": [
                0,
                { "Fn::Split": [",", "x,y"] },
            ] }]] },
        });
        assert_eq!(parsed(text).expect("read"), expected);
    }

    #[test]
    fn plain_scalars_have_types() {
        let text = "
number: 12
octal: 012345678901
version: 1.10
date: 2010-09-09
yes: Yes
quoted: 'true'
typed: !!str 5
empty:
long: |
  two
  lines
";
        let expected = json!({
            "number": 12,
            "octal": "012345678901",
            "version": "1.10",
            "date": "2010-09-09",
            "yes": true,
            "quoted": "true",
            "typed": "5",
            "empty": null,
            "long": "two\nlines\n",
        });
        assert_eq!(parsed(text).expect("read"), expected);
    }

    #[test]
    fn json_is_yaml() {
        let text = r#"{ "Resources": { "Pool": { "Type": "AWS::Cognito::UserPool" } } }"#;
        assert_eq!(
            parsed(text).expect("read"),
            serde_json::from_str::<Value>(text).expect("JSON")
        );
    }

    #[test]
    fn invalid_documents_name_the_position() {
        for (text, expected) in [
            ("", "the file is empty"),
            (
                "a: &x [1]\nb: *x\n",
                "line 2, column 4: YAML aliases are not allowed in CloudFormation templates",
            ),
            ("? [1]\n: 2\n", "line 1, column 3: use a string as a key"),
            (
                "a: !Reff x\n",
                "line 1, column 10: unknown tag, use a function of CloudFormation such as !Ref",
            ),
            (
                "a: 1\n---\nb: 2\n",
                "line 2, column 1: the file has a second document, remove it",
            ),
        ] {
            assert_eq!(rejected(text), expected, "{text}");
        }
        assert!(rejected("a: [1").starts_with("line "));
    }

    #[test]
    fn last_duplicate_key_wins_with_note() {
        let mut notes = Vec::new();
        let text = "a: 1\nb: {c: a, a: 3, c: 4}\na: !Ref x\n";
        let document = read(text, &mut notes).expect("read");
        let expected = json!({ "a": { "Ref": "x" }, "b": { "c": 4, "a": 3 } });
        assert_eq!(document, expected);
        assert_eq!(
            notes,
            [
                "line 2, column 17: the key `c` is a duplicate, the last value is used",
                "line 3, column 1: the key `a` is a duplicate, the last value is used",
            ]
        );
    }

    #[test]
    fn deep_documents_are_rejected() {
        let flow = format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let block: String = (0..2_000)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect();
        let dashes = "- ".repeat(100_000);
        for text in [flow, block, dashes] {
            assert!(rejected(&text).starts_with("line "));
        }
        let deep = format!("a: {}{}", "[".repeat(60), "]".repeat(60));
        assert!(parsed(&deep).is_ok());
    }
}
