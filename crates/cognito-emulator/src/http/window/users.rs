//! The page with the users of a pool in the emulator's window (its web interface).

use maud::{Markup, html};
use serde_json::{Value, json};

use super::frame::{Frame, Section, field, form, operation_failed, table};
use super::pools::name_of;
use super::visit::{Visit, link, moment, text};
use crate::http::page::Page;
use crate::model::failure::Failure;

/// The attributes that the search offers, with their labels.
const SEARCHABLE: [(&str, &str); 6] = [
    ("email", "E-mail address"),
    ("username", "User name"),
    ("phone_number", "Phone number"),
    ("name", "Name"),
    ("sub", "Subject (sub)"),
    ("cognito:user_status", "Status"),
];

/// The maximum number of users on a page.
const USERS_PER_PAGE: usize = 50;

/// Returns the page with the users of the pool in the parameter `pool`. Without this parameter, shows
/// the users of the first pool.
pub(super) async fn page(visit: &Visit<'_>) -> Page {
    let pools = visit.instance.pools.all();
    let first = pools.first().map(|pool| pool.settings.pool_id.clone());
    let id = match visit.parameter("pool") {
        "" => first.unwrap_or_default(),
        id => id.to_owned(),
    };
    if pools.is_empty() {
        let frame = Frame::new(Section::Users, "Users");
        return frame.page(&html! { p { "There is no pool." } });
    }
    let listed = match list(visit, &id).await {
        Ok(listed) => listed,
        Err(failure) => {
            // The link must not lead to a pool that does not exist.
            let is_known = pools.iter().any(|pool| pool.settings.pool_id == id);
            let known = is_known.then_some(("pool", id.as_str()));
            let back = link("/users", known.as_slice());
            return operation_failed(Section::Users, "Users", &failure, &back);
        }
    };
    let frame = Frame::new(Section::Users, "Users").with_done(visit.done_operation());
    frame.page(&html! {
        form method="get" action=(link("/users", &[])) {
            div.row {
                label {
                    span { "Pool" }
                    select name="pool" {
                        @for pool in &pools {
                            @let known = &pool.settings.pool_id;
                            option value=(known) selected[*known == id] {
                                (name_of(pool)) " – " (known)
                            }
                        }
                    }
                }
                (search_fields(visit))
                button { "Search" }
            }
        }
        (user_table(visit, &id, &listed))
        (creation_form(&id))
    })
}

/// Calls `ListUsers` with the filter and the page token of the request.
async fn list(visit: &Visit<'_>, pool: &str) -> Result<Value, Failure> {
    let mut fields = json!({ "UserPoolId": pool, "Limit": USERS_PER_PAGE });
    let value = visit.parameter("value");
    if !value.is_empty() {
        let value = value.replace('\\', r"\\").replace('"', "\\\"");
        fields["Filter"] = json!(format!("{} ^= \"{value}\"", attribute(visit)));
    }
    if !visit.parameter("token").is_empty() {
        fields["PaginationToken"] = json!(visit.parameter("token"));
    }
    visit.call_for_pool("ListUsers", pool, fields).await
}

/// Returns the attribute that the search uses. Default: the first of [`SEARCHABLE`].
fn attribute(visit: &Visit<'_>) -> &'static str {
    let mut known = SEARCHABLE.iter().map(|(name, _)| *name);
    let asked = visit.parameter("attribute");
    known.find(|name| *name == asked).unwrap_or(SEARCHABLE[0].0)
}

fn search_fields(visit: &Visit<'_>) -> Markup {
    let attribute = attribute(visit);
    html! {
        label {
            span { "Attribute" }
            select name="attribute" {
                @for (name, label) in SEARCHABLE {
                    option value=(name) selected[name == attribute] { (label) }
                }
            }
        }
        label {
            span { "Starts with" }
            input name="value" type="search" value=(visit.parameter("value")) autocomplete="off";
        }
    }
}

fn user_table(visit: &Visit<'_>, pool: &str, listed: &Value) -> Markup {
    let users = listed["Users"].as_array().map_or(&[][..], Vec::as_slice);
    let columns = [
        "User name",
        "E-mail address",
        "Status",
        "Enabled",
        "Created",
    ];
    let rows = html! {
        @for user in users {
            @let name = text(&user["Username"]);
            tr {
                th scope="row" {
                    a href=(link("/user", &[("pool", pool), ("user", name)])) { (name) }
                }
                td { (email(user)) }
                td { (text(&user["UserStatus"])) }
                td { @if user["Enabled"] == true { "yes" } @else { span.bad { "no" } } }
                td { (moment(&user["UserCreateDate"])) }
            }
        }
    };
    let query = |token| {
        link(
            "/users",
            &[
                ("pool", pool),
                ("attribute", visit.parameter("attribute")),
                ("value", visit.parameter("value")),
                ("token", token),
            ],
        )
    };
    html! {
        section {
            @if users.is_empty() { p { "No user was found." } } @else {
                (table("Users", &columns, &rows))
            }
            @if let Some(token) = listed["PaginationToken"].as_str() {
                p { a href=(query(token)) { "Next page" } }
            }
        }
    }
}

fn email(user: &Value) -> &str {
    let attributes = user["Attributes"].as_array();
    let mut attributes = attributes.into_iter().flatten();
    let found = attributes.find(|attribute| attribute["Name"] == "email");
    found.map_or("", |attribute| text(&attribute["Value"]))
}

fn creation_form(pool: &str) -> Markup {
    let names = [
        ("UserPoolId", pool),
        ("UserAttributes.member.1.Name", "email"),
        ("UserAttributes.member.2.Name", "email_verified"),
        ("UserAttributes.member.3.Name", "phone_number"),
    ];
    let here = link("/users", &[("pool", pool)]);
    html! {
        section {
            h2 { "Create a user" }
            (form("AdminCreateUser", &names, &here, &html! {
                (field("User name", "Username", "text", true))
                (field("E-mail address", "UserAttributes.member.1.Value", "email", false))
                label.option {
                    input type="checkbox" name="UserAttributes.member.2.Value" value="true";
                    " The e-mail address is verified"
                }
                (field("Phone number", "UserAttributes.member.3.Value", "tel", false))
                (field("Temporary password", "TemporaryPassword", "password", false))
                label.option {
                    input type="checkbox" name="MessageAction" value="SUPPRESS";
                    " Send no invitation"
                }
                button { "Create the user" }
            }))
        }
    }
}
