//! Sign-ins that must reach an authentication level (`TARGET_ACR_VALUES`), and the step-up of a
//! signed-in user.

use serde_json::json;

use crate::model::acr::{Level, Methods};
use crate::model::code::Attempt;
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::model::ways::{self, Way};
use crate::operations::authentication::choice::BY_PASSWORD;
use crate::operations::authentication::sign_in::{Next, SignIn, factor_parameters, locked_out};
use crate::operations::common::invalid;
use crate::state::codes::SignedInUser;
use crate::state::pool::State;
use crate::state::sessions::Step;

/// The error message if none of the requested levels is a level of the pool. AWS does not document
/// the message of Cognito.
pub(crate) const NO_LEVEL: &str = "None of the target ACR values is valid.";

/// The error message if an access token already has the requested authentication level. AWS does
/// not document the message of Cognito.
pub(super) const ALREADY_REACHED: &str = "The access token already has the requested level.";

/// The message if an access token has the claim `act`. AWS does not document what Cognito does in
/// this case.
const DELEGATED: &str = "The access token of an actor cannot be used for step-up authentication.";

/// The error message if the maximum age of a sign-in in a request (`MAX_AGE`) is not a number of
/// seconds. AWS does not document the message of Cognito.
pub(crate) const NO_AGE: &str = "The maximum age must be a number of seconds.";

