//! The operations `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`,
//! `DeleteIdentityProvider`, `ListIdentityProviders` and `GetIdentityProviderByIdentifier`.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::request;
use crate::model::saml::metadata::Metadata;
use crate::model::settings::Settings;
use crate::operations::common::{delete_item, invalid};
use crate::operations::federation::saml;
use crate::operations::page::Page;
use crate::state::call::{Call, change};

/// The members of a provider that `CreateIdentityProvider` stores and `UpdateIdentityProvider` can
/// replace.
const MEMBERS: [&str; 4] = [
    "AcrMapping",
    "AttributeMapping",
    "IdpIdentifiers",
    "ProviderDetails",
];

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let metadata = saml::fetched(call)?;
    change(call, |settings| {
        let name = add(settings, call.fields, (metadata.as_ref(), call.now))?;
        let pool = settings.pool_id.clone();
        let provider = settings.identity_providers.get(&name);
        let described = provider.map(|provider| provider.describe(&pool, &name));
        Ok(json!({ "IdentityProvider": described }))
    })
}

/// Adds the identity provider that a validated request describes, and returns the name of the
/// provider. `metadata` is the metadata at the URL of a SAML provider, if the emulator has read it.
pub(crate) fn add(
    settings: &mut Settings,
    fields: &Map<String, Value>,
    (metadata, now): (Option<&Metadata>, SystemTime),
) -> Result<String, Failure> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = text("ProviderName");
    let kind = ProviderType::named(text("ProviderType")).unwrap_or(ProviderType::Oidc);
    // A pool has one provider of each social type, under the name of the type (aws-cli#3179).
    if kind.is_social() && name != kind.name() {
        let kind = kind.name();
        return invalid(format!("Provider {name} cannot be of type {kind}."));
    }
    // The message is known from cloudformation-coverage-roadmap#1287.
    if settings.identity_providers.contains_key(name) {
        let pool = &settings.pool_id;
        return Err(Failure::new(
            "DuplicateProviderException",
            format!("{name} already exists in user pool {pool}"),
        ));
    }
    let mut provider = IdentityProvider::new(kind, now);
    provider.members = request::copy_members(fields, &MEMBERS);
    provider.add_defaults();
    saml::complete_details(settings, &mut provider, metadata)?;
    put(settings, name, provider)?;
    Ok(name.to_owned())
}

/// Adds `provider`, or replaces the provider with the same name. Fails if another provider of the
/// pool already has an identifier of `provider` (`IdpIdentifiers`), or if `provider` has
/// `AcrMapping` and its type is not `OIDC`.
///
/// AWS does not document the error for identifiers. Without this check, two providers could have
/// the same identifier, and the order of their names would decide which one `idp_identifier`
/// selects.
fn put(settings: &mut Settings, name: &str, provider: IdentityProvider) -> Result<(), Failure> {
    // The rule is from the API reference of `CreateIdentityProvider`, the message is the emulator's.
    if provider.kind != ProviderType::Oidc && provider.members.contains_key("AcrMapping") {
        return invalid("Only OIDC identity providers support AcrMapping");
    }
    for (other, known) in &settings.identity_providers {
        let mut identifiers = provider.identifiers();
        let taken = identifiers.find(|identifier| known.has_identifier(identifier));
        if let Some(identifier) = taken.filter(|_| other != name) {
            return invalid(format!(
                "The identifier {identifier} belongs to the identity provider {other}"
            ));
        }
    }
    let providers = &mut settings.identity_providers;
    providers.insert(name.to_owned(), provider);
    Ok(())
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let name = call.required("ProviderName")?;
    let provider = call.service.settings.identity_providers.get(name);
    let provider = provider.ok_or_else(|| unknown(name))?;
    Ok(describe_as(call, name, provider))
}

/// Handles `UpdateIdentityProvider`. Members that the request omits do not change.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let name = call.required("ProviderName")?;
    let metadata = saml::fetched(call)?;
    change(call, |settings| {
        let provider = settings.identity_providers.get(name);
        let mut provider = provider.ok_or_else(|| unknown(name))?.clone();
        let members = request::copy_members(call.fields, &MEMBERS);
        provider.members.extend(members);
        provider.add_defaults();
        provider.modified = call.now;
        if call.fields.contains_key("ProviderDetails") {
            saml::complete_details(settings, &mut provider, metadata.as_ref())?;
        }
        let described = describe_as(call, name, &provider);
        put(settings, name, provider)?;
        Ok(described)
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("ProviderName")?;
    delete_item(call, |settings| {
        let provider = settings.identity_providers.remove(name);
        provider.ok_or_else(|| unknown(name))
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let providers = &call.service.settings.identity_providers;
    Page::of_items(call, "Providers", providers, |name, provider| {
        provider.summary(name)
    })
}

pub(crate) fn by_identifier(call: &Call<'_>) -> Answer {
    let identifier = call.required("IdpIdentifier")?;
    let mut providers = call.service.settings.identity_providers.iter();
    let found = providers.find(|(_, provider)| provider.has_identifier(identifier));
    let (name, provider) = found.ok_or_else(|| unknown(identifier))?;
    Ok(describe_as(call, name, provider))
}

fn describe_as(call: &Call<'_>, name: &str, provider: &IdentityProvider) -> Value {
    let pool = &call.service.settings.pool_id;
    json!({ "IdentityProvider": provider.describe(pool, name) })
}

/// Returns the error for a provider that does not exist.
pub(crate) fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("Identity provider {name} does not exist."))
}
