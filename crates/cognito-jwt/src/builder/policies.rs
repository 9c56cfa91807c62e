//! The builder methods for additional requirements, such as `require_any_group`.

use std::time::Duration;

use cognito_core::verifier::{Match, Requirement};
use cognito_core::{AccessClaims, IdClaims};

use super::CognitoVerifierBuilder;
use crate::policy::Delegates;

/// # Additional requirements
///
/// A token must meet all requirements. [`build`](Self::build) rejects an empty list or name; it
/// never means "no requirement".
impl CognitoVerifierBuilder {
    /// Rejects access and ID tokens whose user is in none of the groups
    /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)). If the method is called again, both
    /// lists apply.
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
    pub fn require_any_group(mut self, groups: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .groups
            .push(Requirement::new(Match::Any, groups));
        self
    }

    /// Rejects access and ID tokens whose user is not in all of the groups
    /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)).
    pub fn require_all_groups(mut self, groups: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .groups
            .push(Requirement::new(Match::All, groups));
        self
    }

    /// Rejects access tokens that have none of the scopes
    /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). If the method is called again, both
    /// lists apply.
    ///
    /// ID tokens are not affected: they have no scopes.
    pub fn require_any_scope(mut self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .scopes
            .push(Requirement::new(Match::Any, scopes));
        self
    }

    /// Rejects access tokens that do not have all of the scopes
    /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). ID tokens are not affected.
    pub fn require_all_scopes(mut self, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .scopes
            .push(Requirement::new(Match::All, scopes));
        self
    }

    /// Rejects access and ID tokens whose sign-in (`auth_time`) was longer ago than this
    /// ([`Reason::TooOld`](crate::Reason::TooOld)). A refreshed token keeps the `auth_time` of the
    /// sign-in. A token without `auth_time` is rejected
    /// ([`Reason::InvalidClaim`](crate::Reason::InvalidClaim)).
    ///
    /// Minimum: one second. Fractions are dropped. The [`leeway`](Self::leeway) is added. If our
    /// clock is behind Cognito's, a new sign-in has an `auth_time` in the future. Such a token is
    /// accepted up to [`MAX_LEEWAY`](cognito_core::verifier::MAX_LEEWAY), five minutes, whatever
    /// the leeway.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.policies.max_age = Some(age);
        self
    }

    /// Rejects access and ID tokens of a sign-in below this level
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). `acr` must be `urn:cognito:loa:<n>`, where
    /// `n` is at least `level` (developer guide, "Authentication levels with ACR and AMR claims").
    /// Minimum: 1.
    ///
    /// Cognito writes `acr` only if the application requested a level when the user signed in.
    pub fn least_acr_level(mut self, level: u32) -> Self {
        self.policies.least_level = Some(level);
        self
    }

    /// Rejects access and ID tokens of a sign-in that did not use all of these methods
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)). The methods are values of `amr` (RFC 8176),
    /// such as `mfa`.
    pub fn require_all_amr(mut self, methods: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .methods
            .push(Requirement::new(Match::All, methods));
        self
    }

    /// Rejects access and ID tokens of a sign-in that used none of these methods
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)).
    pub fn require_any_amr(mut self, methods: impl IntoIterator<Item: Into<String>>) -> Self {
        self.policies
            .methods
            .push(Requirement::new(Match::Any, methods));
        self
    }

    /// Rejects tokens whose actor is not in this list
    /// ([`Reason::Delegated`](crate::Reason::Delegated)). `act` must name an actor by its `sub`,
    /// byte for byte (RFC 8693 section 4.1). With an empty list, all tokens with an `act` are
    /// rejected.
    ///
    /// It does not apply to tokens without `act`, which belong to the user directly. Default: every
    /// actor that the pool allows is accepted.
    pub fn only_actors(mut self, actors: impl IntoIterator<Item: Into<String>>) -> Self {
        let actors = actors.into_iter().map(Into::into).collect();
        self.policies.delegates = Delegates::OneOf(actors);
        self
    }

    /// Rejects access tokens that are not bound to this resource
    /// ([`Reason::WrongAudience`](crate::Reason::WrongAudience)). `aud`, a string or a list, must
    /// contain it, byte for byte (RFC 8707). If the method is called several times, one match is
    /// enough.
    ///
    /// Cognito writes `aud` into access tokens only if the client requested a resource. Default:
    /// `aud` is not checked. It does not apply to ID tokens, whose `aud` is the app client.
    pub fn expected_audience(mut self, audience: impl Into<String>) -> Self {
        self.policies.audiences.insert(audience.into());
        self
    }

    /// Rejects access tokens for which `check` returns `false`
    /// ([`Reason::CustomCheck`](crate::Reason::CustomCheck)). If the method is called again, all
    /// checks apply.
    ///
    /// `check` runs last, only for tokens that pass all other checks. It is called during
    /// verification, so it must not block.
    pub fn custom_access_check(
        mut self,
        check: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.access_checks.push(Box::new(check));
        self
    }

    /// Rejects ID tokens for which `check` returns `false`, like
    /// [`custom_access_check`](Self::custom_access_check) for access tokens.
    pub fn custom_id_check(
        mut self,
        check: impl Fn(&IdClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.id_checks.push(Box::new(check));
        self
    }
}
