//! `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`,
//! `DeleteIdentityProvider`, `ListIdentityProviders`, `GetIdentityProviderByIdentifier`.
//!
//! Providers are stored and returned. Users cannot sign in with them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::request;
use crate::operations::administration::list::{page, page_size, page_token};
use crate::state::call::{Call, change};

/// The members that an update replaces one by one.
const MEMBERS: [&str; 4] = [
    "AcrMapping",
    "AttributeMapping",
    "IdpIdentifiers",
    "ProviderDetails",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateIdentityProvider<'a> {
    provider_name: &'a str,
    provider_type: &'a str,
}

/// `CreateIdentityProvider`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let CreateIdentityProvider {
        provider_name: name,
        provider_type: kind,
    } = call.request()?;
    let name = name.to_owned();
    let members = request::kept(call.fields, &MEMBERS);
    call.check_pool()?;
    let kind = ProviderType::ALL
        .into_iter()
        .find(|known| known.name() == kind);
    let kind = kind.unwrap_or(ProviderType::Oidc);
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListIdentityProviders<'a> {
    max_results: Option<usize>,
    next_token: Option<&'a str>,
}

/// `ListIdentityProviders`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let ListIdentityProviders {
        max_results,
        next_token,
    } = call.request()?;
    call.check_pool()?;
    let after = page(call, next_token)?;
    let providers = call.service.settings.identity_providers.iter();
    let mut rest = providers
        .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after))
        .peekable();
    let shown: Vec<_> = rest.by_ref().take(page_size(max_results)).collect();
    let list: Value = shown
        .iter()
        .map(|(name, provider)| provider.summary(name))
        .collect();
    let mut answer = json!({ "Providers": list });
    if let (Some((last, _)), true) = (shown.last(), rest.peek().is_some()) {
        answer["NextToken"] = page_token(call, last);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetIdentityProviderByIdentifier<'a> {
    idp_identifier: &'a str,
}

/// `GetIdentityProviderByIdentifier`.
pub(crate) fn by_identifier(call: &Call<'_>) -> Answer {
    let GetIdentityProviderByIdentifier {
        idp_identifier: identifier,
    } = call.request()?;
    call.check_pool()?;
    let mut providers = call.service.settings.identity_providers.iter();
    let found = providers.find(|(_, provider)| provider.has_identifier(identifier));
    let (name, provider) = found.ok_or_else(|| unknown(identifier))?;
    Ok(json!({ "IdentityProvider": provider.describe(&call.service.settings.pool_id, name) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ForProvider<'a> {
    provider_name: &'a str,
}

/// Checks the pool and returns the name of the provider.
fn named(call: &Call<'_>) -> Result<String, Failure> {
    let ForProvider { provider_name } = call.request()?;
    call.check_pool()?;
    Ok(provider_name.to_owned())
}

/// Returns the error for a provider that does not exist.
pub(crate) fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("Identity provider {name} does not exist."))
}
