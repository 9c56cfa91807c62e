//! The operations `CreateManagedLoginBranding`, `DescribeManagedLoginBranding`,
//! `DescribeManagedLoginBrandingByClient`, `UpdateManagedLoginBranding` and
//! `DeleteManagedLoginBranding`.
//!
//! They manage branding styles: the colours, images and other settings of the hosted pages. The
//! emulator's pages use only some colours and the logo of a style.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::stored::{Item, check_count};
use crate::operations::common::{delete_item, invalid};
use crate::state::call::{Call, change};

const ID: &str = "ManagedLoginBrandingId";
/// The maximum number of styles of a pool: AWS's quota.
const MOST_STYLES: usize = 20;

/// The maximum size of a style, in bytes of JSON. AWS limits a request to 2 MB, and documents no limit
/// for a style that is sent in several requests.
const MOST_BYTES: usize = 2 * 1024 * 1024;
const TOO_LARGE: &str = "The managed login branding style is larger than 2 MB.";

const DEFAULTS: &str = "UseCognitoProvidedValues";

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let client = call.client()?.id.clone();
    check(call)?;
    let id = call.service.random.uuid();
    let mut members = members(call);
    members.entry(DEFAULTS).or_insert(json!(false));
    members.insert("ClientId".to_owned(), json!(client));
    let style = Item::new(members, call.now);
    style.check_size(MOST_BYTES, TOO_LARGE)?;
    let answer = answer(call, &id, &style);
    change(call, |settings| {
        let mut styles = settings.stored.styles.values();
        if styles.any(|style| style.text("ClientId") == Some(&client)) {
            return Err(Failure::new(
                "ManagedLoginBrandingExistsException",
                format!("Managed login branding already exists for client {client}."),
            ));
        }
        let message = "The user pool has too many managed login branding styles.";
        check_count(settings.stored.styles.len(), MOST_STYLES, message)?;
        settings.stored.styles.insert(id, style);
        Ok(())
    })?;
    Ok(answer)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    let style = call.service.settings.stored.styles.get(id);
    Ok(answer(call, id, style.ok_or_else(unknown)?))
}

pub(crate) fn describe_by_client(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    let mut styles = call.service.settings.stored.styles.iter();
    let found = styles.find(|(_, style)| style.text("ClientId") == Some(&client.id));
    let (id, style) = found.ok_or_else(unknown)?;
    Ok(answer(call, id, style))
}

/// Handles `UpdateManagedLoginBranding`. Settings and assets that the request omits do not change,
/// so that a client can send a large style in several requests. If `UseCognitoProvidedValues` is
/// `true`, all settings and assets are deleted.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    check(call)?;
    let id = call.text(ID).unwrap_or_default();
    change(call, |settings| {
        let style = settings.stored.styles.get_mut(id);
        let style = style.ok_or_else(unknown)?;
        let mut members = members(call);
        if call.flag(DEFAULTS) {
            style.members_mut().remove("Settings");
            style.members_mut().remove("Assets");
        }
        if let Some(new) = members.remove("Settings") {
            merge(
                style.members_mut().entry("Settings").or_insert(json!({})),
                new,
            );
        }
        if let Some(Value::Array(new)) = members.remove("Assets") {
            let assets = style.members_mut().entry("Assets").or_insert(json!([]));
            replace_assets(assets, new);
        }
        style.update(members, call.now);
        style.check_size(MOST_BYTES, TOO_LARGE)?;
        Ok(answer(call, id, style))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required(ID)?;
    delete_item(call, |settings| {
        settings.stored.styles.remove(id).ok_or_else(unknown)
    })
}

fn members(call: &Call<'_>) -> Map<String, Value> {
    request::copy_members(call.fields, &["Assets", "Settings", DEFAULTS])
}

/// Fails if the request selects Cognito's default style and also contains settings or assets.
fn check(call: &Call<'_>) -> Result<(), Failure> {
    let has_style = ["Assets", "Settings"].map(|member| call.fields.contains_key(member));
    if call.flag(DEFAULTS) && has_style.contains(&true) {
        return invalid(
            "Settings and Assets must be omitted when UseCognitoProvidedValues is true.",
        );
    }
    Ok(())
}

/// Copies the members of `new` to `old`. Objects are merged member by member, at every depth.
fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                merge(old.entry(name).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new,
    }
}

/// Adds images to `assets`. A new image replaces the image with the same category and color mode.
fn replace_assets(assets: &mut Value, new: Vec<Value>) {
    let Value::Array(assets) = assets else { return };
    let place = |asset: &Value| (asset["Category"].clone(), asset["ColorMode"].clone());
    assets.retain(|asset| new.iter().all(|new| place(new) != place(asset)));
    assets.extend(new);
}

fn answer(call: &Call<'_>, id: &str, style: &Item) -> Value {
    let pool = &call.service.settings.pool_id;
    let mut described = style.describe_with((ID, id), pool);
    // `ManagedLoginBrandingType` does not name the client.
    described.remove("ClientId");
    json!({ "ManagedLoginBranding": described })
}

fn unknown() -> Failure {
    Failure::not_found("Managed login branding does not exist.")
}
