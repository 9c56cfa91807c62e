//! Filters an operator's style sheet for the hosted pages: only known classes, properties and
//! values remain.

/// The class names of Cognito's classic hosted pages, and the selectors of the same elements on the
/// emulator's pages.
const CLASSES: [(&str, &str); 12] = [
    (".background-customizable", "body"),
    (".banner-customizable", "header"),
    (".errorMessage-customizable", "[role=alert]"),
    (".inputField-customizable", "input:not([type=radio])"),
    (
        ".inputField-customizable:focus",
        "input:not([type=radio]):focus",
    ),
    (".label-customizable", "label"),
    (".logo-customizable", "header img"),
    (".passwordCheck-notValid-customizable", "form ul"),
    (".redirect-customizable", "main a"),
    (".submitButton-customizable", "button"),
    (".submitButton-customizable:hover", "button:hover"),
    (".textDescription-customizable", "h1"),
];

/// The CSS properties that an operator can set in the style sheet for the hosted pages.
const PROPERTIES: [&str; 28] = [
    "background-color",
    "border",
    "border-color",
    "border-radius",
    "border-style",
    "border-width",
    "color",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-transform",
    "width",
];

/// The maximum length of the value of a CSS property, in bytes.
const LONGEST_VALUE: usize = 100;

/// Returns the allowed part of a style sheet: the rules for a known class, and in these rules the
/// known properties with plain values. All other rules and declarations are dropped.
///
/// Security: the result contains no URLs, no at-rules, no escapes and no strings, so it loads
/// nothing and cannot end the element `style`.
pub(super) fn reduced(sheet: &str) -> String {
    let mut css = String::new();
    let sheet = without_comments(sheet);
    for rule in sheet.split('}') {
        let Some((selector, body)) = rule.split_once('{') else {
            continue;
        };
        // An at-rule without a block ends with a semicolon.
        let selector = selector.rsplit(';').next().unwrap_or_default();
        let known = CLASSES
            .into_iter()
            .find(|(class, _)| *class == selector.trim());
        if let Some((_, selector)) = known {
            css.push_str(&rule_of(selector, body));
        }
    }
    css
}

fn rule_of(selector: &str, body: &str) -> String {
    let pairs = body.split(';').filter_map(|pair| pair.split_once(':'));
    let pairs = pairs.map(|(name, value)| (name.trim(), value.trim()));
    let pairs = pairs.filter(|(name, value)| PROPERTIES.contains(name) && is_plain(value));
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!("{selector}{{{}}}", pairs.join(";"))
}

/// Returns `true` if the value of a CSS property has at most [`LONGEST_VALUE`] bytes and consists
/// of words, numbers and colours. The only allowed functions are `rgb`, `rgba`, `hsl` and `hsla`,
/// at the start of the value and at most once.
fn is_plain(value: &str) -> bool {
    const FUNCTIONS: [&str; 4] = ["rgb(", "rgba(", "hsl(", "hsla("];
    let is_known = |c: char| c.is_ascii_alphanumeric() || " #%.,-()!".contains(c);
    let arguments = FUNCTIONS
        .into_iter()
        .find_map(|name| value.strip_prefix(name));
    let has_function = match arguments {
        Some(arguments) => arguments.contains('('),
        None => value.contains('('),
    };
    value.len() <= LONGEST_VALUE && value.chars().all(is_known) && !has_function
}

fn without_comments(sheet: &str) -> String {
    let mut plain = String::new();
    let mut rest = sheet;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_rules_are_kept() {
        let sheet = "/* x */ .submitButton-customizable {\n  color: #fff;\n  width: 80% !important }\n\
                     .background-customizable { background-color: rgba(1, 2, 3, 0.5); }";
        assert_eq!(
            reduced(sheet),
            "button{color:#fff;width:80% !important}body{background-color:rgba(1, 2, 3, 0.5)}"
        );
    }

    #[test]
    fn everything_else_is_dropped() {
        for sheet in [
            "@import url(https://evil.example/x.css);",
            "body { color: red }",
            ".label-customizable, script { color: red }",
            "@media screen { .label-customizable { color: red } }",
            "@font-face { font-family: x; src: url(x) }",
            ".label-customizable",
        ] {
            assert_eq!(reduced(sheet), "", "{sheet}");
        }
        for value in [
            "url(https://evil.example)",
            "URL(x)",
            "image-set(x)",
            "rgb(url(x))",
            "var(--x)",
            "</style><script>",
            "\\75rl(x)",
            "\"x\"",
            "expression(alert)",
        ] {
            let sheet = format!(".label-customizable {{ color: {value} }}");
            assert_eq!(reduced(&sheet), "label{}", "{value}");
            let sheet = format!(".label-customizable {{ behavior: {value} }}");
            assert_eq!(reduced(&sheet), "label{}", "{value}");
        }
        let long = format!(".label-customizable {{ margin: {} }}", "1".repeat(101));
        assert_eq!(reduced(&long), "label{}");
    }
}
