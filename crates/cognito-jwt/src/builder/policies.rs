//! The methods of the builder that add requirements, such as `require_any_group`.

use std::time::Duration;

use cognito_core::verifier::{Match, Requirement};
use cognito_core::{AccessClaims, IdClaims};

use super::CognitoVerifierBuilder;
use crate::policy::Delegates;

/// # Additional requirements
///
/// A token must meet all requirements. [`build`](Self::build) returns an error if a name is empty,
/// or if a list is empty. Only [`only_actors`](Self::only_actors) accepts an empty list.
impl CognitoVerifierBuilder {
    cognito_core::setters! {
        /// Rejects access tokens and ID tokens whose user is in none of the groups
        /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)). Each call adds a requirement,
        /// and the token must meet all of them.
        ///
        /// ```
        /// # use cognito_jwt::{CognitoVerifier, StaticJwks};
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let verifier = CognitoVerifier::builder("eu-central-1_aBcDeFgHi".parse()?)
        ///     .client_id("1example23456789")
        ///     .require_any_group(["admins", "support"])
        ///     .require_all_scopes(["orders/read", "orders/write"])
        /// #   .jwks_source(StaticJwks::new("{}"))
        ///     .build()?;
        /// # Ok(()) }
        /// ```
        pub fn require_any_group(groups: impl IntoIterator<Item: Into<String>>) {
            policies.groups.push(Requirement::new(Match::Any, groups))
        }

        /// Rejects access tokens and ID tokens whose user is not in all of the groups
        /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)).
        pub fn require_all_groups(groups: impl IntoIterator<Item: Into<String>>) {
            policies.groups.push(Requirement::new(Match::All, groups))
        }

        /// Rejects access tokens that have none of the scopes
        /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). Each call adds a requirement,
        /// and the token must meet all of them.
        ///
        /// ID tokens are not affected, because they have no scopes.
        pub fn require_any_scope(scopes: impl IntoIterator<Item: Into<String>>) {
            policies.scopes.push(Requirement::new(Match::Any, scopes))
        }

        /// Rejects access tokens that do not have all of the scopes
        /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). ID tokens are not affected.
        pub fn require_all_scopes(scopes: impl IntoIterator<Item: Into<String>>) {
            policies.scopes.push(Requirement::new(Match::All, scopes))
        }

        /// Sets the maximum time since the user signed in (`auth_time`), for access tokens and ID
        /// tokens. Default: no maximum. If `age` is shorter than one second, `build` fails.
        /// Fractions of a second are ignored.
        ///
        /// If more time has passed, the token is rejected with
        /// [`Reason::TooOld`](crate::Reason::TooOld). A refresh does not change `auth_time`. A
        /// token without `auth_time` is rejected with
        /// [`Reason::InvalidClaim`](crate::Reason::InvalidClaim).
        ///
        /// Security: an access token that was issued to a
        /// [client](cognito_core::Principal::Machine) is rejected too, because no user signed in. A
        /// delegated token has the `auth_time` of the user's sign-in; see
        /// [`only_actors`](Self::only_actors).
        ///
        /// The [`leeway`](Self::leeway) is added to the maximum. If the clock of this host is
        /// behind the clock of Cognito, `auth_time` can be in the future. Such a token is accepted
        /// if the difference is at most [`MAX_LEEWAY`](cognito_core::verifier::MAX_LEEWAY), five
        /// minutes, whatever the configured leeway is.
        pub fn max_age(age: Duration) { policies.max_age = Some(age) }

        /// Sets the minimum authentication level of the sign-in (`acr`), for access tokens and ID
        /// tokens. Default: no minimum. If `level` is 0, `build` fails.
        ///
        /// `acr` must be `urn:cognito:loa:<n>`, where `n` is at least `level` (developer guide,
        /// "Authentication levels with ACR and AMR claims"). A token with another `acr`, or without
        /// one, is rejected with [`Reason::TooWeak`](crate::Reason::TooWeak).
        ///
        /// Cognito writes `acr` only if the application requested a level when the user signed in.
        ///
        /// Security: a delegated token can have the `acr` of the user's sign-in; see
        /// [`only_actors`](Self::only_actors).
        pub fn least_acr_level(level: u32) { policies.least_level = Some(level) }

        /// Rejects access tokens and ID tokens if the user did not sign in with all of the methods
        /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). The methods are values of `amr` (RFC
        /// 8176), such as `mfa`.
        pub fn require_all_amr(methods: impl IntoIterator<Item: Into<String>>) {
            policies.methods.push(Requirement::new(Match::All, methods))
        }

        /// Rejects access tokens and ID tokens if the user signed in with none of the methods
        /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). The methods are values of `amr` (RFC
        /// 8176), such as `mfa`.
        pub fn require_any_amr(methods: impl IntoIterator<Item: Into<String>>) {
            policies.methods.push(Requirement::new(Match::Any, methods))
        }

        /// Rejects access tokens and ID tokens whose actor is not in the list
        /// ([`Reason::Delegated`](crate::Reason::Delegated)). Default: all actors are accepted.
        ///
        /// An actor acts on behalf of the user. The claim `act` contains its id as `sub` (RFC 8693
        /// section 4.1), which is compared byte for byte with the list. If the list is empty, all
        /// tokens with `act` are rejected. Tokens without `act` are not affected, because they were
        /// issued to the user directly. A second call replaces the list.
        pub fn only_actors(actors: impl IntoIterator<Item: Into<String>>) {
            policies.delegates = Delegates::OneOf(actors.into_iter().map(Into::into).collect())
        }

        /// Rejects access tokens that are not bound to this resource
        /// ([`Reason::WrongAudience`](crate::Reason::WrongAudience)). Default: `aud` of access
        /// tokens is not checked.
        ///
        /// `aud`, a string or a list of strings, must contain the resource, byte for byte (RFC
        /// 8707). If the method is called several times, one of the resources is enough. Cognito
        /// writes `aud` into an access token only if the client requested a resource.
        ///
        /// ID tokens are not affected, because their `aud` is the app client.
        pub fn expected_audience(audience: impl Into<String>) {
            policies.audiences.insert(audience.into())
        }

        /// Rejects access tokens for which `check` returns `false`
        /// ([`Reason::CustomCheck`](crate::Reason::CustomCheck)). Each call adds a check, and all
        /// checks must accept the token.
        ///
        /// `check` is called only for tokens that meet all other requirements, before the
        /// revocation list is checked. It runs during verification, so it must not block.
        pub fn custom_access_check(
            check: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static
        ) { policies.access_checks.push(check) }

        /// Rejects ID tokens for which `check` returns `false`
        /// ([`Reason::CustomCheck`](crate::Reason::CustomCheck)). Each call adds a check, and all
        /// checks must accept the token. They are called in the same way as the checks of
        /// [`custom_access_check`](Self::custom_access_check).
        pub fn custom_id_check(check: impl Fn(&IdClaims) -> bool + Send + Sync + 'static) {
            policies.id_checks.push(check)
        }
    }
}
