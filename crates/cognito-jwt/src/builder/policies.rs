//! The builder methods for additional requirements, such as `require_any_group`.

use std::time::Duration;

use cognito_core::verifier::{Match, Requirement};
use cognito_core::{AccessClaims, IdClaims};

use super::CognitoVerifierBuilder;
use crate::policy::Delegates;

/// # Additional requirements
///
/// A token must meet all requirements. [`build`](Self::build) rejects an empty list and an empty
/// name.
impl CognitoVerifierBuilder {
    cognito_core::setters! {
        /// Rejects access and ID tokens whose user is in none of the groups
        /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)). Each call adds a requirement.
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

        /// Rejects access and ID tokens whose user is not in all of the groups
        /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)).
        pub fn require_all_groups(groups: impl IntoIterator<Item: Into<String>>) {
            policies.groups.push(Requirement::new(Match::All, groups))
        }

        /// Rejects access tokens that have none of the scopes
        /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). Each call adds a requirement.
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

        /// Sets the maximum time since the sign-in (`auth_time`) for access and ID tokens. Default:
        /// no maximum. Minimum: one second. Fractions are dropped.
        ///
        /// Tokens of an earlier sign-in are rejected with
        /// [`Reason::TooOld`](crate::Reason::TooOld). A refreshed token keeps the `auth_time` of
        /// the sign-in. A token without `auth_time` is rejected with
        /// [`Reason::InvalidClaim`](crate::Reason::InvalidClaim).
        ///
        /// The [`leeway`](Self::leeway) is added to the maximum. If the clock of this host is
        /// behind Cognito's clock, `auth_time` can be in the future. Such a token is accepted if
        /// the difference is at most [`MAX_LEEWAY`](cognito_core::verifier::MAX_LEEWAY), five
        /// minutes. The configured leeway does not change this limit.
        pub fn max_age(age: Duration) { policies.max_age = Some(age) }

        /// Sets the minimum level of the sign-in (`acr`) for access and ID tokens. Default: no
        /// minimum. The lowest accepted value is 1.
        ///
        /// `acr` must be `urn:cognito:loa:<n>`, where `n` is at least `level` (developer guide,
        /// "Authentication levels with ACR and AMR claims"). Other tokens are rejected with
        /// [`Reason::TooWeak`](crate::Reason::TooWeak).
        ///
        /// Cognito writes `acr` only if the application requested a level when the user signed in.
        pub fn least_acr_level(level: u32) { policies.least_level = Some(level) }

        /// Rejects access and ID tokens of a sign-in that did not use all of these methods
        /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). The methods are values of `amr` (RFC
        /// 8176), such as `mfa`.
        pub fn require_all_amr(methods: impl IntoIterator<Item: Into<String>>) {
            policies.methods.push(Requirement::new(Match::All, methods))
        }

        /// Rejects access and ID tokens of a sign-in that used none of these methods
        /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). The methods are values of `amr` (RFC
        /// 8176), such as `mfa`.
        pub fn require_any_amr(methods: impl IntoIterator<Item: Into<String>>) {
            policies.methods.push(Requirement::new(Match::Any, methods))
        }

        /// Rejects tokens whose actor is not in this list
        /// ([`Reason::Delegated`](crate::Reason::Delegated)). Default: every actor that the pool
        /// allows is accepted.
        ///
        /// The claim `act` identifies the actor by its `sub` (RFC 8693 section 4.1), which is
        /// compared byte for byte. With an empty list, all tokens with an `act` are rejected.
        /// Tokens without `act` are not affected: they were issued to the user directly.
        pub fn only_actors(actors: impl IntoIterator<Item: Into<String>>) {
            policies.delegates = Delegates::OneOf(actors.into_iter().map(Into::into).collect())
        }

        /// Rejects access tokens that are not bound to this resource
        /// ([`Reason::WrongAudience`](crate::Reason::WrongAudience)). Default: `aud` of access
        /// tokens is not checked.
        ///
        /// `aud`, a string or a list, must contain the resource, byte for byte (RFC 8707). If the
        /// method is called several times, one match is enough. Cognito writes `aud` into access
        /// tokens only if the client requested a resource.
        ///
        /// ID tokens are not affected, because their `aud` is the app client.
        pub fn expected_audience(audience: impl Into<String>) {
            policies.audiences.insert(audience.into())
        }

        /// Rejects access tokens for which `check` returns `false`
        /// ([`Reason::CustomCheck`](crate::Reason::CustomCheck)). Each call adds a check.
        ///
        /// `check` is called after all other checks, and only if they pass. It is called during
        /// verification, so it must not block.
        pub fn custom_access_check(
            check: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static
        ) { policies.access_checks.push(check) }

        /// Rejects ID tokens for which `check` returns `false`. The rules are those of
        /// [`custom_access_check`](Self::custom_access_check).
        pub fn custom_id_check(check: impl Fn(&IdClaims) -> bool + Send + Sync + 'static) {
            policies.id_checks.push(check)
        }
    }
}
