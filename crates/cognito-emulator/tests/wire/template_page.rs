//! The page `docs/reference/templates.md` lists the resource types of the emulator, and its example
//! prints what the page says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cognito_emulator::{Emulator, StartError, Template};
use serde_json::{Value, json};

/// Returns the page. Returns `None` in the published package, which does not contain `docs`.
fn page() -> Option<String> {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    docs.is_dir()
        .then(|| fs::read_to_string(docs.join("reference/templates.md")).expect("the page exists"))
}

/// Returns the names in backticks.
fn names(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns the error of a template with one resource, which has one property.
fn reason(kind: &str, property: &str) -> String {
    let properties = json!({ property: Value::Null });
    let resource = json!({ "Type": kind, "Properties": properties });
    let template = json!({ "Resources": { "Resource": resource } });
    let template = Template::from_json(&template.to_string()).expect("a template");
    match Emulator::builder().template(template).build() {
        Err(StartError::Template { reason, .. }) => reason,
        other => panic!("{kind}: {other:?}"),
    }
}

/// Returns the rows of the table of resource types: the type, the properties and the attributes.
fn rows(page: &str) -> Vec<(&str, BTreeSet<&str>, BTreeSet<&str>)> {
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| `AWS::Cognito::"));
    let rows = rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let kind = cells[0].trim_matches(['|', ' ', '`']);
        (kind, names(cells[2]), names(cells[3]))
    });
    rows.collect()
}

#[test]
fn page_lists_types_of_code() {
    let known = reason("AWS::Cognito::Nothing", "Name");
    let Some(page) = page() else { return };
    let listed: BTreeSet<_> = rows(&page).iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(listed, names(&known));
}

#[test]
fn page_lists_properties_of_code() {
    let Some(page) = page() else { return };
    let rows = rows(&page);
    let all: BTreeSet<_> = rows
        .iter()
        .flat_map(|(_, _, attributes)| attributes)
        .collect();
    for (kind, properties, attributes) in &rows {
        let unknown = reason(kind, "NoSuchProperty");
        assert_eq!(properties, &names(&unknown), "{kind}");
        // A property that is an attribute is not unknown.
        let of_code = all.iter().filter(|name| {
            !properties.contains(**name) && !reason(kind, name).starts_with("unknown property")
        });
        assert_eq!(
            &of_code.map(|name| **name).collect::<BTreeSet<_>>(),
            attributes,
            "{kind}"
        );
    }
}

#[cfg(feature = "yaml")]
#[test]
fn example_of_page_prints_its_lines() {
    let Some(page) = page() else { return };
    let block = |kind: &str| {
        let start = format!("```{kind}\n");
        let (_, rest) = page.split_once(&start).expect("a block");
        rest.split("```").next().expect("an end").to_owned()
    };
    let template = Template::from_yaml(&block("yaml")).expect("a template");
    let emulator = Emulator::builder()
        .template(template)
        .build()
        .expect("starts");
    let notes = emulator.template_notes().iter();
    let mut lines: Vec<_> = notes.map(|note| format!("# template: {note}")).collect();
    for output in emulator.outputs() {
        let export = output.export.as_ref();
        let export = export.map_or_else(String::new, |name| format!(" (export {name})"));
        lines.push(format!(
            "# output {} = {}{export}",
            output.name, output.value
        ));
    }
    assert_eq!(block("text").lines().collect::<Vec<_>>(), lines);
}
