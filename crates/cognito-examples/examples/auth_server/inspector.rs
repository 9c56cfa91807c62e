//! The page that shows the content of a token, and whether the token is valid. For an invalid
//! token, it shows the check that rejected the token.

use std::error::Error as _;

use axum::response::{Html, IntoResponse, Response};
use cognito::verifier::{Reason, UnverifiedToken, VerifyError};
use cognito::{Error, ErrorKind};
use cognito_jwt::Stage;
use cognito_tower::public::message;
use maud::{Markup, html};
use serde_json::Value;

use crate::site::fields::Fields;
use crate::site::problem::Problem;
use crate::site::sessions::{left, moment, unix};
use crate::site::visit::Visit;

/// The checks of the verifier with their descriptions, in order.
const CHECKS: [(&str, &str); 5] = [
    (
        "Form",
        "The string is a signed JWT in the format of Cognito.",
    ),
    ("Key", "The header names a key of this pool."),
    (
        "Signature",
        "The signature is right, so the token was not changed.",
    ),
    (
        "Claims",
        "The kind of token, the client and the times are those that this site requires.",
    ),
    (
        "Revocation",
        "The token was not revoked, and the user has not signed out everywhere.",
    ),
];

pub(super) async fn page(visit: Visit) -> Response {
    show(&visit, None, None)
}

pub(super) async fn inspect(visit: Visit, fields: Fields) -> Response {
    let (token, expected) = match chosen(&visit, &fields) {
        Ok(chosen) => chosen,
        Err(problem) if visit.in_place => return in_place(&super::form::summary(&problem)),
        Err(problem) => return show(&visit, None, Some(&problem)),
    };
    let report = report(&visit, &token, expected).await;
    if visit.in_place {
        return in_place(
            &html! { (report.page) p #announced hx-swap-oob="innerHTML" { (report.verdict) } },
        );
    }
    show(&visit, Some(report.page), None)
}

fn in_place(part: &Markup) -> Response {
    Html(part.0.clone()).into_response()
}

/// The kind of token that the page verifies: an access token or an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Access,
    Id,
}

/// Returns the token that the user has pasted, or the token that the user has selected in this
/// browser's cookies. Fails if there is no such token.
fn chosen(visit: &Visit, fields: &Fields) -> Result<(String, Use), Problem> {
    let (cookies, headers) = (&visit.app.cookies, &visit.headers);
    let own = match fields.text("which") {
        "own-access" => Some((
            cookies
                .access_token(headers)
                .ok()
                .flatten()
                .map(|t| t.expose().to_owned()),
            Use::Access,
        )),
        "own-id" => Some((
            cookies
                .id_token(headers)
                .ok()
                .flatten()
                .map(|t| t.expose().to_owned()),
            Use::Id,
        )),
        _ => None,
    };
    match own {
        Some((Some(token), expected)) => Ok((token, expected)),
        Some((None, _)) => Err(Problem::at(
            "token",
            "You are not signed in: paste a token.",
        )),
        None if fields.text("token").is_empty() => Err(Problem::at("token", "Paste a token.")),
        None => {
            let expected = match fields.text("as") {
                "id" => Use::Id,
                _ => Use::Access,
            };
            Ok((fields.text("token").to_owned(), expected))
        }
    }
}

/// The rejection of a token: the index of the failed check in [`CHECKS`], the name and the text of
/// the error, and the HTTP status.
struct Rejected {
    check: usize,
    reason: &'static str,
    claim: Option<&'static str>,
    text: String,
    status: u16,
}

impl Rejected {
    fn by(error: &Error) -> Self {
        let verify = error
            .source()
            .and_then(|source| source.downcast_ref::<VerifyError>());
        match verify {
            Some(verify) => Self {
                check: check_of(verify),
                reason: verify.reason().name(),
                claim: verify.claim(),
                text: verify.to_string(),
                status: verify.status(),
            },
            None => Self {
                check: if error.kind() == ErrorKind::TokenRevoked {
                    4
                } else {
                    0
                },
                reason: error.kind().name(),
                claim: None,
                text: message(error.kind()).to_lowercase(),
                status: error.status(),
            },
        }
    }
}

fn check_of(error: &VerifyError) -> usize {
    match (error.reason(), error.stage()) {
        // The issuer determines the key, so it is checked first.
        (Reason::InvalidIssuer | Reason::UnknownKid, _) | (_, Stage::Keys) => 1,
        (Reason::Revoked, _) => 4,
        (_, Stage::Malformed) => 0,
        (_, Stage::Signature) => 2,
        _ => 3,
    }
}

/// A report about a token, and the text that screen readers announce.
struct Report {
    page: Markup,
    verdict: String,
}

