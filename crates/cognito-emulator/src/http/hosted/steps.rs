//! The pages for the challenges of a sign-in, and for the choice of the first factor.

use http::StatusCode;
use maud::html;
use serde_json::{Value, json};

use super::html;
use super::html::{Field, FormPage, Kind, Passkey};
use super::inputs::{Input, PREFIX};
use super::login::Login;
use super::parameters::Parameters;
use crate::http::page::Page;
use crate::model::client::AuthFlow;
use crate::model::client::secret_hash::secret_hash;
use crate::model::failure::{Answer, Failure};
use crate::operations::authentication::{challenge, sign_in};
use crate::state::call::LOGIN;

/// A challenge, and the values that its form contains in hidden fields.
struct Step<'a> {
    challenge: &'a str,
    session: &'a str,
    username: &'a str,
    /// The factors that the user can choose, separated by spaces.
    choices: &'a str,
    /// The attributes that the user must enter, separated by spaces.
    required: &'a str,
}

impl Login<'_> {
    /// Returns `true` if users choose the first factor: the app client allows choice-based sign-in,
    /// and the pool has a first factor other than the password.
    pub(super) fn has_choice(&self) -> bool {
        let has_factors = !self.request.service.settings.first_factors.is_empty();
        has_factors && self.request.client.allows(AuthFlow::UserAuth)
    }

    /// Handles a sign-in form that contains only a user name: starts a sign-in with the flow
    /// `USER_AUTH`.
    pub(super) fn begin_choice(&self, username: &str) -> Page {
        let mut parameters = json!({ "USERNAME": username });
        self.add_hash(&mut parameters, username);
        if !self.request.levels.is_empty() {
            let names = self.http_request.query.get("acr_values");
            parameters["TARGET_ACR_VALUES"] = json!(names);
        }
        let fields = self.fields(json!({
            "AuthFlow": "USER_AUTH",
            "AuthParameters": parameters,
        }));
        match self.run(("InitiateAuth", LOGIN), sign_in::initiate_auth, &fields) {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Responds to a challenge, like the operation `RespondToAuthChallenge`. `responses` are the
    /// members of `ChallengeResponses` except `USERNAME` and `SECRET_HASH`.
    pub(super) fn respond(
        &self,
        challenge: &str,
        session: &str,
        username: &str,
        mut responses: Value,
    ) -> Answer {
        responses["USERNAME"] = json!(username);
        self.add_hash(&mut responses, username);
        let fields = self.fields(json!({
            "ChallengeName": challenge,
            "Session": session,
            "ChallengeResponses": responses,
        }));
        let operation = ("RespondToAuthChallenge", LOGIN);
        self.run(operation, challenge::respond, &fields)
    }

    fn add_hash(&self, parameters: &mut Value, username: &str) {
        if let Some(hash) = secret_hash(&self.request.client, username) {
            parameters["SECRET_HASH"] = json!(hash);
        }
    }

    /// Handles the form of a challenge. After a wrong response, shows the form again with the
    /// error. If the sign-in must start again, shows the sign-in form.
    pub(super) fn next(&self, challenge: &str, form: &Parameters) -> Page {
        let username = form.get("username").unwrap_or_default();
        let session = form.get("session").unwrap_or_default();
        let mut responses = json!({});
        if let Some((name, value)) = answer_to(challenge, form) {
            responses[name] = json!(value);
        }
        for (name, value) in form.named(PREFIX) {
            responses[name] = json!(value);
        }
        match self.respond(challenge, session, username, responses) {
            Ok(answer) => self.go_on(&answer, username),
            // Shows the same step again. If its session has ended, the next response reports it.
            Err(failure) if is_worth_another_try(&failure) => {
                let step = Step {
                    challenge,
                    session,
                    username,
                    choices: words(form, "choices"),
                    required: words(form, "required"),
                };
                self.step(&step, Some(self.texts.failure(&failure)))
            }
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Returns the page for the next challenge. If the sign-in is complete, redirects to the
    /// client. The tokens in `answer` are discarded, because the client gets its tokens through
    /// OAuth 2.0.
    pub(super) fn go_on(&self, answer: &Value, username: &str) -> Page {
        if let Some(result) = answer.get("AuthenticationResult") {
            return self.signed_in(result, username);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parameters = &answer["ChallengeParameters"];
        let list = |name: &str| -> Vec<String> {
            serde_json::from_str(&text(&parameters[name])).unwrap_or_default()
        };
        let (challenge, session) = (text(&answer["ChallengeName"]), text(&answer["Session"]));
        // The challenges of a first factor do not name the user.
        let username = parameters["USER_ID_FOR_SRP"].as_str().unwrap_or(username);
        let choices = match challenge.as_str() {
            "MFA_SETUP" => {
                return self.set_up_choice(&session, username, &list("MFAS_CAN_SETUP"));
            }
            "SELECT_CHALLENGE" => {
                let available = answer["AvailableChallenges"].as_array();
                let names = available.into_iter().flatten().filter_map(Value::as_str);
                // The page has no script for SRP.
                let names: Vec<_> = names.filter(|name| *name != "PASSWORD_SRP").collect();
                if let [only] = names[..] {
                    return self.select(&session, username, only);
                }
                names.join(" ")
            }
            "WEB_AUTHN" => {
                let options = text(&parameters["CREDENTIAL_REQUEST_OPTIONS"]);
                return self.passkey(&session, username, &options);
            }
            _ => list("MFAS_CAN_CHOOSE").join(" "),
        };
        let attributes = list("requiredAttributes").join(" ").replace(PREFIX, "");
        let step = Step {
            challenge: &challenge,
            session: &session,
            username,
            choices: &choices,
            required: &attributes,
        };
        let sent_to = parameters["CODE_DELIVERY_DESTINATION"].as_str();
        let notice = sent_to.map(|to| self.texts.code_sent_to(to));
        self.step(&step, notice.as_deref())
    }

    /// Responds to the challenge `SELECT_CHALLENGE` with a first factor, and returns the next page.
    fn select(&self, session: &str, username: &str, factor: &str) -> Page {
        let responses = json!({ "ANSWER": factor });
        match self.respond("SELECT_CHALLENGE", session, username, responses) {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Returns the page with the form for a challenge. If `notice` is not `None`, the page shows
    /// it.
    fn step(&self, step: &Step<'_>, notice: Option<&str>) -> Page {
        let texts = self.texts;
        let rules = texts.policy(&self.request.service.settings.policy);
        let attributes = step.required.split_whitespace();
        let attributes: Vec<_> = attributes.map(|name| Input::new(name, true)).collect();
        let mut fields = vec![
            Field::hidden("_csrf", &self.csrf),
            Field::hidden("challenge", step.challenge),
            Field::hidden("session", step.session),
            Field::hidden("username", step.username),
            Field::hidden("choices", step.choices),
            Field::hidden("required", step.required),
        ];
        match step.challenge {
            "NEW_PASSWORD_REQUIRED" => {
                let label = texts.new_password;
                let password = Field::new("password", label, Kind::NewPassword, "");
                fields.push(password.rules(&rules));
                fields.extend(attributes.iter().map(|input| input.field(texts, "")));
            }
            "PASSWORD" => {
                let password = Field::new("password", texts.password, Kind::Password, "");
                fields.push(password);
            }
            "SELECT_CHALLENGE" | "SELECT_MFA_TYPE" => {
                let choices = step.choices.split_whitespace();
                fields.extend(choices.map(|name| self.choice(name)));
            }
            _ => fields.push(Field::new("code", texts.code, Kind::Code, "")),
        }
        let button = match step.challenge {
            "SELECT_CHALLENGE" | "SELECT_MFA_TYPE" => texts.next,
            _ => texts.sign_in,
        };
        let names = (texts.sign_in, button);
        self.form_page("/login", names, notice, &fields, html! {})
    }

    /// Returns the page on which the user signs in with a passkey.
    fn passkey(&self, session: &str, username: &str, options: &str) -> Page {
        let texts = self.texts;
        let fields = [
            Field::hidden("_csrf", &self.csrf),
            Field::hidden("challenge", "WEB_AUTHN"),
            Field::hidden("session", session),
            Field::hidden("username", username),
            Field::hidden("credential", ""),
        ];
        let passkey = Passkey {
            ceremony: "get",
            options,
            failed: texts.passkey_failed,
        };
        let names = (texts.sign_in, texts.use_passkey);
        FormPage {
            more: html::link(&self.url("/login"), texts.other_way),
            passkey: Some(passkey),
            ..self.empty_page(names, "/login", &fields)
        }
        .page(StatusCode::OK)
    }

    /// Returns the radio button with which the user chooses the factor `name`, such as `EMAIL_OTP`.
    pub(super) fn choice<'f>(&self, name: &'f str) -> Field<'f> {
        let texts = self.texts;
        let label = match name {
            "EMAIL_OTP" => texts.email_code,
            "PASSWORD" => texts.password,
            "SMS_MFA" | "SMS_OTP" => texts.sms_code,
            "SOFTWARE_TOKEN_MFA" => texts.authenticator_app,
            "WEB_AUTHN" => texts.passkey,
            other => other,
        };
        Field::new("answer", label, Kind::Choice, name)
    }
}

/// Returns the name and the value of the user's response to a challenge, for `ChallengeResponses`.
/// Returns `None` if there is no page for this challenge.
fn answer_to<'a>(challenge: &str, form: &'a Parameters) -> Option<(&'static str, &'a str)> {
    let value = |name: &str| form.get(name).unwrap_or_default();
    let code = value("code");
    Some(match challenge {
        "EMAIL_OTP" => ("EMAIL_OTP_CODE", code),
        "NEW_PASSWORD_REQUIRED" => ("NEW_PASSWORD", value("password")),
        "PASSWORD" => ("PASSWORD", value("password")),
        "SELECT_CHALLENGE" | "SELECT_MFA_TYPE" => ("ANSWER", value("answer")),
        "SMS_MFA" => ("SMS_MFA_CODE", code),
        "SMS_OTP" => ("SMS_OTP_CODE", code),
        "SOFTWARE_TOKEN_MFA" => ("SOFTWARE_TOKEN_MFA_CODE", code),
        "WEB_AUTHN" => ("CREDENTIAL", value("credential")),
        _ => return None,
    })
}

/// Returns a space-separated list from a hidden field of the form. A list of more than 512 bytes
/// counts as empty. The emulator never writes such a long list into a form, but a caller can send
/// one. The next page could then have any number of fields, because it has a field for each word of
/// the list.
fn words<'a>(form: &'a Parameters, name: &str) -> &'a str {
    let words = form.get(name).filter(|words| words.len() <= LONGEST_WORDS);
    words.unwrap_or_default()
}

const LONGEST_WORDS: usize = 512;

/// Returns `true` if the page shows the form of the challenge again after this failure. After
/// `NotAuthorizedException`, the page shows the sign-in form.
fn is_worth_another_try(failure: &Failure) -> bool {
    failure.code() != "NotAuthorizedException"
}
