//! The pages of the pools in the emulator's window (its web interface): the list of all pools, and
//! one pool with its app clients.

use maud::{Markup, html};
use serde_json::json;

use super::frame::{Frame, Section, copyable, deletion_form, field, form, operation_failed, table};
use super::visit::{PATH, Visit, link};
use crate::http::page::Page;
use crate::model::time::iso8601;
use crate::state::service::Service;

/// Returns the page with the list of all pools.
pub(super) fn overview(visit: &Visit<'_>) -> Page {
    let pools = visit.instance.pools.all();
    let rows = html! { @for pool in &pools { (row(pool)) } };
    let columns = ["Name", "Pool id", "Users", "App clients", "MFA", "Account"];
    let frame = Frame::new(Section::Pools, "Pools").with_done(visit.done_operation());
    frame.page(&html! {
        p { "The endpoint of all pools is " (copyable("the endpoint", visit.instance.pools.endpoint())) "." }
        @match visit.instance.journal.name() {
            Some(name) => p { "The data is kept in the state file " code { (name) } "." }
            None => p { "The data is in memory, and is lost when the emulator stops." }
        }
        @if pools.is_empty() { p { "There is no pool." } } @else {
            (table("User pools", &columns, &rows))
        }
        section {
            h2 { "Create a pool" }
            (form("CreateUserPool", &[], PATH, &html! {
                (field("Name", "PoolName", "text", true))
                fieldset {
                    legend { "Sign-in" }
                    label.option {
                        input type="checkbox" name="UsernameAttributes.member.1" value="email" checked;
                        " Users sign in with an e-mail address"
                    }
                    label.option {
                        input type="checkbox" name="AutoVerifiedAttributes.member.1" value="email" checked;
                        " Send a code to verify the e-mail address"
                    }
                }
                button { "Create the pool" }
            }))
        }
    })
}

fn row(pool: &Service) -> Markup {
    let settings = &pool.settings;
    let id = settings.pool_id.as_str();
    let users = pool.state.lock().users.len();
    let clients = pool.clients.read().len();
    html! {
        tr {
            th scope="row" { a href=(link("/pool", &[("pool", id)])) { (name_of(pool)) } }
            td { code { (id) } }
            td.number { (users) }
            td.number { (clients) }
            td { (settings.mfa.name()) }
            td { code { (settings.account) } }
        }
    }
}

/// Returns the name of a pool, or its id if it has no name.
pub(super) fn name_of(pool: &Service) -> &str {
    let settings = &pool.settings;
    if settings.name.is_empty() {
        &settings.pool_id
    } else {
        &settings.name
    }
}

/// Returns the page of the pool in the parameter `pool`, with its app clients.
pub(super) async fn pool(visit: &Visit<'_>) -> Page {
    let described = visit
        .call_for_pool("DescribeUserPool", visit.parameter("pool"), json!({}))
        .await;
    let pool = match described.and_then(|_| visit.pool()) {
        Ok(pool) => pool,
        Err(failure) => return operation_failed(Section::Pools, "Pool", &failure, PATH),
    };
    let settings = &pool.settings;
    let id = settings.pool_id.as_str();
    let here = link("/pool", &[("pool", id)]);
    let frame = Frame::new(Section::Pools, name_of(&pool)).with_done(visit.done_operation());
    frame.page(&html! {
        dl {
            dt { "Pool id" } dd { (copyable("the pool id", id)) }
            dt { "Issuer" } dd { (copyable("the issuer", &settings.issuer)) }
            dt { "Keys (JWKS)" } dd { (copyable("the URL of the keys", &settings.jwks_uri())) }
            dt { "Region" } dd { (settings.region) }
            dt { "MFA" } dd { (settings.mfa.name()) }
            dt { "Created" } dd { (iso8601(settings.created)) }
        }
        (clients(&pool))
        section {
            h2 { "Create an app client" }
            (form("CreateUserPoolClient", &[("UserPoolId", id)], &here, &html! {
                (field("Name", "ClientName", "text", true))
                fieldset {
                    legend { "Settings" }
                    label.option {
                        input type="checkbox" name="GenerateSecret" value="true";
                        " The client has a secret"
                    }
                    @for (place, flow) in FLOWS.iter().enumerate() {
                        label.option {
                            input type="checkbox" value=(flow) checked
                                name=(format!("ExplicitAuthFlows.member.{}", place + 1));
                            " " code { (flow) }
                        }
                    }
                }
                button { "Create the app client" }
            }))
        }
        section {
            h2 { "Delete the pool" }
            (deletion_form("Delete the pool and its users", &form(
                "DeleteUserPool", &[("UserPoolId", id)], PATH,
                &html! { button.danger { "Delete " (name_of(&pool)) } },
            )))
        }
    })
}

/// The sign-in flows that the form for a new app client offers.
const FLOWS: [&str; 4] = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
];

/// Returns the list of the app clients of a pool, sorted by id.
fn clients(pool: &Service) -> Markup {
    let clients = pool.clients.read();
    let mut clients: Vec<_> = clients.values().collect();
    clients.sort_by(|one, other| one.id.cmp(&other.id));
    let id = pool.settings.pool_id.as_str();
    let rows = html! {
        @for client in &clients {
            @let url = link("/client", &[("pool", id), ("client", &client.id)]);
            tr {
                th scope="row" { a href=(url) { (client.id) } }
                td { (client.name) }
                td { @if client.secrets.is_empty() { "no" } @else { "yes" } }
            }
        }
    };
    html! {
        section {
            h2 { "App clients" }
            @if clients.is_empty() { p { "The pool has no app client." } } @else {
                (table("App clients", &["Client id", "Name", "Secret"], &rows))
            }
        }
    }
}
