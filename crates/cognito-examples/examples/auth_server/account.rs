//! The page on which users delete their account.

use axum::response::{IntoResponse, Response};
use maud::html;

use crate::site::fields::Fields;
use crate::site::problem::Problem;
use crate::site::session;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Done;

pub(super) async fn page(signed_in: SignedIn) -> Response {
    form(&signed_in, None)
}

pub(super) async fn delete(signed_in: SignedIn, fields: Fields) -> Response {
    if fields.text("sure") != "yes" {
        let problem = Problem::at("sure", "Select the box to confirm.");
        return form(&signed_in, Some(&problem));
    }
    match signed_in.account().delete().await {
        Ok(_) => {
            let mut response = Done::AccountDeleted.at("/");
            let visit = &signed_in.visit;
            session::append(&mut response, &visit.app.cookies.clear(&visit.headers));
            response
        }
        Err(error) => signed_in.failed(&error),
    }
}

fn form(signed_in: &SignedIn, problem: Option<&Problem>) -> Response {
    let missing = problem.filter(|problem| problem.field == Some("sure"));
    let main = html! {
        h1 { "Delete your account" }
        p.lead { "This deletes your account, attributes, second factors and passkeys for good, and signs you out of all browsers." }
        form.card.stack method="post" action="/account/delete" novalidate {
            div.field {
                @if let Some(problem) = missing {
                    p.error #sure-error { span.hidden { "Error: " } (problem.text) }
                }
                label.option for="sure" {
                    input #sure type="checkbox" name="sure" value="yes"
                        aria-invalid=[missing.map(|_| "true")]
                        aria-describedby=[missing.map(|_| "sure-error")];
                    span { "I want to delete the account of " strong { (signed_in.person.name) } }
                }
            }
            div.row.actions {
                button.danger type="submit" { "Delete the account" }
                a.button.plain href="/profile" { "Cancel" }
            }
        }
    };
    let page = signed_in.visit.page("Delete your account", main).narrow();
    page.problem(problem).into_response()
}
