//! The list of the user's sessions, and the end of one of them.

use axum::response::Response;
use cognito::account::{SessionDescription, SessionType};
use cognito::{Error, ErrorKind};
use cognito_axum::ClientAddress;
use maud::{Markup, html};

use crate::site::fields::Fields;
use crate::site::problem::Problem;
use crate::site::sessions::{moment, unix};
use crate::site::signed_in::{SignedIn, is_over};
use crate::site::visit::Done;

/// The maximum number of sessions on the page.
const SHOWN: usize = 50;

/// Ends another session of the user. This site then rejects all tokens that Cognito issued to the user
/// before. Browsers whose session continues get new tokens with their next request.
pub(super) async fn revoke(
    signed_in: SignedIn,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let account = signed_in.account().client_address(from);
    match account.revoke_session(fields.text("session")).await {
        Ok(_) => Done::SessionEnded.at("/sessions"),
        // The session has ended before.
        Err(error) if error.kind() == ErrorKind::NotFound => Done::SessionEnded.at("/sessions"),
        Err(error) => signed_in.failed(&error),
    }
}

/// Renders the list. Fails with the response to the request if the session of this browser has ended.
pub(super) async fn section(signed_in: &SignedIn) -> Result<Markup, Response> {
    let list = match load(signed_in).await {
        Ok(sessions) => list(&sessions),
        Err(error) if is_over(error.kind()) => return Err(signed_in.failed(&error)),
        Err(error) if error.kind() == ErrorKind::NotEnabled => list(&[]),
        // The user can sign out everywhere without the list.
        Err(error) => html! {
            p.error { "The list could not be loaded. " (Problem::of(&error).text) }
        },
    };
    Ok(html! {
        section.card.stack aria-labelledby="list" {
            h2 #list { "Where you are signed in" }
            (list)
        }
    })
}

async fn load(signed_in: &SignedIn) -> Result<Vec<SessionDescription>, Error> {
    let mut stream = signed_in.account().sessions().stream();
    let mut sessions = Vec::new();
    while sessions.len() < SHOWN
        && let Some(session) = stream.next().await.transpose()?
    {
        sessions.push(session);
    }
    Ok(sessions)
}

fn list(sessions: &[SessionDescription]) -> Markup {
    html! {
        @if sessions.is_empty() {
            p.soft { "This user pool does not record sessions." }
        } @else {
            ul.plain { @for session in sessions { (item(session)) } }
            @if sessions.len() == SHOWN {
                p.soft.small { "The page shows the newest " (SHOWN) " sessions." }
            }
        }
    }
}

/// Renders a session. Security: the client of the session determines the device, the IP address and
/// the place, so they are only shown.
fn item(session: &SessionDescription) -> Markup {
    let device = session.device.as_deref().unwrap_or("Unknown device");
    let place = [&session.city, &session.country, &session.ip_address];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    html! {
        li.item {
            div {
                h3 {
                    (device)
                    @if session.session_type == Some(SessionType::SingleSignOn) { ", at managed login" }
                }
                p.soft.small {
                    @if let Some(created) = session.created { "Signed in " (moment(unix(created))) ". " }
                    @if let Some(active) = session.last_active { "Last active " (moment(unix(active))) ". " }
                }
                @if !place.is_empty() { p.soft.small { (place.join(", ")) } }
            }
            @if session.is_current {
                span.tag.good { "this browser" }
            } @else {
                form method="post" action="/sessions/revoke" {
                    input type="hidden" name="session" value=(session.session_id.as_str());
                    button.plain.small type="submit" {
                        "End" span.hidden {
                            " the session"
                            @if let Some(created) = session.created { " of " (moment(unix(created))) }
                        }
                    }
                }
            }
        }
    }
}
