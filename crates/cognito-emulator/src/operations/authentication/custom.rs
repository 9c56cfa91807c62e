//! The flow `CUSTOM_AUTH`: the pool's triggers define the challenges, check the responses, and
//! decide when the sign-in is complete.

use serde_json::{Map, Value, json};

use crate::model::custom::{CustomChallenge, Round};
use crate::model::failure::{Answer, Failure};
use crate::model::trigger::{Trigger, unrecognizable, user_attributes};
use crate::model::user::User;
use crate::operations::authentication::sign_in::SignIn;
use crate::state::sessions::{self, Session, Step};
use crate::triggers::Subject;

const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";

impl SignIn<'_> {
    pub(super) fn start_custom(&mut self) -> Answer {
        let by_password = self.parameters.get("CHALLENGE_NAME") == Some("SRP_A");
        let srp_a = self.parameters.get("SRP_A").filter(|_| by_password);
        let rounds = srp_a.map(|_| Round::new("SRP_A", true));
        let custom = Custom::new(self, rounds.into_iter().collect())?;
        match (custom.define()?, srp_a) {
            (Decision::Challenge(name), Some(srp_a)) if name == "PASSWORD_VERIFIER" => {
                custom.sign_in.start_srp(srp_a, Some(custom.rounds))
            }
            (decision, _) => custom.follow(&decision),
        }
    }

    /// Continues the flow `CUSTOM_AUTH` after a password was checked with SRP. `rounds` contains
    /// the challenges that were completed before the password. `passed` is `true` if the password
    /// is right.
    pub(super) fn continue_custom(&mut self, mut rounds: Vec<Round>, passed: bool) -> Answer {
        rounds.push(Round::new("PASSWORD_VERIFIER", passed));
        let custom = Custom::new(self, rounds)?;
        custom.follow(&custom.define()?)
    }

    /// Handles the response to `CUSTOM_CHALLENGE`.
    pub(super) fn respond_to_custom(&mut self, session: &str) -> Answer {
        let answer = self.parameters.require("ANSWER")?;
        let mut state = self.call.state();
        let step = self.find_session(&mut state, CUSTOM_CHALLENGE, session)?;
        // Each response closes the session. The triggers decide whether there is another attempt.
        state.sessions.close(&self.session, self.call.now);
        drop(state);
        let Step::Custom(challenge) = step else {
            return Err(sessions::unknown());
        };
        let mut custom = Custom::new(self, challenge.rounds)?;
        let passed = custom.verify(&challenge.private, answer)?;
        custom.rounds.push(Round {
            name: CUSTOM_CHALLENGE,
            passed,
            metadata: challenge.metadata,
        });
        custom.follow(&custom.define()?)
    }
}

/// A decision of the trigger `DefineAuthChallenge`: the name of the next challenge, a rejection, or
/// tokens.
enum Decision {
    Challenge(String),
    Fail,
    Tokens,
}

/// A sign-in with custom challenges, and the challenges that were completed.
struct Custom<'a, 'b> {
    sign_in: &'a SignIn<'b>,
    /// The user who signs in. `None` if the user does not exist and `PreventUserExistenceErrors` of
    /// the client is `ENABLED`.
    user: Option<User>,
    rounds: Vec<Round>,
}

impl<'a, 'b> Custom<'a, 'b> {
    fn new(sign_in: &'a mut SignIn<'b>, rounds: Vec<Round>) -> Result<Self, Failure> {
        // The risk is assessed when the trigger ends the flow (`follow`).
        sign_in.progress.is_assessed = true;
        let user = sign_in.find_user(&sign_in.call.state())?.cloned();
        Ok(Self {
            sign_in,
            user,
            rounds,
        })
    }

