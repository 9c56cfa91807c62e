//! The page with the user's sessions, and the sign-out from this browser or from all browsers. The
//! page after a sign-out shows that the access token of the session is rejected.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::response::{IntoResponse, Redirect, Response};
use cognito::clock::rfc3339;
use cognito::{AccessToken, Error, ErrorKind};
use cognito_axum::ClientAddress;
use cognito_tower::public::message;
use maud::{Markup, html};

use crate::site::problem::Problem;
use crate::site::session::{self, Kept, Session};
use crate::site::signed_in::{SignedIn, to_the_login};
use crate::site::visit::Visit;
use crate::site::{login, session_list};

pub(super) async fn page(signed_in: SignedIn) -> Response {
    let visit = &signed_in.visit;
    let list = match session_list::section(&signed_in).await {
        Ok(list) => list,
        Err(response) => return response,
    };
    let claims = &signed_in.person.claims;
    let main = html! {
        h1 { "Sessions" }
        div.columns {
            section.card.stack aria-labelledby="this" {
                h2 #this { "This session" }
                dl.facts {
                    dt { "Signed in" } dd { (moment(claims.auth_time.unwrap_or(claims.iat))) }
                    dt { "Access token" } dd { "valid for " (left(visit, claims.exp)) ", until " (moment(claims.exp)) }
                    dt { "Then" }
                    dd {
                        @if signed_in.person.renewal.is_some() {
                            "the site refreshes it"
                        } @else {
                            "you sign in again"
                        }
                    }
                }
                form method="post" action="/sessions/end" {
                    button type="submit" { "Sign out here" }
                }
            }
            section.card.stack aria-labelledby="all" {
                h2 #all { "All sessions" }
                p { "Every refresh token of your account is revoked, on all devices. Cognito and this site also \
                     reject the access tokens, although these have not expired." }
                form method="post" action="/sessions/end-all" {
                    button.danger type="submit" { "Sign out everywhere" }
                }
            }
        }
        (list)
    };
    visit.page("Sessions", main).into_response()
}

/// Signs the user out of this browser: the refresh token and the tokens of this sign-in are
/// revoked.
pub(super) async fn end(visit: Visit, ClientAddress(from): ClientAddress) -> Response {
    let kept = kept(&visit);
    let Some(renewal) = &kept.renewal else {
        return nothing_to_end(&visit);
    };
    let revoke = visit.app.cognito.revoke(&renewal.token);
    let mut revoke = revoke.client_address(from);
    if let Some(token) = &kept.access_token {
        revoke = revoke.access_token(token);
    }
    let ended = revoke.await.map(drop).map_err(Unfinished::Failed);
    over(&visit, &kept, ended, "You are signed out").await
}

/// Signs the user out of every browser and device.
pub(super) async fn end_all(visit: Visit, ClientAddress(from): ClientAddress) -> Response {
    let kept = kept(&visit);
    let ended = match (&kept.access_token, &visit.session) {
        (Some(token), _) => {
            let account = visit.app.cognito.account(token).client_address(from);
            let ended = account.sign_out_everywhere().await;
            ended.map(drop).map_err(Unfinished::Failed)
        }
        (None, Session::Undecided(error, _)) => Err(Unfinished::NotAsked(error.clone())),
        (None, _) => return nothing_to_end(&visit),
    };
    over(&visit, &kept, ended, "You are signed out everywhere").await
}

/// Returns the tokens of this browser. They may be unverified, because a user can sign out even if
/// the tokens cannot be verified.
fn kept(visit: &Visit) -> Kept {
    match &visit.session {
        Session::Person(person) => Kept {
            access_token: Some(person.access_token.clone()),
            renewal: person.renewal.clone(),
        },
        Session::Undecided(_, kept) => kept.clone(),
        Session::Ended | Session::Nobody => Kept {
            access_token: None,
            renewal: None,
        },
    }
}

/// The reason why a sign-out was not completed.
enum Unfinished {
    Failed(Error),
    /// Cognito was not called, because of this error.
    NotAsked(Error),
}

fn nothing_to_end(visit: &Visit) -> Response {
    let mut response = to_the_login(visit);
    session::append(&mut response, &visit.app.cookies.clear(&visit.headers));
    response
}

