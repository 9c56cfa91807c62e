//! The page of an app client in the emulator's window (its web interface), with settings to copy.

use maud::{Markup, html};
use serde_json::json;

use super::frame::{Frame, Section, copyable, deletion_form, form, operation_failed};
use super::settings::{Snippet, snippets};
use super::visit::{Visit, link};
use crate::http::page::Page;

/// Returns the page of the app client that the parameters `pool` and `client` identify.
pub(super) async fn page(visit: &Visit<'_>) -> Page {
    let fields = json!({ "ClientId": visit.parameter("client") });
    let described = visit
        .call_for_pool("DescribeUserPoolClient", visit.parameter("pool"), fields)
        .await;
    let found = described.and_then(|described| {
        let pool = visit.pool()?;
        let client = pool.client(visit.parameter("client"))?;
        Ok((described, pool, client))
    });
    let (described, pool, client) = match found {
        Ok(found) => found,
        Err(failure) => {
            let back = link("/pool", &[("pool", visit.parameter("pool"))]);
            return operation_failed(Section::Pools, "App client", &failure, &back);
        }
    };
    let id = pool.settings.pool_id.as_str();
    let title = if client.name.is_empty() {
        &client.id
    } else {
        &client.name
    };
    let title = format!("App client {title}");
    let secret = client.secrets.first().map(|secret| secret.text.as_str());
    let all = serde_json::to_string_pretty(&described["UserPoolClient"]).unwrap_or_default();
    let back = link("/pool", &[("pool", id)]);
    let frame = Frame::new(Section::Pools, &title).with_done(visit.done_operation());
    frame.page(&html! {
        p { a href=(back) { "Pool " (super::pools::name_of(&pool)) } }
        dl {
            dt { "Client id" } dd { (copyable("the client id", &client.id)) }
            @if let Some(secret) = secret {
                dt { "Client secret" } dd { (copyable("the client secret", secret)) }
            }
            dt { "Pool id" } dd { (copyable("the pool id", id)) }
        }
        section {
            h2 { "Settings to copy" }
            @for snippet in snippets(&pool.settings, &client) { (snippet_figure(&snippet)) }
        }
        section {
            h2 { "All settings" }
            details {
                summary { "The response of DescribeUserPoolClient" }
                pre tabindex="0" role="region" aria-label="All settings" { code { (all) } }
            }
        }
        section {
            h2 { "Delete the app client" }
            (deletion_form("Delete the app client", &form(
                "DeleteUserPoolClient", &[("UserPoolId", id), ("ClientId", &client.id)], &back,
                &html! { button.danger { "Delete " (client.id) } },
            )))
        }
    })
}

/// Returns the settings for a library or a tool, with a button that copies them.
fn snippet_figure(snippet: &Snippet) -> Markup {
    let Snippet { title, text } = snippet;
    html! {
        figure.snippet {
            figcaption {
                h3 { (title) }
                button.copy type="button" data-copy=(text)
                    aria-label=(format!("Copy the settings for {title}")) { "Copy" }
            }
            pre tabindex="0" role="region" aria-label=(title) { code { (text) } }
        }
    }
}
