//! The additional requirements of an application for valid tokens. The functions have no clock and
//! no I/O.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use cognito_core::authentication::step_up::StepUp;
use cognito_core::claims::Actor;
use cognito_core::id::AcrValue;
use cognito_core::verifier::{Requirement, SignInAge};
use cognito_core::{AccessClaims, IdClaims};

use crate::checks::Check;
use crate::error::{Reason, VerifyError};

type Result<T> = std::result::Result<T, VerifyError>;
type CustomCheck<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// The requirements of an application for the claims of a token, in addition to the standard
/// checks. Default: no requirements.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    pub(crate) groups: Vec<Requirement>,
    pub(crate) scopes: Vec<Requirement>,
    /// The accepted audiences. `aud` of an access token must contain at least one of them. If the
    /// set is empty, `aud` is not checked.
    pub(crate) audiences: BTreeSet<String>,
    pub(crate) max_age: Option<Duration>,
    /// The minimum authentication level of the sign-in: the number `n` in an `acr` such as
    /// `urn:cognito:loa:<n>`.
    pub(crate) least_level: Option<u32>,
    pub(crate) methods: Vec<Requirement>,
    pub(crate) delegates: Delegates,
    pub(crate) access_checks: Checks<AccessClaims>,
    pub(crate) id_checks: Checks<IdClaims>,
}

/// The custom checks of the application for one kind of token.
pub(crate) struct Checks<T>(Vec<CustomCheck<T>>);

/// The accepted actors (`act`). An actor is a client or user to whom a token was issued on behalf
/// of another user.
#[derive(Debug, Default)]
pub(crate) enum Delegates {
    #[default]
    Anybody,
    /// Only actors with one of these ids (`sub`) are accepted. If the set is empty, no actor is
    /// accepted.
    OneOf(BTreeSet<String>),
}

