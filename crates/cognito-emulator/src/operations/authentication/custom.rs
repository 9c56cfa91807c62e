//! The flow `CUSTOM_AUTH`: the pool's triggers define the challenges, check the responses, and
//! determine when the sign-in is complete.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::model::client::no_such_user;
use crate::model::client::secret_hash::check_secret_hash;
use crate::model::client::{AuthFlow, Client};
use crate::model::custom::{Asked, Round};
use crate::model::failure::{Answer, Failure};
use crate::model::request::Texts;
use crate::model::trigger::{Trigger, unrecognizable, user_attributes};
use crate::model::user::User;
use crate::operations::authentication::challenge::find_session;
use crate::operations::authentication::sign_in::{challenge, finish, grant, not_enabled};
use crate::operations::authentication::{device, srp};
use crate::state::call::Call;
use crate::state::sessions::{Session, Step};
use crate::triggers::{Subject, pre_authentication};

/// Starts the flow.
pub(super) fn start(call: &Call<'_>, client: &Arc<Client>, parameters: &Texts<'_>) -> Answer {
    if !client.allows(AuthFlow::Custom) {
        return Err(not_enabled());
    }
    let triggers = &call.service.settings.triggers;
    if !triggers.has(Trigger::DefineAuthChallenge) {
        return Err(Failure::invalid_parameter(
            "Custom auth lambda trigger is not configured for the user pool.",
        ));
    }
    let username = parameters.require("USERNAME")?;
    check_secret_hash(client, username, parameters.get("SECRET_HASH"))?;
    pre_authentication(call, client, username)?;
    let person = Person::find(call, client, username)?;
    let by_password = parameters.get("CHALLENGE_NAME") == Some("SRP_A");
    let Some(srp_a) = parameters.get("SRP_A").filter(|_| by_password) else {
        return next(call, client, &person, Vec::new());
    };
    let rounds = vec![Round::new("SRP_A", true)];
    match define(call, &person, &rounds)? {
        Verdict::Ask(name) if name == "PASSWORD_VERIFIER" => {
            srp::challenge(call, client, username, srp_a, Some(rounds))
        }
        verdict => act(call, client, &person, rounds, &verdict),
    }
}

/// Continues the flow `CUSTOM_AUTH` after a password was checked. `passed` is the result.
pub(super) fn after_password(
    call: &Call<'_>,
    client: &Arc<Client>,
    username: &str,
    mut rounds: Vec<Round>,
    passed: bool,
) -> Answer {
    let person = Person::find(call, client, username)?;
    rounds.push(Round::new("PASSWORD_VERIFIER", passed));
    next(call, client, &person, rounds)
}

/// Handles the response to `CUSTOM_CHALLENGE`.
pub(super) fn answer(
    call: &Call<'_>,
    client: &Arc<Client>,
    word: &str,
    responses: &Texts<'_>,
) -> Answer {
    let username = responses.require("USERNAME")?;
    let given = responses.require("ANSWER")?;
    let asked = {
        let mut state = call.state();
        let name = "CUSTOM_CHALLENGE";
        let (id, _, step) = find_session(call, &mut state, client, name, username, word)?;
        // Each response uses up the session. The triggers decide whether there is another attempt.
        state.sessions.close(&id, call.now);
        match step {
            Step::Custom(asked) => *asked,
            _ => return Err(crate::state::sessions::unknown()),
        }
    };
    let person = Person::find(call, client, username)?;
    let passed = judge(call, &person, &asked, given)?;
    let mut rounds = asked.rounds;
    rounds.push(Round {
        name: "CUSTOM_CHALLENGE",
        passed,
        metadata: asked.metadata,
    });
    next(call, client, &person, rounds)
}

/// The user who signs in. If the client hides missing users, it may be an unknown name.
struct Person {
    username: String,
    user: Option<User>,
}

impl Person {
    fn find(call: &Call<'_>, client: &Client, username: &str) -> Result<Self, Failure> {
        let user = call.state().users.find(username).cloned();
        match &user {
            Some(user) => {
                user.check_usable()?;
                device::check(call, Some(user))?;
            }
            None if client.hides_users => device::check(call, None)?,
            None => return Err(no_such_user(client)),
        }
        let username = user.as_ref().map_or(username, |user| &user.username);
        Ok(Self {
            username: username.to_owned(),
            user,
        })
    }

    fn attributes(&self) -> Value {
        self.user
            .as_ref()
            .map_or_else(|| json!({}), user_attributes)
    }

