//! What is demanded of good tokens: the builder's `require_` methods and their kin.

use std::time::Duration;

use cognito_core::{AccessClaims, IdClaims};

use super::CognitoVerifierBuilder;
use crate::policy::{Delegates, Demand, Quantity};

/// # Demands of your own
///
/// Each narrows what is let in, and all of them must be met. An empty list or name is an error of
/// [`build`](Self::build), never "no demand".
impl CognitoVerifierBuilder {
    /// Refuses access and ID tokens whose user is in none of the groups
    /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)). Called again, both lists count.
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
    #[must_use]
    pub fn require_any_group<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::Any, groups);
        self.policies.groups.push(demand);
        self
    }

    /// Refuses access and ID tokens whose user is not in all of the groups
    /// ([`Reason::MissingGroup`](crate::Reason::MissingGroup)).
    #[must_use]
    pub fn require_all_groups<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::All, groups);
        self.policies.groups.push(demand);
        self
    }

    /// Refuses access tokens that allow none of the scopes
    /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). Called again, both lists count.
    ///
    /// ID tokens have no scopes and allow nothing: it does not concern them.
    #[must_use]
    pub fn require_any_scope<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::Any, scopes);
        self.policies.scopes.push(demand);
        self
    }

    /// Refuses access tokens that do not allow all of the scopes
    /// ([`Reason::MissingScope`](crate::Reason::MissingScope)). It does not concern ID tokens.
    #[must_use]
    pub fn require_all_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::All, scopes);
        self.policies.scopes.push(demand);
        self
    }

    /// Rejects access and ID tokens whose sign-in (`auth_time`) was longer ago than this
    /// ([`Reason::TooOld`](crate::Reason::TooOld)). A refreshed token keeps the `auth_time` of the
    /// sign-in. A token without `auth_time` is rejected
    /// ([`Reason::InvalidClaim`](crate::Reason::InvalidClaim)).
    ///
    /// At least a second; fractions are dropped. The [`leeway`](Self::leeway) is added. If our
    /// clock is behind Cognito's, a new sign-in has an `auth_time` in the future. It is accepted up
    /// to [`MAX_LEEWAY`](cognito_core::MAX_LEEWAY), five minutes, whatever the leeway.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.policies.max_age = Some(age);
        self
    }

    /// Refuses tokens, access and ID, of a sign-in weaker than this level
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)): `acr` must be `urn:cognito:loa:<level>` or a
    /// higher one (developer guide, "Authentication levels with ACR and AMR claims"). At least 1.
    ///
    /// Cognito writes `acr` only where the application asked for a level when the user signed in.
    #[must_use]
    pub fn least_acr_level(mut self, level: u32) -> Self {
        self.policies.least_level = Some(level);
        self
    }

    /// Refuses tokens, access and ID, of a sign-in that did not use all of these methods
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)): `amr`, with the values of RFC 8176, such as
    /// `mfa`.
    #[must_use]
    pub fn require_all_amr<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::All, methods);
        self.policies.methods.push(demand);
        self
    }

    /// Refuses tokens, access and ID, of a sign-in that used none of these methods
    /// ([`Reason::TooWeak`](crate::Reason::TooWeak)).
    #[must_use]
    pub fn require_any_amr<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let demand = Demand::new(Quantity::Any, methods);
        self.policies.methods.push(demand);
        self
    }

    /// Refuses derived tokens with which anybody but one of these acts for the user
    /// ([`Reason::Delegated`](crate::Reason::Delegated)): `act` must name one by its `sub`, byte
    /// for byte (RFC 8693 section 4.1). With an empty list nobody may act for a user.
    ///
    /// Tokens without `act`, of users who act themselves, are not concerned. Unless this is said,
    /// whoever the pool lets act for a user may.
    #[must_use]
    pub fn only_actors<I>(mut self, actors: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let actors = actors.into_iter().map(Into::into).collect();
        self.policies.delegates = Delegates::OneOf(actors);
        self
    }

    /// Refuses access tokens that are not bound to this resource
    /// ([`Reason::WrongAudience`](crate::Reason::WrongAudience)): `aud`, one text or several, must
    /// name it, byte for byte (RFC 8707). Called several times, one of the names is enough.
    ///
    /// Cognito writes `aud` into access tokens only where the client asked for a resource. Unless
    /// an audience is expected, a token may have any `aud` or none. It does not concern ID tokens,
    /// whose `aud` is the app client.
    #[must_use]
    pub fn expected_audience(mut self, audience: impl Into<String>) -> Self {
        self.policies.audiences.insert(audience.into());
        self
    }

    /// Refuses access tokens for which `check` returns `false`
    /// ([`Reason::CustomCheck`](crate::Reason::CustomCheck)). Called again, all checks count.
    ///
    /// It sees only tokens that have passed everything else, and runs within the call that
    /// verifies: it must not block.
    #[must_use]
    pub fn custom_access_check(
        mut self,
        check: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.access_checks.push(Box::new(check));
        self
    }

    /// Refuses ID tokens for which `check` returns `false`, as
    /// [`custom_access_check`](Self::custom_access_check) does access tokens.
    #[must_use]
    pub fn custom_id_check(
        mut self,
        check: impl Fn(&IdClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policies.id_checks.push(Box::new(check));
        self
    }
}
