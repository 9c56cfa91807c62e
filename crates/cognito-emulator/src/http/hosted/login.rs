//! `/login`: the sign-in page and the pages for its challenges. Also the code that all pages of an
//! authorization request share.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::StatusCode;
use http::header::{HeaderValue, SET_COOKIE};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::authorize::{Authorization, BROWSER};
use super::html;
use super::html::{Field, FormPage, Kind, link};
use super::inputs;
use super::parameters::Parameters;
use super::request::HostedRequest;
use super::texts;
use super::texts::Texts;
use crate::http::page::Page;
use crate::model::aws;
use crate::model::client::secret_hash::secret_hash;
use crate::model::failure::{Answer, Failure};
use crate::model::user::{not_confirmed, reset_required};
use crate::operations::administration::auth_events;
use crate::operations::authentication::challenge;
use crate::operations::authentication::sign_in::SignIn;
use crate::state::call::{Call, LOGIN};
use crate::state::codes::SignedInUser;
use crate::triggers;

/// The name of the cookie that proves that a form comes from the sign-in page of the same browser.
const CSRF: &str = "XSRF-TOKEN";

/// Handles `GET /login`, which shows the sign-in page, and `POST /login`, which handles its forms.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| match form {
        Some(form) => login.take(form),
        None => {
            let hint = http_request.query.get("login_hint");
            login.first(None, hint.unwrap_or_default())
        }
    })
}

/// Handles a request to a page of an authorization request. Reads the authorization request, and
/// checks that a form comes from this browser. Then calls `handle`, with the form if the request has
/// one.
pub(super) fn visit(
    http_request: &HostedRequest<'_>,
    handle: impl FnOnce(&Login<'_>, Option<&Parameters>) -> Page,
) -> Page {
    let request = match Authorization::read(http_request) {
        Ok(request) => request,
        Err(page) => return *page,
    };
    let csrf = match http_request.cookie(CSRF) {
        Some(word) if (16..=64).contains(&word.len()) => word.to_owned(),
        _ => request.service.random.uuid(),
    };
    let login = Login {
        http_request,
        request: &request,
        csrf,
        texts: &texts::ENGLISH,
    };
    let page = match (&http_request.form, http_request.is_post) {
        (Some(form), true) if login.is_own_form(form) => handle(&login, Some(form)),
        (Some(_), true) => html::error(
            StatusCode::FORBIDDEN,
            "invalid_request: the form is not from the sign-in page of this browser: allow cookies \
             and open the page again",
        ),
        (None, true) => html::error(
            StatusCode::BAD_REQUEST,
            "invalid_request: the body is not a form",
        ),
        (_, false) => handle(&login, None),
    };
    login.with_cookie(page)
}

/// A visit of a browser to a page of an authorization request.
pub(super) struct Login<'a> {
    pub(super) http_request: &'a HostedRequest<'a>,
    pub(super) request: &'a Authorization,
    pub(super) csrf: String,
    pub(super) texts: &'static Texts,
}

