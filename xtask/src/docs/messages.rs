//! Checks that the page of error messages lists exactly the messages of the code.

use std::collections::BTreeSet;

use super::Page;

/// The path of the page of error messages, relative to the folder `docs`.
pub(super) const PAGE: &str = "reference/error-messages.md";

/// Returns one line for each difference between the page and the code: an error message that is
/// only in the code, or an error message that is only on the page.
pub(super) fn differences(page: &Page, sources: &[String]) -> Vec<String> {
    let in_code: BTreeSet<String> = sources.iter().flat_map(|source| messages(source)).collect();
    let on_page: BTreeSet<String> = rows(&page.text).collect();
    let missing = in_code.difference(&on_page);
    let unknown = on_page.difference(&in_code);
    missing
        .map(|text| format!("docs/{PAGE} lacks this message of the code: {text}"))
        .chain(unknown.map(|text| format!("docs/{PAGE}: the code has no such message: {text}")))
        .collect()
}

/// Returns the first cell of each row of the page's tables, without the backticks.
fn rows(page: &str) -> impl Iterator<Item = String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .filter_map(|row| row.split_once(" | "))
        .map(|(cell, _)| {
            let text = cell.trim_matches('`').trim();
            text.replace("\\|", "|")
        })
}

/// Returns the error messages in `source`, a source file whose comments were removed. The messages
/// have the format of the page of error messages.
fn messages(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, end) in literals(source) {
        let text = unescaped(&source[start..end]);
        let before = source[..start - 1].trim_end();
        let has_words = text.contains(' ') && text.trim() == text;
        let is_advice = ADVICE.iter().any(|start| text.starts_with(start));
        if has_words && (is_advice || is_message(before)) || is_after_kind(before) {
            found.push(text);
        }
    }
    found.retain(|text| !OTHERS.contains(&text.as_str()));
    found
}

/// Returns `true` if a string literal is an error message. `before` is the source code up to the
/// literal.
fn is_message(before: &str) -> bool {
    let before = before.strip_suffix("format!(").unwrap_or(before).trim_end();
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    let last = line.split_whitespace().next_back().unwrap_or_default();
    let is_kind = last.contains("Kind::") || last.contains("StatusCode::");
    let is_argument = last.ends_with(',') && is_kind;
    STARTS.iter().any(|start| before.ends_with(start)) || is_argument || is_reason(line)
}

/// Returns `true` if a string literal follows a kind of error and its HTTP status, such as
/// `Conflict 409`. `before` is the source code up to the literal.
fn is_after_kind(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    let status = line.split_once(' ').map(|(_, status)| status);
    let status = status.and_then(|status| status.parse::<u16>().ok());
    status.is_some_and(|status| (400..600).contains(&status))
}

/// Returns `true` if a line of source code consists of two names: a reason for which the token
/// verifier rejects a token, and a stage of the verification. An example is `Expired Claims`. The
/// string after such a line is the error message for the reason.
fn is_reason(line: &str) -> bool {
    let stages = ["Claims", "Keys", "Malformed", "Revocations", "Signature"];
    let stage = line.split_once(' ').map(|(_, stage)| stage);
    stage.is_some_and(|stage| stages.contains(&stage))
}

/// The beginnings of error messages. A string that begins with one of them is an error message,
/// wherever it is in the code.
const ADVICE: &[&str] = &[
    "add ",
    "allow ",
    "expected ",
    "missing ",
    "must ",
    "no JWKS ",
    "set ",
];

/// Code that precedes error messages. A string that follows one of these pieces of code is an error
/// message.
const STARTS: &[&str] = &[
    "#[error(",
    "&str =",
    "=>",
    "=> {",
    "Configuration:",
    "DeliveryQuota:",
    "Err(",
    "Some(",
    "advice =",
    "another(",
    "configuration(",
    "fault(",
    "form =",
    "io::Error::other(",
    "map_err(|_|",
    "misuse(",
    "ok_or(",
    "refused(",
    "rejected(status,",
    "return",
    "store_unavailable(",
    "then_some(",
    "unusable =",
    "what =",
    "with_detail(",
];

/// Strings that follow one of the [`STARTS`], but are not error messages: names, headers, and
/// problems in the health report.
const OTHERS: &[&str] = &[
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the AWS profile, the given SdkConfig or the builder",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL, the AWS profile or the given client",
    "AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL, the AWS profile or the given client",
    "Basic {}",
    "Bearer realm=\"api\"",
    "Bearer realm=\"api\", error=\"insufficient_scope\"",
    "Bearer realm=\"api\", error=\"invalid_token\"",
    "Cognito Identity Provider",
    "JWKS URI",
    "Sign-up, sign-in and sessions over Amazon Cognito.",
    "UserAuthentication (responses)",
    "client id",
    "client secret",
    "cognito-axum: new device",
    "cognito-axum: remembered device",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "login domain",
    "made-up session",
    "pending login",
    "previous client secret",
    "set to turn on",
    "the revocations of other instances are unknown: the view is stale",
    "the revocations of other instances are unknown: the view is stale, no token is accepted",
    "the revocations of other instances are unknown: the view is stale, tokens are accepted",
    "user pool id",
    "{name} failed{rest}",
];

/// Returns the range of each string literal in a source file, without its quotation marks.
fn literals(source: &str) -> Vec<(usize, usize)> {
    let code = crate::source::code(source);
    // The code has the same characters, but blanks in strings can be shorter.
    let places: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
    let marks: Vec<usize> = code
        .chars()
        .enumerate()
        .filter(|(_, character)| *character == '"')
        .filter_map(|(at, _)| places.get(at).copied())
        .collect();
    let pairs = marks.chunks_exact(2);
    pairs.map(|pair| (pair[0] + 1, pair[1])).collect()
}

/// Returns the value of a string literal. Removes escaped line breaks with the spaces after them,
/// and the backslashes before quotation marks.
fn unescaped(literal: &str) -> String {
    let mut parts = literal.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.trim_start());
    text.replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_their_place() {
        let source = "#[error(\"it {name} broke\")]\n\
            error.with_detail(format!(\n    \"say \\\"x\\\": \\\n     set {y}\"));\n\
            SourceError::new(Kind::Tls, \"not trusted\");\n\
            InvalidInput::new(\"page size\", \"must be 1 to 60\");\n\
            Timeout 504 \"late\";\n\
            Expired Claims \"too late\",\n\
            value.expect(\"it is there\"); tracing::warn!(\"it is logged\");\n";
        let found = [
            "it {name} broke",
            "say \"x\": set {y}",
            "not trusted",
            "must be 1 to 60",
            "late",
            "too late",
        ];
        assert_eq!(messages(source), found);
    }

    #[test]
    fn differences_are_reported_in_both_directions() {
        let page = Page {
            path: PAGE.to_owned(),
            text: "| message | kind |\n|---|---|\n| `it broke` | a |\n\
                | `` give `x` `` | b |\n| `it is old` | c |\n"
                .to_owned(),
        };
        let source = "Err(\"it broke\"); Err(\"give `x`\"); Err(\"it is new\")".to_owned();
        let found = differences(&page, &[source]);
        assert_eq!(
            found,
            [
                format!("docs/{PAGE} lacks this message of the code: it is new"),
                format!("docs/{PAGE}: the code has no such message: it is old"),
            ]
        );
    }
}