impl SignIn<'_> {
    /// Reads the parameters for step-up authentication: `TARGET_ACR_VALUES`, `ACCESS_TOKEN` and
    /// `MAX_AGE`. Sets the level that the sign-in must reach. The authentication methods in the
    /// access token count as completed, unless the sign-in that issued it is older than `MAX_AGE`.
    pub(super) fn read_goal(&mut self) -> Result<(), Failure> {
        let token = self.parameters.get("ACCESS_TOKEN");
        let Some(names) = self.parameters.get("TARGET_ACR_VALUES") else {
            return match token {
                Some(_) => invalid("ACCESS_TOKEN requires TARGET_ACR_VALUES."),
                None => Ok(()),
            };
        };
        let settings = &self.call.service.settings;
        settings.check_tier("Step-up authentication")?;
        let levels = settings.acr.levels(names);
        if levels.is_empty() {
            return invalid(NO_LEVEL);
        }
        let most = self.parameters.get("MAX_AGE").map(str::parse::<u64>);
        let most = most.transpose();
        let most = most.map_err(|_| Failure::invalid_parameter(NO_AGE))?;
        let mut reached = None;
        if let Some(token) = token {
            let token = self.call.service.tokens.read_access(token, self.call.now)?;
            let mut state = self.call.state();
            let owner = self.call.bearer(&mut state, &token)?.sub.clone();
            let named = state.users.find(&self.username);
            let is_same = named.is_some_and(|user| user.sub == owner);
            if !is_same || token.client_id != self.client.id {
                return Err(Failure::not_authorized(
                    "The access token does not belong to the user and the client.",
                ));
            }
            // Security: an actor must not get tokens of the user that do not name the actor.
            if token.sign_in.act.is_some() {
                return Err(Failure::not_authorized(DELEGATED));
            }
            let age = seconds(self.call.now).saturating_sub(token.auth_time);
            if most.is_none_or(|most| age <= most) {
                let methods = Methods::read(&token.sign_in.amr);
                self.progress.count(methods, token.auth_time);
                // The name of a level that was renamed since then counts as no level.
                reached = token.sign_in.acr.and_then(|name| settings.acr.level(&name));
            }
        }
        let hides = self.client.hides_users && token.is_none();
        self.aim(&self.call.state(), &levels, hides)?;
        if self.progress.goal <= reached {
            return invalid(ALREADY_REACHED);
        }
        Ok(())
    }

    /// Sets the level that the sign-in must reach: the first of `levels` for which the user has set
    /// up the factors.
    ///
    /// If the user does not exist, or has not set up the factors for any of `levels`, the result
    /// depends on `hides`:
    ///
    /// - `false`: the call fails.
    /// - `true`: the call sets the first of `levels`. The sign-in continues and fails later, after
    ///   the right password.
    ///
    /// Security: `hides` is `true` if the app client hides which users exist and the caller has not
    /// proven anything yet. If the call failed then, it would reveal which names belong to users
    /// who have set up the factors.
    pub(super) fn aim(
        &mut self,
        state: &State,
        levels: &[Level],
        hides: bool,
    ) -> Result<(), Failure> {
        let settings = &self.call.service.settings;
        let user = self.find_user(state)?;
        let goal = user.and_then(|user| ways::goal(settings, user, levels));
        let goal = goal.or_else(|| levels.first().copied().filter(|_| hides));
        self.progress.goal = Some(goal.ok_or_else(no_factors)?);
        Ok(())
    }

    /// Continues the sign-in of a user who has completed some authentication methods at the hosted
    /// pages. Returns the challenge of a method that is missing for one of `levels`.
    pub(crate) fn step_up(&mut self, signed_in: &SignedInUser, levels: &[Level]) -> Answer {
        let next = {
            let mut state = self.call.state();
            // Security: another user with the same name has not completed these methods.
            if !signed_in.exists(&mut state.users) {
                return Err(Failure::user_not_found());
            }
            let since = seconds(signed_in.auth_time);
            self.progress.count(signed_in.methods.clone(), since);
            self.aim(&state, levels, false)?;
            self.toward_goal(&mut state)?
        };
        self.finish(next)
    }

    /// Returns the next step of a sign-in after the user has completed a factor.
    ///
    /// The step is one of these, in this order:
    ///
    /// 1. the challenge for a second factor, if the risk of the sign-in requires it,
    /// 2. the next challenge for the required authentication level, if the level is not reached
    ///    yet,
    /// 3. the tokens, or the challenge for the device.
    ///
    /// `stands_for_two` is `true` if the factor is a passkey that replaces both factors.
    pub(super) fn after_factor(
        &mut self,
        state: &mut State,
        stands_for_two: bool,
    ) -> Result<Next, Failure> {
        if let Some(next) = self.assess_factor(state, stands_for_two)? {
            return Ok(next);
        }
        if self.progress.goal.is_some() {
            return self.toward_goal(state);
        }
        Ok(self.grant(state.users.expect(&self.username)?))
    }

    /// Returns the next challenge that the sign-in needs to reach its authentication level. If the
    /// level is already reached, returns tokens or the challenge for the device.
    pub(super) fn toward_goal(&self, state: &mut State) -> Result<Next, Failure> {
        let user = state.users.expect(&self.username)?;
        let ways = self.ways(user)?;
        if ways.is_empty() {
            return Ok(self.grant(user));
        }
        let names: Vec<_> = ways.iter().map(|way| way.name()).collect();
        let preferred = user.mfa.preferred.map(Way::Second);
        let preferred = preferred.filter(|way| ways.contains(way)).map(Way::name);
        let is_second = ways.iter().all(|way| matches!(way, Way::Second(_)));
        let only = match names[..] {
            [only] => Some(only),
            _ => preferred.filter(|_| is_second),
        };
        Ok(Next::Challenge(match only {
            Some(name) => self.request_factor(state, name, &names)?,
            None if is_second => {
                let parameters = factor_parameters("MFAS_CAN_CHOOSE", &names, user);
                self.challenge(state, Step::SelectMfa, parameters)
            }
            None => self.offer(state, Step::Select, json!({}), &names),
        }))
    }

    /// Returns the possible next challenges of a sign-in that must reach an authentication level.
    /// Returns an empty list if the level is reached. Fails if the user does not have the factors
    /// for the level.
    pub(super) fn ways(&self, user: &User) -> Result<Vec<Way>, Failure> {
        let settings = &self.call.service.settings;
        ways::next(settings, user, &self.progress).ok_or_else(no_factors)
    }

    /// Returns the names of the possible next challenges, like [`ways`](Self::ways), but can hide
    /// whether the user exists.
    ///
    /// If the app client hides users, a user without the factors for the level gets the password
    /// challenges, like a user name that does not exist.
    pub(super) fn offered_ways(&self, user: &User) -> Result<Vec<&'static str>, Failure> {
        match self.ways(user) {
            Ok(ways) => Ok(ways.into_iter().map(Way::name).collect()),
            Err(_) if self.client.hides_users && self.progress.methods.is_empty() => {
                Ok(BY_PASSWORD.to_vec())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Counts a code that is sent to a user who is already signed in. Fails if the limit of these
    /// codes is reached. Hosted pages and the API have separate limits. Does nothing if the user is
    /// not signed in yet.
    ///
    /// Security: the limit of the API restricts how many codes an attacker with a stolen access
    /// token can send to the user. The limit of the hosted pages is separate, because another site
    /// can make a signed-in browser send a `GET` request, and each of these requests sends a code.
    /// Such requests must not use up the codes of the API.
    pub(super) fn spend_code(&self, user: &mut User) -> Result<(), Failure> {
        if self.progress.since.is_none() {
            return Ok(());
        }
        let (service, now) = (self.call.service, self.call.now);
        if self.call.is_hosted {
            return service.spend(user, Attempt::HostedStepUpCode, now);
        }
        // AWS's model has no `LimitExceededException` for sign-ins.
        let spent = service.spend(user, Attempt::StepUpCode, now);
        spent.map_err(|_| locked_out())
    }

    /// Returns the second factor with this name. Returns `None` if the challenge of this factor is
    /// not one of the possible next challenges ([`ways`](Self::ways)).
    pub(super) fn goal_factor(&self, user: &User, name: &str) -> Option<Factor> {
        let ways = self.ways(user).unwrap_or_default();
        ways.into_iter().find_map(|way| match way {
            Way::Second(factor) if factor.name() == name => Some(factor),
            Way::First(_) | Way::Second(_) => None,
        })
    }
}

/// Returns the error for a user who does not have the factors that the requested authentication
/// level needs. AWS does not document the message of Cognito.
fn no_factors() -> Failure {
    Failure::invalid_parameter(
        "No target ACR value can be reached with the factors that the user has set up and the user \
         pool allows: request another level, or set up a factor.",
    )
}