impl Login<'_> {
    /// Returns `true` if a form contains the value of the CSRF cookie.
    ///
    /// Security: a page of another site could otherwise sign this browser in as another user (login
    /// CSRF).
    fn is_own_form(&self, form: &Parameters) -> bool {
        let sent = form.get("_csrf").unwrap_or_default();
        let cookie = self.http_request.cookie(CSRF).unwrap_or_default();
        let is_same = verify_slices_are_equal(sent.as_bytes(), cookie.as_bytes()).is_ok();
        !sent.is_empty() && is_same
    }

    fn take(&self, form: &Parameters) -> Page {
        match form.get("challenge") {
            Some(challenge) => self.next(challenge, form),
            None => {
                let username = form.get("username").unwrap_or_default();
                self.password(username, form.get("password").unwrap_or_default())
            }
        }
    }

    /// Signs the user in with a password. If it is right, continues with the next challenge or with
    /// the redirect to the client. Otherwise shows the form again with the error.
    ///
    /// A user who has not confirmed the sign-up gets the page for the confirmation code. A user who
    /// must reset the password gets the page for the new password.
    pub(super) fn password(&self, username: &str, password: &str) -> Page {
        let fields = self.fields(json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": username, "PASSWORD": password },
        }));
        let call = self
            .http_request
            .call(&self.request.service, &fields, LOGIN);
        let answer = call.settle(self.check(&call, username, password));
        auth_events::observe(&call, "InitiateAuth", &answer);
        match answer {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) if failure == not_confirmed() => {
                self.confirmation(username, None, Some(failure.message()))
            }
            Err(failure) if failure == reset_required() => {
                self.new_password(username, Some(failure.message()))
            }
            Err(failure) => self.first(Some(failure), username),
        }
    }

    /// Checks user name and password. Works like the flow `USER_PASSWORD_AUTH`, but the app client
    /// need not allow this flow.
    fn check(&self, call: &Call<'_>, username: &str, password: &str) -> Answer {
        let client = &self.request.client;
        triggers::migrate(call, username, Some(password), "Authentication")?;
        triggers::pre_authentication(call, client, username)?;
        SignIn::new(call, client, username).by_password(password)
    }

    /// Handles the form of a challenge, like the operation `RespondToAuthChallenge`. After a wrong
    /// response, shows the form again with the error. If the sign-in must start again, shows the
    /// form for user name and password.
    fn next(&self, challenge: &str, form: &Parameters) -> Page {
        let client = &self.request.client;
        let username = form.get("username").unwrap_or_default();
        let mut responses = json!({ "USERNAME": username });
        if let Some(hash) = secret_hash(client, username) {
            responses["SECRET_HASH"] = json!(hash);
        }
        if let Some((name, value)) = answer_to(challenge, form) {
            responses[name] = json!(value);
        }
        for (name, value) in form.named("userAttributes.") {
            responses[name] = json!(value);
        }
        let session = form.get("session").unwrap_or_default();
        let fields = self.fields(json!({
            "ChallengeName": challenge,
            "Session": session,
            "ChallengeResponses": responses,
        }));
        let call = self
            .http_request
            .call(&self.request.service, &fields, LOGIN);
        let answer = aws::validate("RespondToAuthChallenge", &fields);
        let answer = call.settle(answer.and_then(|()| challenge::respond(&call)));
        auth_events::observe(&call, "RespondToAuthChallenge", &answer);
        match answer {
            Ok(answer) => self.go_on(&answer, username),
            // Shows the same step again. If its session has ended, the next response reports it.
            Err(failure) if is_worth_another_try(&failure) => {
                let (_, message) = failure.into_parts();
                let step = Step {
                    challenge,
                    session,
                    username,
                    choices: words(form, "choices"),
                    required: words(form, "required"),
                };
                self.step(&step, Some(&message))
            }
            Err(failure) => self.first(Some(failure), username),
        }
    }

    /// Calls an operation that the user can call without signing in. `fields` are the members of the
    /// request except `ClientId` and `SecretHash`. Validates them like the members of any request.
    pub(super) fn perform(
        &self,
        operation: &'static str,
        run: fn(&Call<'_>) -> Answer,
        mut fields: Value,
    ) -> Answer {
        let username = fields["Username"].as_str().unwrap_or_default();
        if let Some(hash) = secret_hash(&self.request.client, username) {
            fields["SecretHash"] = json!(hash);
        }
        let fields = self.fields(fields);
        let service = &self.request.service;
        let call = self.http_request.call(service, &fields, operation);
        let valid = aws::validate(operation, &fields);
        let answer = call.settle(valid.and_then(|()| run(&call)));
        auth_events::observe(&call, operation, &answer);
        answer
    }

    pub(super) fn fields(&self, mut fields: Value) -> Map<String, Value> {
        fields["ClientId"] = json!(self.request.client.id);
        fields.as_object().cloned().unwrap_or_default()
    }

    /// Returns the page for the next challenge. If the sign-in is complete, redirects to the
    /// client. The tokens in `answer` are discarded, because the client gets its tokens through
    /// OAuth 2.0. There is no page for `MFA_SETUP`, so this challenge returns an error page.
    pub(super) fn go_on(&self, answer: &Value, username: &str) -> Page {
        if answer.get("AuthenticationResult").is_some() {
            return self.signed_in(username);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parameters = &answer["ChallengeParameters"];
        let list = |name: &str| -> String {
            let list: Vec<String> =
                serde_json::from_str(&text(&parameters[name])).unwrap_or_default();
            list.join(" ")
        };
        let challenge = text(&answer["ChallengeName"]);
        if challenge == "MFA_SETUP" {
            return html::error(
                StatusCode::BAD_REQUEST,
                "The user must set up a second factor. The emulator has no page for it: set it up \
                 with the challenge MFA_SETUP of InitiateAuth.",
            );
        }
        let attributes = list("requiredAttributes").replace("userAttributes.", "");
        let step = Step {
            challenge: &challenge,
            session: &text(&answer["Session"]),
            username: &text(&parameters["USER_ID_FOR_SRP"]),
            choices: &list("MFAS_CAN_CHOOSE"),
            required: &attributes,
        };
        let sent_to = parameters["CODE_DELIVERY_DESTINATION"].as_str();
        let notice = sent_to.map(|to| format!("We sent a code to {to}"));
        self.step(&step, notice.as_deref())
    }

    fn signed_in(&self, username: &str) -> Page {
        let service = &self.request.service;
        let now = self.http_request.now;
        let (word, signed_in) = {
            let mut state = service.state.lock();
            let Some(user) = state.users.find(username) else {
                drop(state);
                return self.first(Some(Failure::user_not_found()), username);
            };
            let signed_in = SignedInUser::new(user, now);
            let word = state
                .hosted
                .sign_in(signed_in.clone(), now, &service.random);
            (word, signed_in)
        };
        let mut page = self.request.granted(self.http_request, signed_in);
        add_cookie(&mut page, &format!("{BROWSER}={word}; Max-Age=3600"));
        page
    }

    /// Returns the page with the form for user name and password. The page shows the message of
    /// `failure`, if there is one. The field for the user name contains `username`.
    pub(super) fn first(&self, failure: Option<Failure>, username: &str) -> Page {
        let notice = failure.map(|failure| failure.into_parts().1);
        self.sign_in_form(notice.as_deref(), username)
    }

    /// Returns the page with the form for user name and password, and with links to the pages for
    /// the sign-up and for a forgotten password.
    pub(super) fn sign_in_form(&self, notice: Option<&str>, username: &str) -> Page {
        let texts = self.texts;
        let fields = [
            Field::hidden("_csrf", &self.csrf),
            self.sign_in_name(username),
            Field::new("password", texts.password, Kind::Password, ""),
        ];
        let more = html! {
            (link(&self.url("/forgotPassword"), texts.forgot_password))
            @if !self.request.service.settings.admin_creates {
                (link(&self.url("/signup"), texts.sign_up))
            }
        };
        self.form_page(
            "/login",
            (texts.sign_in, texts.sign_in),
            notice,
            &fields,
            more,
        )
    }

    /// Returns the field for the user name or alias with which a user signs in.
    pub(super) fn sign_in_name<'f>(&self, username: &'f str) -> Field<'f> {
        let (label, _) = inputs::username(&self.request.service.settings, self.texts);
        Field::new("username", label, Kind::Username, username)
    }

    /// Returns the page with the form for a challenge. The page shows `notice`, if there is one.
    fn step(&self, step: &Step<'_>, notice: Option<&str>) -> Page {
        let attributes: Vec<_> = step.required.split_whitespace().collect();
        let names: Vec<_> = attributes
            .iter()
            .map(|attribute| format!("userAttributes.{attribute}"))
            .collect();
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
                let password = Field::new("password", "New password", Kind::NewPassword, "");
                fields.push(password);
                let named = names.iter().zip(&attributes);
                fields.extend(named.map(|(name, label)| Field::new(name, label, Kind::Text, "")));
            }
            "SELECT_MFA_TYPE" => {
                let choices = step.choices.split_whitespace();
                let field = |name| Field::new("answer", factor_label(name), Kind::Choice, name);
                fields.extend(choices.map(field));
            }
            _ => fields.push(Field::new("code", "Code", Kind::Code, "")),
        }
        let names = (self.texts.sign_in, self.texts.sign_in);
        self.form_page("/login", names, notice, &fields, html! {})
    }

    /// Returns a page with a form that is sent to `path`. `more` is the content below the form.
    pub(super) fn form_page(
        &self,
        path: &str,
        (title, button): (&str, &str),
        notice: Option<&str>,
        fields: &[Field<'_>],
        more: Markup,
    ) -> Page {
        FormPage {
            title,
            notice,
            action: &self.url(path),
            fields,
            button,
            more,
            leads_to: &self.request.redirect_uri,
        }
        .page(StatusCode::OK)
    }

    /// Returns the URL of another page of the same authorization request.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{path}?{}", self.http_request.raw_query)
    }

    fn with_cookie(&self, mut page: Page) -> Page {
        if page.status() == StatusCode::OK {
            add_cookie(&mut page, &format!("{CSRF}={}", self.csrf));
        }
        page
    }
}

