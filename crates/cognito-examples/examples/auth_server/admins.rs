//! A page for members of the group `admins`, and the response to other users.

use axum::response::{IntoResponse, Response};
use cognito::{Error, ErrorKind};
use cognito_tower::Rejection;
use maud::html;

use crate::site::session;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

/// The group whose members can open the page for admins.
pub(crate) const GROUP: &str = "admins";

pub(super) async fn page(signed_in: SignedIn) -> Response {
    let visit = &signed_in.visit;
    if let Err(rejection) = visit.app.admins.authorize(&signed_in.person.claims) {
        return refused(&signed_in, &rejection);
    }
    let main = html! {
        h1 { "For admins" }
        p.lead { "You can open this page because your access token contains the group " code { (GROUP) } "." }
        section.card.stack aria-labelledby="why" {
            h2 #why { "What was checked" }
            p { "The signature of your access token, its issuer, client and times, that it was not revoked, \
                 and then its claim " code { "cognito:groups" } ". No request was sent to Cognito." }
            dl.facts {
                dt { "cognito:groups" }
                dd { @for group in &signed_in.person.claims.groups { span.tag.good { (group) } " " } }
            }
            @if visit.app.emulator.is_some() {
                form method="post" action="/admins/leave" { button.plain type="submit" { "Leave the group" } }
            }
        }
    };
    visit.page("For admins", main).narrow().into_response()
}

/// Renders the page for a signed-in user who is not in the group `admins`. The response has the
/// status of the guard's rejection.
fn refused(signed_in: &SignedIn, rejection: &Rejection) -> Response {
    let visit = &signed_in.visit;
    let groups = &signed_in.person.claims.groups;
    let main = html! {
        h1 { "This page is for admins" }
        p.lead { "You are signed in, but your account does not have access (403)." }
        section.card.stack aria-labelledby="why" {
            h2 #why { "Why, and what you can do" }
            dl.facts {
                dt { "Required" } dd { "the group " code { (GROUP) } }
                dt { "Your groups" }
                dd {
                    @if groups.is_empty() { "none" }
                    @for group in groups { span.tag { (group) } " " }
                }
            }
            @if visit.app.emulator.is_some() {
                p { "With the emulator, you can join the group yourself. Your tokens are then refreshed, because a \
                     token contains the groups at the time when it was issued." }
                form method="post" action="/admins/join" { button type="submit" { "Join the group" } }
            } @else {
                p { "Ask an operator of this site to add you to the group. Then sign in again, because a token \
                     contains the groups at the time when it was issued." }
            }
        }
    };
    let page = visit.page("This page is for admins", main).narrow();
    page.status(rejection.status()).into_response()
}

/// Adds the user to the group `admins`, as an operator would. The route exists only with the
/// emulator.
pub(super) async fn join(signed_in: SignedIn) -> Response {
    match enter(&signed_in).await {
        Ok(()) => renewed(&signed_in, Done::JoinedGroup).await,
        Err(error) => signed_in.failed(&error),
    }
}

async fn enter(signed_in: &SignedIn) -> Result<(), Error> {
    let admin = signed_in.visit.app.cognito.admin();
    match admin.create_group(GROUP).await {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    admin
        .group(GROUP)
        .add_user(username(signed_in))
        .await
        .map(drop)
}

/// Removes the user from the group `admins`. The route exists only with the emulator.
pub(super) async fn leave(signed_in: SignedIn) -> Response {
    let admin = signed_in.visit.app.cognito.admin();
    match admin.group(GROUP).remove_user(username(&signed_in)).await {
        Ok(_) => renewed(&signed_in, Done::LeftGroup).await,
        Err(error) => signed_in.failed(&error),
    }
}

fn username(signed_in: &SignedIn) -> &str {
    let claims = &signed_in.person.claims;
    claims.username.as_deref().unwrap_or(&claims.sub)
}

/// Refreshes the tokens, so that they contain the current groups, and redirects to the page for
/// admins. Without a refresh token, only redirects.
async fn renewed(signed_in: &SignedIn, done: Done) -> Response {
    let (app, headers) = (&signed_in.visit.app, &signed_in.visit.headers);
    let Some(renewal) = &signed_in.person.renewal else {
        return done.at("/admins");
    };
    match renewal.buy(app, None).await {
        Ok(tokens) => {
            let mut response = done.at("/admins");
            let kept = app.cookies.tokens(&tokens, headers);
            // If the new groups make the tokens too long for cookies, the user must sign in again.
            let kept = kept.unwrap_or_else(|_| app.cookies.clear(headers));
            session::append(&mut response, &kept);
            response
        }
        Err(error) => signed_in.failed(&error),
    }
}
