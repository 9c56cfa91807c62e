//! `AdminLinkProviderForUser`, `AdminDisableProviderForUser`.

use serde::Deserialize;
use serde_json::json;

use crate::model::failure::{Answer, Failure};
use crate::model::identity::Identity;
use crate::model::options::ProviderType;
use crate::model::user::User;
use crate::operations::pools::identity_providers::unknown;
use crate::state::call::Call;
use crate::state::pool::State;

/// The maximum number of linked accounts of a user.
const MOST_IDENTITIES: usize = 5;

/// The provider name of the pool itself.
const COGNITO: &str = "Cognito";

/// The default attribute that identifies users of a provider.
const SUBJECT: &str = "Cognito_Subject";

/// `AdminLinkProviderForUser`.
pub(crate) fn link(call: &Call<'_>) -> Answer {
    let destination: Person<'_> = call.member("DestinationUser")?;
    let source: Person<'_> = call.member("SourceUser")?;
    call.check_pool()?;
    let identity = Identity {
        kind: source.kind(call)?,
        provider: source.provider().to_owned(),
        attribute: source.attribute().to_owned(),
        value: source.value().to_owned(),
        linked: call.now,
    };
    let mut state = call.state();
    let is_linked = state
        .users
        .after(None)
        .any(|user| user.identities.iter().any(|known| source.is(known)));
    let user = named(&mut state, &destination.username())?;
    if is_linked {
        return Err(Failure::invalid_parameter(
            "SourceUser is already linked to DestinationUser",
        ));
    }
    if user.identities.len() >= MOST_IDENTITIES {
        return Err(Failure::new(
            "LimitExceededException",
            "The user is linked to too many identities.",
        ));
    }
    user.identities.push(identity);
    user.modified = call.now;
    Ok(json!({}))
}

/// `AdminDisableProviderForUser`. For a user of the pool itself, disables the password.
pub(crate) fn unlink(call: &Call<'_>) -> Answer {
    let person: Person<'_> = call.member("User")?;
    call.check_pool()?;
    let mut state = call.state();
    if person.provider() == COGNITO {
        let user = named(&mut state, person.value())?;
        user.password = None;
        user.modified = call.now;
        return Ok(json!({}));
    }
    let user = state
        .users
        .all_mut()
        .find(|user| user.identities.iter().any(|known| person.is(known)))
        .ok_or_else(Failure::user_not_found)?;
    user.identities.retain(|known| !person.is(known));
    user.modified = call.now;
    Ok(json!({}))
}

/// Returns the user with this user name. Aliases are not accepted.
fn named<'s>(state: &'s mut State, name: &str) -> Result<&'s mut User, Failure> {
    let user = state.users.expect(name)?;
    if user.username.eq_ignore_ascii_case(name) {
        Ok(user)
    } else {
        Err(Failure::user_not_found())
    }
}

/// `ProviderUserIdentifierType`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Person<'a> {
    provider_name: Option<&'a str>,
    provider_attribute_name: Option<&'a str>,
    provider_attribute_value: Option<&'a str>,
}

impl<'a> Person<'a> {
    fn provider(&self) -> &'a str {
        self.provider_name.unwrap_or(COGNITO)
    }

    fn attribute(&self) -> &'a str {
        self.provider_attribute_name.unwrap_or(SUBJECT)
    }

    fn value(&self) -> &'a str {
        self.provider_attribute_value.unwrap_or_default()
    }

    /// Returns `true` if the request names this linked account.
    fn is(&self, known: &Identity) -> bool {
        known.is(self.provider(), self.attribute(), self.value())
    }

    /// Returns the name of this user in the pool.
    fn username(&self) -> String {
        if self.provider() == COGNITO {
            self.value().to_owned()
        } else {
            format!("{}_{}", self.provider(), self.value())
        }
    }

    /// Returns the type of the provider. Fails if its users cannot be linked by this attribute.
    fn kind(&self, call: &Call<'_>) -> Result<ProviderType, Failure> {
        if self.provider() == COGNITO {
            return Err(Failure::invalid_parameter(
                "Invalid SourceUser: Cognito users with a username/password may not be passed in \
                 as a SourceUser, only as a DestinationUser",
            ));
        }
        let kind = call
            .service
            .settings
            .identity_providers
            .get(self.provider());
        let kind = kind.ok_or_else(|| unknown(self.provider()))?.kind;
        if kind.is_social() && self.attribute() != SUBJECT {
            return Err(Failure::invalid_parameter(
                "ProviderAttributeName must be Cognito_Subject for this provider",
            ));
        }
        Ok(kind)
    }
}
