//! `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`,
//! `DeleteIdentityProvider`, `ListIdentityProviders`, `GetIdentityProviderByIdentifier`.
//!
//! Providers are stored and returned. Users cannot sign in with them.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::request;
use crate::operations::page::Page;
use crate::state::call::{Call, change};

/// The members of a provider that an update replaces if the request contains them.
const MEMBERS: [&str; 4] = [
    "AcrMapping",
    "AttributeMapping",
    "IdpIdentifiers",
    "ProviderDetails",
];

/// `CreateIdentityProvider`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let kind = call.required("ProviderType")?;
    let members = request::kept(call.fields, &MEMBERS);
    let name = named(call)?;
    let kind = ProviderType::named(kind).unwrap_or(ProviderType::Oidc);
    // A pool has one provider of each social type, under the name of the type (aws-cli#3179).
    if kind.is_social() && name != kind.name() {
        let kind = kind.name();
        return Err(Failure::invalid_parameter(format!(
            "Provider {name} cannot be of type {kind}."
        )));
    }
    let mut provider = IdentityProvider::new(kind, call.now);
    provider.members = members;
    let described = provider.describe(&call.service.settings.pool_id, &name);
    change(call, |settings| {
        let pool = &settings.pool_id;
        // The message is known from cloudformation-coverage-roadmap#1287.
        if settings.identity_providers.contains_key(&name) {
            return Err(Failure::new(
                "DuplicateProviderException",
                format!("{name} already exists in user pool {pool}"),
            ));
        }
        settings.identity_providers.insert(name, provider);
        Ok(())
    })?;
    Ok(json!({ "IdentityProvider": described }))
}

/// `DescribeIdentityProvider`.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    let name = named(call)?;
    let provider = call.service.settings.identity_providers.get(&name);
    let provider = provider.ok_or_else(|| unknown(&name))?;
    Ok(json!({ "IdentityProvider": provider.describe(&call.service.settings.pool_id, &name) }))
}

/// `UpdateIdentityProvider`. Members that the request omits do not change.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let members = request::kept(call.fields, &MEMBERS);
    let name = named(call)?;
    let described = change(call, |settings| {
        let provider = settings.identity_providers.get_mut(&name);
        let provider = provider.ok_or_else(|| unknown(&name))?;
        provider.members.extend(members);
        provider.modified = call.now;
        Ok(provider.describe(&call.service.settings.pool_id, &name))
    })?;
    Ok(json!({ "IdentityProvider": described }))
}

/// `DeleteIdentityProvider`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = named(call)?;
    change(call, |settings| {
        let known = settings.identity_providers.remove(&name);
        known.map(drop).ok_or_else(|| unknown(&name))
    })?;
    Ok(Value::Null)
}

/// `ListIdentityProviders`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let providers = call.service.settings.identity_providers.iter();
    let rest = providers.filter(|(name, _)| page.is_after(name));
    let key = |(name, _): &(&String, _)| (*name).clone();
    page.answer("Providers", rest, key, |(name, provider)| {
        provider.summary(name)
    })
}

/// `GetIdentityProviderByIdentifier`.
pub(crate) fn by_identifier(call: &Call<'_>) -> Answer {
    let identifier = call.required("IdpIdentifier")?;
    call.check_pool()?;
    let mut providers = call.service.settings.identity_providers.iter();
    let found = providers.find(|(_, provider)| provider.has_identifier(identifier));
    let (name, provider) = found.ok_or_else(|| unknown(identifier))?;
    Ok(json!({ "IdentityProvider": provider.describe(&call.service.settings.pool_id, name) }))
}

/// Checks the pool and returns the name of the provider.
fn named(call: &Call<'_>) -> Result<String, Failure> {
    let name = call.required("ProviderName")?;
    call.check_pool()?;
    Ok(name.to_owned())
}

/// Returns the error for a provider that does not exist.
pub(crate) fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("Identity provider {name} does not exist."))
}
