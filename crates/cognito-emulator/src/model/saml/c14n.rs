//! Exclusive XML canonicalization without comments (W3C, "Exclusive XML Canonicalization Version
//! 1.0").

use std::collections::BTreeMap;

use roxmltree::{Attribute, Node, NodeId};

use super::xml;

/// The prefix of the names that XML reserves. The prefix is never declared.
const RESERVED: &str = "xml";

/// Returns an element in canonical form.
///
/// `omitted` is an element that the result does not contain. The result declares the namespaces of
/// `prefixes` even if no name uses them (`InclusiveNamespaces`). In `prefixes`, `#default` stands
/// for the default namespace.
pub(super) fn canonical(node: Node<'_, '_>, omitted: Option<NodeId>, prefixes: &[&str]) -> String {
    let mut writer = Writer {
        text: String::new(),
        omitted,
        prefixes,
    };
    writer.element(node, &BTreeMap::new());
    writer.text
}

/// Namespaces by prefix. The prefix of the default namespace is empty.
type Namespaces<'a> = BTreeMap<&'a str, &'a str>;

struct Writer<'p> {
    text: String,
    omitted: Option<NodeId>,
    prefixes: &'p [&'p str],
}

impl Writer<'_> {
    /// Writes an element and its descendants. `declared` contains the namespaces that the enclosing
    /// elements in the result have already declared.
    ///
    /// The recursion is bounded, because the parser bounds the depth of elements.
    fn element<'a>(&mut self, node: Node<'a, 'a>, declared: &Namespaces<'a>) {
        let name = qualified(node);
        self.text.push('<');
        self.text.push_str(name);
        let mut declared = declared.clone();
        for (prefix, uri) in self.needed(node) {
            if declared.get(prefix).copied().unwrap_or_default() == uri {
                continue;
            }
            declared.insert(prefix, uri);
            let colon = if prefix.is_empty() { "" } else { ":" };
            let uri = xml::attribute(uri);
            self.text
                .push_str(&format!(" xmlns{colon}{prefix}=\"{uri}\""));
        }
        let mut attributes: Vec<_> = node.attributes().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace().unwrap_or(""), attribute.name()));
        for attribute in attributes {
            let (name, value) = (source(node, &attribute), xml::attribute(attribute.value()));
            self.text.push_str(&format!(" {name}=\"{value}\""));
        }
        self.text.push('>');
        let omitted = self.omitted;
        for child in node.children().filter(|child| Some(child.id()) != omitted) {
            if child.is_element() {
                self.element(child, &declared);
            } else if child.is_text() {
                self.text
                    .push_str(&xml::content(child.text().unwrap_or_default()));
            } else if let Some(instruction) = child.pi() {
                let space = instruction.value.map_or("", |_| " ");
                let value = instruction.value.unwrap_or_default();
                let target = instruction.target;
                self.text.push_str(&format!("<?{target}{space}{value}?>"));
            }
        }
        self.text.push_str(&format!("</{name}>"));
    }

    /// Returns the namespaces that an element needs, by prefix: the namespaces that its name and
    /// its attributes use, and the namespaces of `self.prefixes`, which are declared even if no
    /// name uses them.
    fn needed<'a>(&self, node: Node<'a, 'a>) -> Namespaces<'a> {
        let mut needed = Namespaces::new();
        let own = node.tag_name().namespace().unwrap_or_default();
        needed.insert(prefix(qualified(node)), own);
        for attribute in node.attributes() {
            let prefix = prefix(source(node, &attribute));
            if let Some(uri) = attribute.namespace().filter(|_| !prefix.is_empty()) {
                needed.insert(prefix, uri);
            }
        }
        let visible = || node.namespaces().map(|one| (one.name(), one.uri()));
        for inclusive in self.prefixes {
            let name = (*inclusive != "#default").then_some(*inclusive);
            if let Some((found, uri)) = visible().find(|(found, _)| *found == name) {
                needed.insert(found.unwrap_or_default(), uri);
            } else if name.is_none() {
                needed.entry("").or_insert("");
            }
        }
        needed.remove(RESERVED);
        needed
    }
}

/// Returns the name of an element with its prefix, as in the document.
fn qualified<'a>(node: Node<'a, 'a>) -> &'a str {
    let start = node.range().start + 1;
    let rest = node
        .document()
        .input_text()
        .get(start..)
        .unwrap_or_default();
    let end = rest.find(|letter: char| letter.is_ascii_whitespace() || "/>".contains(letter));
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// Returns the name of an attribute with its prefix, as in the document.
fn source<'a>(node: Node<'a, 'a>, attribute: &Attribute<'a, 'a>) -> &'a str {
    let text = node.document().input_text();
    text.get(attribute.range_qname()).unwrap_or_default()
}

/// Returns the namespace prefix of an XML name. Returns an empty string if the name has none.
fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// XML documents, each with the canonical form of one of its elements. libxml2 has produced the
    /// canonical forms.
    const VECTORS: &str = include_str!("vectors/c14n.json");

    #[test]
    fn canonical_form_is_that_of_libxml2() {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        for vector in vectors.as_array().expect("a list") {
            let text = vector["xml"].as_str().expect("XML");
            let document = xml::parse(text).expect("XML");
            let mut elements = document.descendants().filter(Node::is_element);
            let place = vector["index"].as_u64().expect("a number");
            let element = elements.nth(usize::try_from(place).expect("small"));
            let prefixes = vector["prefixes"].as_array().expect("a list").iter();
            let prefixes: Vec<_> = prefixes.filter_map(Value::as_str).collect();
            let found = canonical(element.expect("an element"), None, &prefixes);
            assert_eq!(found, vector["expected"], "{text}");
        }
    }
}
