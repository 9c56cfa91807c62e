//! The page `docs/reference/seed.md` lists the fields that the reader of seeds accepts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cognito_emulator::{Emulator, Seed, StartError};
use serde_json::{Value, json};

/// The paths of objects, such as `pools[].users[]`, with their fields. The path of the document is
/// empty.
type Objects = BTreeMap<String, BTreeMap<String, Field>>;

/// The type of a field as the page names it, and whether the field is required.
type Field = (String, bool);

/// Returns the page. Returns `None` in the published package, which does not contain `docs`.
fn page() -> Option<String> {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    docs.is_dir()
        .then(|| fs::read_to_string(docs.join("reference/seed.md")).expect("the page exists"))
}

/// Returns the reason for which the reader rejects a seed with this object at this path.
fn reason(path: &str, object: &Value) -> String {
    let wrap = |inner: Value, field: &str| json!({ field: [inner] });
    let fields = path.split_terminator('.').rev();
    let fields = fields.map(|field| field.trim_end_matches("[]"));
    let document = fields.fold(object.clone(), wrap);
    match Seed::from_json(&document.to_string()) {
        Err(StartError::Seed { reason, .. }) => reason,
        other => panic!("{document}: {other:?}"),
    }
}

/// Returns the names in backticks.
fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns the name that the page uses for the expected type in an error of serde.
fn kind(reason: &str) -> &'static str {
    let kinds = [
        ("a string", "string"),
        ("a boolean", "boolean"),
        ("i64", "integer"),
        ("a map", "object"),
        ("a sequence", "list"),
        ("struct ", ""),
    ];
    let kind = kinds
        .iter()
        .find(|(expected, _)| reason.contains(&format!("expected {expected}")));
    kind.unwrap_or_else(|| panic!("unknown type: {reason}")).1
}

/// Reads the fields of an object, and of the objects in its lists, from errors of the reader.
fn read(path: &str, objects: &mut Objects) {
    let rejected = reason(path, &json!({ "no_such_field": 0 }));
    let (_, expected) = rejected.split_once(", expected ").expect("a list of names");
    let missing = reason(path, &json!({}));
    let mut fields = BTreeMap::new();
    for name in names(expected) {
        // No field accepts this number.
        let mut kind = kind(&reason(path, &json!({ name: 0.5 }))).to_owned();
        if kind == "list" {
            let item = self::kind(&reason(path, &json!({ name: [0.5] })));
            if item.is_empty() {
                let path = format!("{path}.{name}[]");
                read(path.trim_start_matches('.'), objects);
            } else {
                kind = format!("list of {item}s");
            }
        }
        let is_required = missing.contains(&format!("missing field `{name}`"));
        fields.insert(name.to_owned(), (kind, is_required));
    }
    objects.insert(path.to_owned(), fields);
}

/// Reads the tables of the page. The heading of each table has the path of the object in backticks.
fn listed(page: &str) -> Objects {
    let mut objects = Objects::new();
    let mut path = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            path = names(heading).first().map(|path| (*path).to_owned());
            if heading == "The document" {
                path = Some(String::new());
            }
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        if let (Some(path), [name, kind, default, _]) = (&path, &cells[..])
            && let [name] = names(name)[..]
        {
            let field = ((*kind).to_owned(), *default == "required");
            let fields = objects.entry(path.clone()).or_default();
            fields.insert(name.to_owned(), field);
        }
    }
    objects
}

fn accepted() -> Objects {
    let mut objects = Objects::new();
    read("", &mut objects);
    objects
}

#[test]
fn page_lists_fields_of_reader() {
    let accepted = accepted();
    assert_eq!(accepted.len(), 5, "the reader has other objects");
    if let Some(page) = page() {
        assert_eq!(listed(&page), accepted);
    }
}

#[test]
fn seed_rustdoc_names_fields_of_reader() {
    let source = include_str!("../../src/operations/seed.rs");
    let docs: String = source
        .lines()
        .filter(|line| line.starts_with("///"))
        .collect();
    for field in accepted().values().flat_map(BTreeMap::keys) {
        assert!(docs.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn seeds_of_page_start_an_emulator() {
    let Some(page) = page() else { return };
    let blocks = page.split("```json\n").skip(1);
    let blocks: Vec<&str> = blocks
        .filter_map(|block| block.split("```").next())
        .collect();
    assert!(blocks.len() >= 2, "the page has no examples");
    for block in &blocks {
        let seed = Seed::from_json(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        let started = Emulator::builder().prepared(seed).build();
        started.unwrap_or_else(|error| panic!("{error}: {block}"));
    }
    for field in accepted().values().flat_map(BTreeMap::keys) {
        let member = format!("\"{field}\":");
        assert!(blocks.concat().contains(&member), "no example of {field}");
    }
}