    /// Calls a trigger for this user.
    fn ask(
        &self,
        call: &Call<'_>,
        trigger: Trigger,
        mut request: Value,
        response: Value,
    ) -> Result<Map<String, Value>, Failure> {
        request["userAttributes"] = self.attributes();
        request["userNotFound"] = json!(self.user.is_none());
        request["clientMetadata"] = call.client_metadata();
        let subject = Subject {
            username: Some(&self.username),
            client: call.client_id(),
        };
        let said = call.ask(trigger, "Authentication", &subject, request, response)?;
        said.ok_or_else(|| {
            let name = trigger.setting();
            Failure::invalid_parameter(format!(
                "Custom auth lambda trigger {name} is not configured for the user pool."
            ))
        })
    }
}

/// The decision of `DefineAuthChallenge`.
enum Verdict {
    Ask(String),
    Fail,
    Tokens,
}

fn define(call: &Call<'_>, person: &Person, rounds: &[Round]) -> Result<Verdict, Failure> {
    let session: Value = rounds.iter().map(Round::describe).collect();
    let response = json!({
        "challengeName": null,
        "issueTokens": null,
        "failAuthentication": null,
    });
    let trigger = Trigger::DefineAuthChallenge;
    let said = person.ask(call, trigger, json!({ "session": session }), response)?;
    let is_set = |name: &str| said.get(name) == Some(&Value::Bool(true));
    if is_set("failAuthentication") {
        return Ok(Verdict::Fail);
    }
    if is_set("issueTokens") {
        return Ok(Verdict::Tokens);
    }
    let name = said.get("challengeName").and_then(Value::as_str);
    name.map(|name| Verdict::Ask(name.to_owned()))
        .ok_or_else(unrecognizable)
}

/// Executes the next decision of `DefineAuthChallenge`.
fn next(call: &Call<'_>, client: &Arc<Client>, person: &Person, rounds: Vec<Round>) -> Answer {
    let verdict = define(call, person, &rounds)?;
    act(call, client, person, rounds, &verdict)
}

fn act(
    call: &Call<'_>,
    client: &Arc<Client>,
    person: &Person,
    rounds: Vec<Round>,
    verdict: &Verdict,
) -> Answer {
    match verdict {
        Verdict::Fail => Err(Failure::incorrect()),
        Verdict::Tokens => {
            let next = {
                let mut state = call.state();
                // An unknown user gets no tokens, whatever the trigger decides.
                let found = person.user.as_ref().ok_or_else(Failure::incorrect)?;
                let user = state.users.expect(&found.username)?;
                // The user may have changed while the trigger ran.
                if user.sub != found.sub {
                    return Err(Failure::incorrect());
                }
                user.check_usable()?;
                grant(call, user, client)
            };
            finish(call, next)
        }
        Verdict::Ask(name) if name == "CUSTOM_CHALLENGE" => ask(call, client, person, rounds),
        Verdict::Ask(_) => Err(unrecognizable()),
    }
}

/// Calls the trigger that creates a challenge, and returns the challenge.
fn ask(call: &Call<'_>, client: &Arc<Client>, person: &Person, rounds: Vec<Round>) -> Answer {
    let session: Value = rounds.iter().map(Round::describe).collect();
    let request = json!({ "challengeName": "CUSTOM_CHALLENGE", "session": session });
    let response = json!({
        "publicChallengeParameters": null,
        "privateChallengeParameters": null,
        "challengeMetadata": null,
    });
    let mut said = person.ask(call, Trigger::CreateAuthChallenge, request, response)?;
    let mut part = |name: &str| match said.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(part)) if part.values().all(Value::is_string) => Ok(part),
        Some(_) => Err(unrecognizable()),
    };
    let mut shown = part("publicChallengeParameters")?;
    let private = part("privateChallengeParameters")?;
    let metadata = said.get("challengeMetadata").and_then(Value::as_str);
    let asked = Asked {
        rounds,
        metadata: metadata.map(ToOwned::to_owned),
        private,
    };
    shown.insert("USERNAME".to_owned(), json!(person.username));
    let step = Step::Custom(Box::new(asked));
    let session = match &person.user {
        Some(user) => Session::of(user, client, step),
        None => Session::of_nobody(&person.username, &client.id, step),
    };
    let next = challenge(call, &mut call.state(), client, session, shown.into());
    finish(call, next)
}

fn judge(call: &Call<'_>, person: &Person, asked: &Asked, given: &str) -> Result<bool, Failure> {
    let request = json!({
        "privateChallengeParameters": asked.private,
        "challengeAnswer": given,
    });
    let response = json!({ "answerCorrect": null });
    let trigger = Trigger::VerifyAuthChallengeResponse;
    let said = person.ask(call, trigger, request, response)?;
    match said.get("answerCorrect") {
        Some(Value::Bool(correct)) => Ok(*correct),
        _ => Err(unrecognizable()),
    }
}
