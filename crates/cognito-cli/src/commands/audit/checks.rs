//! The table of checks, by topic. Each check is a row with a function over the documents.

mod accounts;
mod clients;
mod factors;
mod messages;
mod passwords;
mod providers;
mod redirects;
mod registration;
mod roles;
mod surroundings;
mod threats;
mod tokens;

use crate::commands::audit::check::Check;

/// All checks, in the order of the reference page.
pub(super) const TOPICS: &[(&str, &[Check])] = &[
    ("Accounts and attributes", accounts::CHECKS),
    ("Passwords", passwords::CHECKS),
    ("Second factors, passkeys and devices", factors::CHECKS),
    ("Messages", messages::CHECKS),
    ("Threat protection", threats::CHECKS),
    ("App clients: flows, secrets and scopes", clients::CHECKS),
    ("App clients: redirect URIs", redirects::CHECKS),
    ("App clients: tokens and sessions", tokens::CHECKS),
    ("Client registration", registration::CHECKS),
    ("Identity providers", providers::CHECKS),
    ("The pool and its surroundings", surroundings::CHECKS),
];

/// Returns all checks.
pub(super) fn all() -> impl Iterator<Item = &'static Check> {
    TOPICS.iter().flat_map(|(_, checks)| checks.iter())
}

/// Returns the check with this identifier.
pub(super) fn named(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}
