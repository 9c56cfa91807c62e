//! Reads and writes XML of SAML messages. All limits of the parser are here.

use std::collections::BTreeSet;

use roxmltree::{Document, Node, ParsingOptions};

pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The maximum number of nodes of an XML document: elements, character data, comments and
/// processing instructions.
const MOST_NODES: u32 = 20_000;
/// The maximum number of equals signs in an XML document. It also limits the number of attributes
/// and namespaces, because each of them has an equals sign. The time that the parser needs grows
/// with the square of the number of attributes in an element.
const MOST_EQUALS_SIGNS: usize = 4_000;
/// The maximum number of different namespace prefixes in an XML document. If an element declares a
/// namespace, the parser compares its prefixes with all prefixes of the parent element. The time
/// that this takes can grow with the square of the number of prefixes.
pub(super) const MOST_PREFIXES: usize = 64;
/// The maximum depth of the elements of an XML document.
const DEEPEST: usize = 64;

/// Parses a document. Returns `None` if the document is malformed or exceeds a limit.
///
/// Security: a document type declaration is rejected, so an attacker cannot define entities, such
/// as entities that make a short document very long. Only the predefined entities of XML exist.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    if text.bytes().filter(|byte| *byte == b'=').count() > MOST_EQUALS_SIGNS {
        return None;
    }
    if prefixes(text) > MOST_PREFIXES {
        return None;
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    let depth = |node: Node<'_, '_>| node.ancestors().take(DEEPEST + 1).count();
    let is_shallow = document.descendants().all(|node| depth(node) <= DEEPEST);
    is_shallow.then_some(document)
}

/// Returns an upper bound for the number of different prefixes that a document declares. The result
/// can be too high, because a string in the document can look like a declaration.
fn prefixes(text: &str) -> usize {
    let declared = text.split("xmlns").skip(1);
    let names = declared.filter_map(|rest| {
        let mut ends = rest.split(|letter: char| letter == '=' || letter.is_ascii_whitespace());
        ends.next()
    });
    names.collect::<BTreeSet<_>>().len()
}

/// Returns the child elements with a name.
pub(super) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    let children = node.children();
    children.filter(move |child| child.has_tag_name((namespace, name)))
}

/// Returns the child element with a name. Returns `None` if there is no such child, or more than
/// one.
pub(super) fn only<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'i>> {
    let mut found = children(node, namespace, name);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Returns the text in an element and its descendants, without XML white space at both ends. Other
/// kinds of spaces (such as a no-break space) are kept, because they can be part of a user name.
///
/// Security: the text after an XML comment is part of the value. Otherwise, an attacker whose name
/// is `admin<!---->.evil` could sign in as `admin`.
pub(super) fn text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text);
    let text: String = texts.filter_map(|text| text.text()).collect();
    text.trim_matches([' ', '\t', '\r', '\n']).to_owned()
}

/// Escapes a string as the value of an attribute in canonical XML.
pub(super) fn attribute(value: &str) -> String {
    escaped(value, |letter| match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// Escapes a string as the text of an element in canonical XML.
pub(super) fn content(value: &str) -> String {
    escaped(value, |letter| match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

fn escaped(value: &str, escape: impl Fn(char) -> Option<&'static str>) -> String {
    let mut text = String::with_capacity(value.len());
    for letter in value.chars() {
        match escape(letter) {
            Some(reference) => text.push_str(reference),
            None => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_documents_are_rejected() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let wide = format!("<a>{}</a>", "<b/>".repeat(20_001));
        let many: String = (0..4_001).map(|n| format!(" a{n}=''")).collect();
        let declared: String = (0..65).map(|n| format!(" xmlns:n{n} = 'urn:a'")).collect();
        for text in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<a>&e;</a>",
            "<a/><a/>",
            "<a b='1' b='2'/>",
            "<a:b/>",
            "",
            &deep,
            &wide,
            &format!("<a{many}/>"),
            &format!("<a{declared}/>"),
        ] {
            let start = text.get(..40).unwrap_or(text);
            assert!(parse(text).is_none(), "{start}");
        }
        assert!(parse("<?xml version='1.0'?><a>&lt;&#x41;</a>").is_some());
        let repeated = "<b xmlns='urn:b' xmlns:xs='urn:xs'/>".repeat(500);
        assert!(parse(&format!("<a>{repeated}</a>")).is_some());
    }

    #[test]
    fn comments_do_not_end_texts() {
        let document = parse("<a> admin<!-- -->.evil<![CDATA[&]]> </a>").expect("XML");
        assert_eq!(text(document.root_element()), "admin.evil&");
    }

    #[test]
    fn texts_keep_spaces_of_names() {
        let document = parse("<a>\r\n\tadmin\u{a0} </a>").expect("XML");
        assert_eq!(text(document.root_element()), "admin\u{a0}");
    }
}