/// Renders the result of a sign-out, or redirects to the login page if the session had already
/// ended. The response deletes the cookies with the tokens, even if Cognito could not be called.
async fn over(
    visit: &Visit,
    kept: &Kept,
    ended: Result<(), Unfinished>,
    title: &'static str,
) -> Response {
    let visit = visit.clone().signed_out();
    // An expired token is not such a case, because its session continues.
    let is_over = [ErrorKind::AccessRevoked, ErrorKind::UserNotFound];
    if let Err(Unfinished::Failed(error)) = &ended
        && is_over.contains(&error.kind())
    {
        let mut response = Redirect::to(login::OVER).into_response();
        session::append(&mut response, &visit.app.cookies.clear(&visit.headers));
        return response;
    }
    let (title, meaning) = match &ended {
        Ok(()) => (title, None),
        Err(unfinished) => {
            let (title, meaning) = unfinished.said();
            (title, Some(meaning))
        }
    };
    let problem = ended.err().map(|unfinished| match unfinished {
        Unfinished::Failed(error) | Unfinished::NotAsked(error) => Problem::of(&error),
    });
    let main = html! {
        h1 { (title) }
        p.lead {
            "The tokens in this browser are deleted. " @if let Some(meaning) = meaning { (meaning) }
        }
        @if let Some(token) = &kept.access_token { (proof(&visit, token).await) }
        p.row.actions {
            a.button href="/login" { "Sign in again" }
            a.button.plain href="/" { "Start page" }
        }
    };
    let page = visit.page(title, main).narrow().problem(problem.as_ref());
    let mut response = page.into_response();
    session::append(&mut response, &visit.app.cookies.clear(&visit.headers));
    response
}

impl Unfinished {
    /// Returns the title and the text for an incomplete sign-out.
    fn said(&self) -> (&'static str, &'static str) {
        match self {
            // Cognito is called first.
            Self::Failed(error) if error.kind() == ErrorKind::StoreUnavailable => (
                "Some instances do not have the sign-out yet",
                "Cognito and this instance of the site have ended your session. The other instances \
                 reject your tokens when the shared store is available again.",
            ),
            Self::Failed(_) => (
                "Only this browser is signed out",
                "Cognito could not be reached, so copies of your tokens may be valid until they \
                 expire. Sign in again, and then sign out everywhere.",
            ),
            Self::NotAsked(_) => (
                "Only this browser is signed out",
                "Your access token had expired and could not be refreshed, so Cognito did not end your \
                 session. Sign in again, and then sign out everywhere.",
            ),
        }
    }
}

/// Renders how this site and Cognito respond to the access token of the session that has ended.
async fn proof(visit: &Visit, token: &AccessToken) -> Markup {
    let cognito = &visit.app.cognito;
    let here = cognito.verify_access_token(token.expose()).await.map(drop);
    let there = cognito.account(token).details().await.map(drop);
    html! {
        section.card.stack aria-labelledby="proof" {
            h2 #proof { "The old access token" }
            p { "A copy of the token gets these responses:" }
            dl.facts {
                dt { "This site" } dd { (verdict(here)) }
                dt { "Cognito" } dd { (verdict(there)) }
            }
        }
    }
}

fn verdict(verdict: Result<(), Error>) -> Markup {
    html! {
        @match verdict {
            Ok(()) => span.tag.bad { "accepted" },
            Err(error) => {
                // Only a 401 is a rejection. Other errors are not.
                @if error.status() == 401 {
                    span.tag.good { "rejected" } " "
                } @else {
                    span.tag.note { "unknown" } " "
                }
                (message(error.kind())) " (" code { (error.kind().name()) } ", " (error.status()) ")"
            }
        }
    }
}

/// Renders a time, which is in seconds since 1970.
pub(crate) fn moment(seconds: u64) -> Markup {
    let text = rfc3339(UNIX_EPOCH + Duration::from_secs(seconds.min(253_402_300_799)));
    html! { time datetime=(text) { (text[..19].replace('T', " ")) " UTC" } }
}

/// Returns the duration from now until `seconds` (a time in seconds since 1970), in words.
pub(crate) fn left(visit: &Visit, seconds: u64) -> String {
    let now = visit.app.clock.unix_seconds();
    in_words(seconds.saturating_sub(now))
}

/// Returns a duration in words. The unit is seconds, minutes, hours or days, depending on the
/// duration.
pub(crate) fn in_words(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Converts a time to seconds since 1970. A time before 1970 becomes 0.
pub(crate) fn unix(moment: SystemTime) -> u64 {
    moment
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