impl Policies {
    /// Returns the error message for the first invalid requirement, or `None` if all requirements
    /// are valid.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let empty = |requirements: &[Requirement]| {
            let is_empty = |requirement: &Requirement| requirement.names().next().is_none();
            requirements.iter().any(is_empty)
        };
        let names = |requirements: &[Requirement], is_bad: fn(&str) -> bool| {
            let mut names = requirements.iter().flat_map(Requirement::names);
            names.any(is_bad)
        };
        // A scope with a space is two scopes (RFC 6749 section 3.3).
        let is_no_scope = |scope: &str| scope.is_empty() || scope.contains(char::is_whitespace);
        if empty(&self.groups) {
            Some("a list of required groups is empty: name at least one group")
        } else if empty(&self.scopes) {
            Some("a list of required scopes is empty: name at least one scope")
        } else if names(&self.groups, str::is_empty) {
            Some("a required group has an empty name: name the group")
        } else if names(&self.scopes, is_no_scope) {
            Some("a required scope must not be empty or contain white space")
        } else if self.audiences.contains("") {
            Some("the expected audience is empty: name the resource")
        } else if empty(&self.methods) || names(&self.methods, str::is_empty) {
            Some(
                "a list of required methods is empty, or a method has an empty name: name at least \
                 one method",
            )
        } else if self.least_level == Some(0) {
            Some("`least_acr_level` must be at least 1")
        } else if self.max_age.is_some_and(|age| age.as_secs() == 0) {
            Some("`max_age` must be at least one second")
        } else {
            None
        }
    }

    /// Returns the required authentication levels and the maximum age of a sign-in, for a challenge
    /// (RFC 9470). The list of levels is empty if no level is required, or if the required level is
    /// above Cognito's highest default level.
    pub(crate) fn required_sign_in(&self) -> StepUp {
        let mut required = StepUp::new();
        let levels = self.least_level.into_iter();
        required.levels = levels
            .flat_map(|least| least..=HIGHEST_LEVEL)
            .filter_map(|level| AcrValue::new(format!("urn:cognito:loa:{level}")).ok())
            .collect();
        required.max_age = self.max_age;
        required
    }

    /// Checks the claims of an access token. The order of the checks is fixed:
    ///
    /// 1. checks that lead to HTTP status 401: the audience, and the age, `acr` and `amr` of the
    ///    sign-in;
    /// 2. checks that lead to HTTP status 403: the actor, the groups and the scopes;
    /// 3. the custom checks of the application.
    pub(crate) fn access(&self, claims: &AccessClaims, leeway: u64, now: u64) -> Result<()> {
        self.audience(&claims.aud)?;
        self.age(claims.sign_in_time(), leeway, now)?;
        self.strength(claims.acr.as_deref(), &claims.amr)?;
        self.delegate(claims.act.as_ref())?;
        self.groups(|group| claims.has_group(group))?;
        if !are_met(&self.scopes, |scope| claims.has_scope(scope)) {
            return Err(VerifyError::claim_at_fault(Reason::MissingScope, "scope"));
        }
        self.access_checks.check(claims)
    }

    pub(crate) fn id(&self, claims: &IdClaims, leeway: u64, now: u64) -> Result<()> {
        self.age(claims.auth_time, leeway, now)?;
        self.strength(claims.acr.as_deref(), &claims.amr)?;
        self.delegate(claims.act.as_ref())?;
        self.groups(|group| claims.has_group(group))?;
        self.id_checks.check(claims)
    }

    fn audience(&self, aud: &[String]) -> Result<()> {
        if self.audiences.is_empty() || aud.iter().any(|aud| self.audiences.contains(aud)) {
            return Ok(());
        }
        Err(VerifyError::claim_at_fault(Reason::WrongAudience, "aud"))
    }

    /// Checks the strength of the sign-in: its authentication level (`acr`) and its methods
    /// (`amr`).
    fn strength(&self, acr: Option<&str>, amr: &[String]) -> Result<()> {
        let too_weak = |claim| VerifyError::claim_at_fault(Reason::TooWeak, claim);
        if self.least_level.is_some() && acr.and_then(level) < self.least_level {
            return Err(too_weak("acr"));
        }
        if !are_met(&self.methods, |method| {
            amr.iter().any(|name| name == method)
        }) {
            return Err(too_weak("amr"));
        }
        Ok(())
    }

    fn delegate(&self, act: Option<&Actor>) -> Result<()> {
        match (&self.delegates, act) {
            (Delegates::OneOf(allowed), Some(actor)) if !allowed.contains(&actor.sub) => {
                Err(VerifyError::claim_at_fault(Reason::Delegated, "act"))
            }
            _ => Ok(()),
        }
    }

    fn age(&self, auth_time: Option<u64>, leeway: u64, now: u64) -> Result<()> {
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let invalid =
            || VerifyError::claim_at_fault(Reason::InvalidClaim, "auth_time").at(Check::SignInAge);
        let age = SignInAge::new(auth_time.ok_or_else(invalid)?, now);
        if age.is_implausible() {
            return Err(invalid());
        }
        if !age.is_at_most(max_age, Duration::from_secs(leeway)) {
            return Err(VerifyError::claim_at_fault(Reason::TooOld, "auth_time"));
        }
        Ok(())
    }

    fn groups(&self, has: impl Fn(&str) -> bool) -> Result<()> {
        if are_met(&self.groups, has) {
            return Ok(());
        }
        let claim = "cognito:groups";
        Err(VerifyError::claim_at_fault(Reason::MissingGroup, claim))
    }
}

fn are_met(requirements: &[Requirement], has: impl Fn(&str) -> bool) -> bool {
    requirements
        .iter()
        .all(|requirement| requirement.is_met(&has))
}

/// The highest authentication level that Cognito defines by default (`urn:cognito:loa:4`).
const HIGHEST_LEVEL: u32 = 4;

/// Returns the authentication level in an `acr`, such as 2 in `urn:cognito:loa:2`. Returns `None`
/// if the `acr` has another format.
fn level(acr: &str) -> Option<u32> {
    let number = acr.strip_prefix("urn:cognito:loa:")?;
    // `parse` accepts a plus sign, but a level has none.
    number.parse().ok().filter(|_| !number.starts_with('+'))
}

impl<T> Checks<T> {
    pub(crate) fn push(&mut self, check: impl Fn(&T) -> bool + Send + Sync + 'static) {
        self.0.push(Box::new(check));
    }

    fn check(&self, claims: &T) -> Result<()> {
        if self.0.iter().all(|check| check(claims)) {
            return Ok(());
        }
        Err(VerifyError::new(Reason::CustomCheck))
    }
}

impl<T> Default for Checks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Shows only the number of checks, because a function has no `Debug` output.
impl<T> fmt::Debug for Checks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.len().fmt(f)
    }
}