/// A challenge, and the values that its form contains in hidden fields.
struct Step<'a> {
    challenge: &'a str,
    session: &'a str,
    username: &'a str,
    /// The second factors that the user can choose, separated by spaces.
    choices: &'a str,
    /// The attributes that the user must enter, separated by spaces.
    required: &'a str,
}

/// Returns the name and the value of the user's response to a challenge, for `ChallengeResponses`.
/// Returns `None` if there is no page for this challenge.
fn answer_to<'a>(challenge: &str, form: &'a Parameters) -> Option<(&'static str, &'a str)> {
    let code = form.get("code").unwrap_or_default();
    Some(match challenge {
        "EMAIL_OTP" => ("EMAIL_OTP_CODE", code),
        "NEW_PASSWORD_REQUIRED" => ("NEW_PASSWORD", form.get("password").unwrap_or_default()),
        "SELECT_MFA_TYPE" => ("ANSWER", form.get("answer").unwrap_or_default()),
        "SMS_MFA" => ("SMS_MFA_CODE", code),
        "SOFTWARE_TOKEN_MFA" => ("SOFTWARE_TOKEN_MFA_CODE", code),
        _ => return None,
    })
}

/// Returns the label for a second factor that the user can choose. For an unknown factor, returns
/// its name.
fn factor_label(name: &str) -> &str {
    match name {
        "EMAIL_OTP" => "Code by e-mail",
        "SMS_MFA" => "Code by SMS",
        "SOFTWARE_TOKEN_MFA" => "Code of the authenticator app",
        other => other,
    }
}

/// Returns a space-separated list from a hidden field of the form. A list of more than 512 bytes
/// counts as empty. The page writes no such list, and each word of it would become a field.
fn words<'a>(form: &'a Parameters, name: &str) -> &'a str {
    let words = form.get(name).filter(|words| words.len() <= LONGEST_WORDS);
    words.unwrap_or_default()
}

const LONGEST_WORDS: usize = 512;

/// Returns `true` if the page shows the form of the challenge again after this failure. After
/// `NotAuthorizedException`, the page shows the form for user name and password.
fn is_worth_another_try(failure: &Failure) -> bool {
    failure.code() != "NotAuthorizedException"
}

/// Adds a cookie to the response. Scripts cannot read the cookie. It is not `Secure`, because the
/// emulator has no TLS.
fn add_cookie(page: &mut Page, cookie: &str) {
    let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        page.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Deletes the cookie that identifies a signed-in browser.
pub(super) fn forget(page: &mut Page) {
    add_cookie(page, &format!("{BROWSER}=; Max-Age=0"));
}