    /// Calls a trigger and returns its response. Fails if the pool does not have the trigger, or if
    /// the trigger fails.
    fn call(
        &self,
        trigger: Trigger,
        mut request: Value,
        response: Value,
    ) -> Result<Map<String, Value>, Failure> {
        let call = self.sign_in.call;
        let attributes = self.user.as_ref().map(user_attributes);
        request["userAttributes"] = attributes.unwrap_or_else(|| json!({}));
        request["userNotFound"] = json!(self.user.is_none());
        request["clientMetadata"] = call.client_metadata();
        let subject = Subject {
            username: Some(&self.sign_in.username),
            client: call.client_id(),
        };
        let response = call.invoke(trigger, "Authentication", &subject, request, response)?;
        response.ok_or_else(|| {
            let name = trigger.setting();
            Failure::invalid_parameter(format!(
                "Custom auth lambda trigger {name} is not configured for the user pool."
            ))
        })
    }

    fn session(&self) -> Value {
        self.rounds.iter().map(Round::describe).collect()
    }

    fn define(&self) -> Result<Decision, Failure> {
        let request = json!({ "session": self.session() });
        let response =
            json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null });
        let response = self.call(Trigger::DefineAuthChallenge, request, response)?;
        let is_set = |name: &str| response.get(name) == Some(&Value::Bool(true));
        if is_set("failAuthentication") {
            return Ok(Decision::Fail);
        }
        if is_set("issueTokens") {
            return Ok(Decision::Tokens);
        }
        let name = response.get("challengeName").and_then(Value::as_str);
        let name = name.ok_or_else(unrecognizable)?;
        Ok(Decision::Challenge(name.to_owned()))
    }

    fn follow(&self, decision: &Decision) -> Answer {
        match decision {
            Decision::Fail => Err(Failure::incorrect()),
            Decision::Challenge(name) if name == CUSTOM_CHALLENGE => self.challenge(),
            Decision::Challenge(_) => Err(unrecognizable()),
            Decision::Tokens => {
                let next = {
                    let mut state = self.sign_in.call.state();
                    // An unknown user gets no tokens, whatever the trigger decides.
                    let found = self.user.as_ref().ok_or_else(Failure::incorrect)?;
                    let user = state.users.expect(&found.username)?;
                    // The user may have changed while the trigger ran.
                    if user.sub != found.sub {
                        return Err(Failure::incorrect());
                    }
                    user.check_usable()?;
                    self.sign_in.after_custom(&mut state)?
                };
                self.sign_in.finish(next)
            }
        }
    }

    /// Calls the trigger `CreateAuthChallenge` and opens a session. Returns the challenge of the
    /// trigger with the session string.
    fn challenge(&self) -> Answer {
        let request = json!({ "challengeName": CUSTOM_CHALLENGE, "session": self.session() });
        let response = json!({
            "publicChallengeParameters": null,
            "privateChallengeParameters": null,
            "challengeMetadata": null,
        });
        let mut response = self.call(Trigger::CreateAuthChallenge, request, response)?;
        let mut parameters = |name: &str| match response.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(map)) if map.values().all(Value::is_string) => Ok(map),
            Some(_) => Err(unrecognizable()),
        };
        let mut public = parameters("publicChallengeParameters")?;
        let private = parameters("privateChallengeParameters")?;
        let metadata = response.get("challengeMetadata").and_then(Value::as_str);
        public.insert("USERNAME".to_owned(), json!(self.sign_in.username));
        let step = Step::Custom(Box::new(CustomChallenge {
            rounds: self.rounds.clone(),
            metadata: metadata.map(ToOwned::to_owned),
            private,
        }));
        let client = &self.sign_in.client;
        let session = match &self.user {
            Some(user) => Session::of(user, client, step),
            None => Session::without_user(&self.sign_in.username, &client.id, step),
        };
        let mut state = self.sign_in.call.state();
        Ok(self.sign_in.open(&mut state, session, public.into()))
    }

    /// Calls the trigger `VerifyAuthChallengeResponse`. Returns `true` if the trigger accepts the
    /// response.
    fn verify(&self, private: &Map<String, Value>, answer: &str) -> Result<bool, Failure> {
        let request = json!({ "privateChallengeParameters": private, "challengeAnswer": answer });
        let response = json!({ "answerCorrect": null });
        let response = self.call(Trigger::VerifyAuthChallengeResponse, request, response)?;
        let correct = response.get("answerCorrect").and_then(Value::as_bool);
        correct.ok_or_else(unrecognizable)
    }
}
