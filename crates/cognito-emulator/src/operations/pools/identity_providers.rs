//! `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`,
//! `DeleteIdentityProvider`, `ListIdentityProviders`, `GetIdentityProviderByIdentifier`.
//!
//! Providers are stored and returned. Users cannot sign in through one.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::form::{ANY, Form, PAGE, PROVIDER};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::operations::administration::list::{page, page_token};
use crate::state::call::{Call, change};

/// The members that an update replaces one by one.
const MEMBERS: [&str; 4] = [
    "AcrMapping",
    "AttributeMapping",
    "IdpIdentifiers",
    "ProviderDetails",
];

/// Providers on one page of a list.
const MOST_LISTED: i64 = 60;

/// `CreateIdentityProvider`.
pub(crate) fn create(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let name = form.required("ProviderName", &PROVIDER).to_owned();
    let names = ProviderType::ALL.map(ProviderType::name);
    let kind = form.one_of("ProviderType", &names);
    form.must_have("ProviderDetails");
    let members = members(&mut form);
    call.pool(form)?;
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
    let name = named(call, call.form())?;
    let provider = call.service.settings.identity_providers.get(&name);
    let provider = provider.ok_or_else(|| unknown(&name))?;
    Ok(json!({ "IdentityProvider": provider.describe(&call.service.settings.pool_id, &name) }))
}

/// `UpdateIdentityProvider`. A member that the request leaves out stays.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let members = members(&mut form);
    let name = named(call, form)?;
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
    let name = named(call, call.form())?;
    change(call, |settings| {
        let known = settings.identity_providers.remove(&name);
        known.map(drop).ok_or_else(|| unknown(&name))
    })?;
    Ok(Value::Null)
}

/// `ListIdentityProviders`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let limit = form.integer("MaxResults", 0, MOST_LISTED);
    let token = form.optional("NextToken", &PAGE);
    call.pool(form)?;
    let after = page(call, token)?;
    let limit = limit.filter(|limit| *limit > 0).unwrap_or(MOST_LISTED);
    let providers = call.service.settings.identity_providers.iter();
    let mut rest = providers
        .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after))
        .peekable();
    let shown: Vec<_> = rest
        .by_ref()
        .take(usize::try_from(limit).unwrap_or_default())
        .collect();
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

/// `GetIdentityProviderByIdentifier`.
pub(crate) fn by_identifier(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let identifier = form.required("IdpIdentifier", &ANY);
    call.pool(form)?;
    let mut providers = call.service.settings.identity_providers.iter();
    let found = providers.find(|(_, provider)| provider.has_identifier(identifier));
    let (name, provider) = found.ok_or_else(|| unknown(identifier))?;
    Ok(json!({ "IdentityProvider": provider.describe(&call.service.settings.pool_id, name) }))
}

fn members(form: &mut Form<'_>) -> Map<String, Value> {
    for map in ["AcrMapping", "AttributeMapping", "ProviderDetails"] {
        form.texts(map);
    }
    form.names("IdpIdentifiers", &ANY);
    form.keep(&MEMBERS)
}

fn named(call: &Call<'_>, mut form: Form<'_>) -> Result<String, Failure> {
    let name = form.required("ProviderName", &PROVIDER).to_owned();
    call.pool(form)?;
    Ok(name)
}

/// The provider that an operation names does not exist.
pub(crate) fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("Identity provider {name} does not exist."))
}