async fn report(visit: &Visit, token: &str, expected: Use) -> Report {
    let cognito = &visit.app.cognito;
    let verdict = match expected {
        Use::Access => cognito.verify_access_token(token).await.map(drop),
        Use::Id => cognito.verify_id_token(token).await.map(drop),
    };
    let rejected = verdict.err().map(|error| Rejected::by(&error));
    let page = html! {
        section.stack aria-labelledby="verdict-title" {
            (verdict_of(expected, rejected.as_ref()))
            (checks(rejected.as_ref()))
            @match cognito.decode_token(token) {
                Ok(token) => (contents(visit, &token)),
                Err(_) => p.soft { "The token has no readable content." },
            }
        }
    };
    let verdict = match &rejected {
        None => "Valid.".to_owned(),
        Some(rejected) => format!("Rejected: {}.", rejected.text),
    };
    Report { page, verdict }
}

fn verdict_of(expected: Use, rejected: Option<&Rejected>) -> Markup {
    let name = match expected {
        Use::Access => "an access token",
        Use::Id => "an ID token",
    };
    html! {
        @match rejected {
            None => div.notice {
                h2 #verdict-title { "Valid" }
                p { "This site accepts the token as " (name) "." }
            },
            Some(rejected) => div.summary {
                h2 #verdict-title { "Rejected" }
                p {
                    "As " (name) ": " (rejected.text) ". "
                    code #reason { (rejected.reason) }
                    @if let Some(claim) = rejected.claim { ", claim " code { (claim) } }
                    ", HTTP " (rejected.status) "."
                }
            },
        }
    }
}

fn checks(rejected: Option<&Rejected>) -> Markup {
    html! {
        div.card.stack.tight {
            h3 { "The checks" }
            ol.trail {
                @for (index, (name, means)) in CHECKS.iter().enumerate() {
                    li {
                        strong { (name) }
                        @match rejected.map(|rejected| rejected.check.cmp(&index)) {
                            Some(std::cmp::Ordering::Equal) => span.tag.bad { "rejected here" },
                            Some(std::cmp::Ordering::Less) => span.tag { "not reached" },
                            _ => span.tag.good { "passed" },
                        }
                        span.soft.small { (means) }
                    }
                }
            }
        }
    }
}

/// Renders the expiry, the header and the claims of a token, but not the token itself.
pub(crate) fn contents(visit: &Visit, token: &UnverifiedToken) -> Markup {
    html! {
        div.card.stack {
            h3 { "Time" }
            @match token.expires_at() {
                Some(expires) => {
                    @let seconds = unix(expires);
                    @let now = visit.app.clock.unix_seconds();
                    p {
                        @if seconds > now {
                            span.tag.good { (left(visit, seconds)) " left" } " It expires "
                        } @else {
                            span.tag.bad { "expired" } " It was valid until "
                        }
                        (moment(seconds)) "."
                    }
                },
                None => p { "The token has no expiry, so it counts as expired." },
            }
            h3 { "Header" }
            pre tabindex="0" aria-label="Header" { (pretty(token.header())) }
            h3 { "Claims" }
            pre tabindex="0" aria-label="Claims" { (pretty(token.claims())) }
            p.soft.small { "Anyone can write a header and claims. Trust them only if the token is valid." }
        }
    }
}

fn pretty(members: &serde_json::Map<String, Value>) -> String {
    serde_json::to_string_pretty(members).unwrap_or_default()
}

fn show(visit: &Visit, report: Option<Markup>, problem: Option<&Problem>) -> Response {
    let missing = problem.filter(|problem| problem.field == Some("token"));
    let main = html! {
        h1 { "Token inspector" }
        p.lead { "The header, the claims, the time left, and whether this site accepts the token. The token is not \
                  stored, and not sent to another server." }
        form.card.stack method="post" action="/inspector" novalidate
            hx-post="/inspector" hx-target="#verdict" hx-swap="innerHTML" {
            div.field {
                label for="token" { "Token" }
                p.hint #token-hint { "Three parts, separated by dots, as in the header after " code { "Bearer" } "." }
                @if let Some(problem) = missing {
                    p.error #token-error { span.hidden { "Error: " } (problem.text) }
                }
                textarea #token name="token" rows="5" autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-describedby=(if missing.is_some() { "token-hint token-error" } else { "token-hint" })
                    aria-invalid=[missing.map(|_| "true")] {}
            }
            fieldset {
                legend { "Check it as" }
                label.option { input type="radio" name="as" value="access" checked; span { "an access token" } }
                label.option { input type="radio" name="as" value="id"; span { "an ID token" } }
            }
            div.row.actions {
                button type="submit" name="which" value="pasted" { "Inspect" }
                @if visit.person().is_some() {
                    button.plain type="submit" name="which" value="own-access" { "My access token" }
                    button.plain type="submit" name="which" value="own-id" { "My ID token" }
                }
            }
        }
        // Only the result is announced, because a screen reader should not read all claims.
        p.hidden #announced role="status" {}
        div #verdict { @if let Some(report) = report { (report) } }
    };
    visit
        .page("Token inspector", main)
        .problem(problem)
        .into_response()
}
