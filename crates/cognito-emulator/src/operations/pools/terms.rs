//! The operations `CreateTerms`, `DescribeTerms`, `DescribeTermsByClient`, `UpdateTerms`,
//! `DeleteTerms` and `ListTerms`.
//!
//! The sign-up page of the hosted pages has links to the terms documents of its app client.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::settings::Settings;
use crate::model::stored::{Item, check_count};
use crate::operations::common::delete_item;
use crate::operations::page::Page;
use crate::state::call::{Call, change};

const ID: &str = "TermsId";

/// The key of the default URL in `Links` of a terms document. The default URL is used for each
/// language that has no URL.
const DEFAULT_KEY: &str = "cognito:default";

/// The maximum number of terms documents of a pool: AWS's quota.
const MOST_TERMS: usize = 40;

/// The members of a terms document that `CreateTerms` stores and `UpdateTerms` can change.
const MEMBERS: [&str; 4] = ["Enforcement", "Links", "TermsName", "TermsSource"];

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let client = call.client()?.id.clone();
    let id = call.service.random.uuid();
    let mut members = request::copy_members(call.fields, &MEMBERS);
    members.entry("Links").or_insert(json!({}));
    members.insert("ClientId".to_owned(), json!(client));
    let terms = Item::new(members, call.now);
    let answer = answer(call, &id, &terms);
    change(call, |settings| {
        check_is_new(&settings.stored.terms, &id, &terms)?;
        let message = "The user pool has too many terms documents.";
        check_count(settings.stored.terms.len(), MOST_TERMS, message)?;
        settings.stored.terms.insert(id, terms);
        Ok(())
    })?;
    Ok(answer)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    let terms = call.service.settings.stored.terms.get(id);
    Ok(answer(call, id, terms.ok_or_else(unknown)?))
}

pub(crate) fn describe_by_client(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    let found = find(&call.service.settings, &client.id, call.text("TermsName"));
    let (id, terms) = found.ok_or_else(unknown)?;
    Ok(answer(call, id, terms))
}

/// Handles `UpdateTerms`. Members that the request omits do not change. Fails if the app client has
/// another document with the new name.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    change(call, |settings| {
        let all = &mut settings.stored.terms;
        let mut terms = all.get(id).ok_or_else(unknown)?.clone();
        terms.update(request::copy_members(call.fields, &MEMBERS), call.now);
        check_is_new(all, id, &terms)?;
        let answer = answer(call, id, &terms);
        all.insert(id.to_owned(), terms);
        Ok(answer)
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    delete_item(call, |settings| {
        settings.stored.terms.remove(id).ok_or_else(unknown)
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let terms = &call.service.settings.stored.terms;
    Page::of_items(call, "Terms", terms, summary)
}

/// Returns the URLs of the terms of use and of the privacy policy of an app client, in this order.
/// `key` is the key of the language in `Links`. If a document has no URL for this language, its
/// default URL is used. Returns `None` if one of the two documents has no URL.
///
/// Security: `CreateTerms` accepts any string as a URL. A URL is used only if its scheme is HTTP or
/// HTTPS. A link with another scheme, such as `javascript`, could run a script in the page.
pub(crate) fn urls<'s>(settings: &'s Settings, client: &str, key: &str) -> Option<[&'s str; 2]> {
    let url = |name| {
        let (_, terms) = find(settings, client, Some(name))?;
        let links = terms.member("Links")?;
        let mut urls = [key, DEFAULT_KEY].into_iter();
        urls.find_map(|key| links.get(key)?.as_str().filter(|url| is_web(url)))
    };
    Some([url("terms-of-use")?, url("privacy-policy")?])
}

/// Returns `true` if a URL begins with `http://` or `https://`, in any case.
fn is_web(url: &str) -> bool {
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// Finds the terms document with the name `name` of an app client. Returns the id of the document,
/// and the document. Returns `None` if the client has no such document.
fn find<'s>(
    settings: &'s Settings,
    client: &str,
    name: Option<&str>,
) -> Option<(&'s String, &'s Item)> {
    let mut all = settings.stored.terms.iter();
    all.find(|(_, terms)| client_and_name(terms) == [Some(client), name])
}

/// Fails if the app client of `new` has another terms document with the same name.
fn check_is_new(all: &BTreeMap<String, Item>, id: &str, new: &Item) -> Result<(), Failure> {
    let mut others = all.iter().filter(|(other, _)| *other != id);
    if others.any(|(_, other)| client_and_name(other) == client_and_name(new)) {
        let [client, name] = client_and_name(new).map(Option::unwrap_or_default);
        return Err(Failure::new(
            "TermsExistsException",
            format!("Terms {name} already exist for client {client}."),
        ));
    }
    Ok(())
}

fn client_and_name(terms: &Item) -> [Option<&str>; 2] {
    ["ClientId", "TermsName"].map(|member| terms.text(member))
}

fn summary(id: &str, terms: &Item) -> Value {
    let mut described = terms.describe();
    for member in ["ClientId", "Links", "TermsSource"] {
        described.remove(member);
    }
    described.insert(ID.to_owned(), json!(id));
    Value::Object(described)
}

fn answer(call: &Call<'_>, id: &str, terms: &Item) -> Value {
    json!({ "Terms": terms.describe_with((ID, id), &call.service.settings.pool_id) })
}

fn unknown() -> Failure {
    Failure::not_found("Terms do not exist.")
}
