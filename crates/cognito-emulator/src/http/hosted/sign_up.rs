//! `/signup`, `/confirm` and `/resendcode`: the pages on which users sign up and confirm the sign-up.

use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::html::{Field, Kind, error, form as form_of, link, outer_link};
use super::inputs::{self, PREFIX};
use super::login::{Login, visit};
use super::parameters::Parameters;
use super::request::HostedRequest;
use crate::http::page::Page;
use crate::model::client::AuthFlow;
use crate::model::failure::Answer;
use crate::operations::authentication::sign_up;
use crate::operations::check_allowed;
use crate::operations::pools::terms;
use crate::state::call::LOGIN;

/// Handles `/signup`. If only administrators can create users, returns an error page.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| {
        if login.request.service.settings.admin_creates {
            let message = "SignUp is not permitted for this user pool";
            return error(StatusCode::FORBIDDEN, message);
        }
        match form {
            Some(form) => login.sign_up(form),
            None => login.sign_up_form(&Parameters::default(), None),
        }
    })
}

/// Handles `/confirm`: the page on which users enter the confirmation code.
pub(super) fn confirm(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| match form {
        Some(form) => login.confirm(form),
        None => login.confirmation("", None, None),
    })
}

/// Handles `POST /resendcode`, which sends another confirmation code.
pub(super) fn resend(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| {
        let form = form.unwrap_or(&login.http_request.query);
        let username = form.get("username").unwrap_or_default();
        let fields = json!({ "Username": username });
        let answer = login.perform("ResendConfirmationCode", sign_up::resend, fields);
        let notice = login.delivery(&answer);
        login.confirmation(username, form.get("session"), Some(&notice))
    })
}

impl Login<'_> {
    fn sign_up_form(&self, form: &Parameters, notice: Option<&str>) -> Page {
        let (texts, settings) = (self.texts, &self.request.service.settings);
        let value = |name: &str| form.get(name).unwrap_or_default();
        let (label, kind) = inputs::username(settings, texts);
        let attributes = inputs::sign_up(settings);
        let rules = texts.policy(&settings.policy);
        // The operation checks whether this user needs a password.
        let is_optional =
            settings.is_passwordless() && self.request.client.allows(AuthFlow::UserAuth);
        let mut fields = vec![
            Field::hidden("_csrf", &self.csrf),
            Field::new("username", label, kind, value("username")),
        ];
        let values = attributes.iter().map(|input| (input, value(&input.name)));
        fields.extend(values.map(|(input, value)| input.field(texts, value)));
        let password = Field::new("password", texts.password, Kind::NewPassword, "");
        fields.push(password.required_if(!is_optional).rules(&rules));
        let names = (texts.sign_up, texts.sign_up);
        let more = html! {
            (self.terms_links())
            (link(&self.url("/login"), texts.sign_in))
        };
        self.form_page("/signup", names, notice, &fields, more)
    }

    /// Returns the links to the terms of use and the privacy policy of the app client. Returns
    /// nothing if one of the two is missing, or if the pool has the feature plan `LITE`. At AWS,
    /// this plan has only the classic pages, which do not show these links.
    fn terms_links(&self) -> Markup {
        let (texts, settings) = (self.texts, &self.request.service.settings);
        let urls = terms::urls(settings, &self.request.client.id, texts.terms_key);
        html! {
            @if let Some([terms, policy]) = urls.filter(|_| !settings.is_lite()) {
                (outer_link(terms, texts.terms_of_use))
                (outer_link(policy, texts.privacy_policy))
            }
        }
    }

    /// Handles the form of the sign-up page, like the operation `SignUp`. If the sign-up needs a
    /// confirmation code, shows the page for the code. If a trigger has confirmed the user and the
    /// form has a password, signs the user in. Otherwise shows the sign-in page with a notice.
    fn sign_up(&self, form: &Parameters) -> Page {
        let (username, password) = (form.get("username"), form.get("password"));
        let username = username.unwrap_or_default();
        let given = form.named(PREFIX).filter(|(_, value)| !value.is_empty());
        let attributes: Vec<Value> = given
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        let mut fields = json!({ "Username": username, "UserAttributes": attributes });
        if let Some(password) = password {
            fields["Password"] = json!(password);
        }
        let answer = self.perform("SignUp", sign_up::sign_up, fields);
        let signed_up = match &answer {
            Ok(signed_up) => signed_up,
            Err(failure) => return self.sign_up_form(form, Some(self.texts.failure(failure))),
        };
        let is_confirmed = signed_up["UserConfirmed"] == true;
        match password {
            Some(password) if is_confirmed => self.password(username, password),
            None if is_confirmed => self.sign_in_form(Some(self.texts.confirmed), username),
            _ if signed_up.get("CodeDeliveryDetails").is_none() => {
                self.sign_in_form(Some(self.texts.wait_for_operator), username)
            }
            _ => {
                let notice = self.delivery(&answer);
                self.confirmation(username, signed_up["Session"].as_str(), Some(&notice))
            }
        }
    }

    /// Returns the page for the confirmation code. `session` is the session of the sign-up. Without
    /// a session, the user must sign in after the confirmation. If `username` is empty, the page
    /// has a field for it.
    pub(super) fn confirmation(
        &self,
        username: &str,
        session: Option<&str>,
        notice: Option<&str>,
    ) -> Page {
        let texts = self.texts;
        let hidden = [
            Field::hidden("_csrf", &self.csrf),
            Field::hidden("session", session.unwrap_or_default()),
        ];
        let name = self.name_field(username);
        let code = Field::new("code", texts.code, Kind::Code, "");
        let more = html! {
            @if !username.is_empty() {
                (form_of(&self.url("/resendcode"), &[&hidden[..], &[name]].concat(), texts.resend_code))
            }
            (link(&self.url("/login"), texts.sign_in))
        };
        let fields = [&hidden[..], &[name, code]].concat();
        let names = (texts.confirm_account, texts.confirm);
        self.form_page("/confirm", names, notice, &fields, more)
    }

    /// Returns the field for the user name of a new user. It is hidden if the user name is known.
    pub(super) fn name_field<'f>(&self, username: &'f str) -> Field<'f> {
        if username.is_empty() {
            let (label, kind) = inputs::username(&self.request.service.settings, self.texts);
            return Field::new("username", label, kind, "");
        }
        Field::hidden("username", username)
    }

    /// Handles the form with the confirmation code, like the operation `ConfirmSignUp`. If this
    /// browser has signed up, signs the user in. Otherwise shows the sign-in page.
    ///
    /// Security: the code alone does not sign the user in. The session of the sign-up proves that
    /// this browser has sent the password.
    fn confirm(&self, form: &Parameters) -> Page {
        let username = form.get("username").unwrap_or_default();
        let session = form.get("session");
        let mut fields = json!({
            "Username": username,
            "ConfirmationCode": form.get("code").unwrap_or_default(),
        });
        if let Some(session) = session {
            fields["Session"] = json!(session);
        }
        match self.perform("ConfirmSignUp", sign_up::confirm, fields) {
            Err(failure) => {
                self.confirmation(username, session, Some(self.texts.failure(&failure)))
            }
            Ok(confirmed) => match confirmed["Session"].as_str().filter(|_| session.is_some()) {
                Some(session) => self.sign_in_after(username, session),
                None => self.sign_in_form(Some(self.texts.confirmed), username),
            },
        }
    }

    fn sign_in_after(&self, username: &str, session: &str) -> Page {
        let (service, client) = (&self.request.service, &self.request.client);
        let fields = self.fields(json!({}));
        let call = self.http_request.call(service, &fields, LOGIN);
        let allowed = check_allowed(&call, "InitiateAuth");
        let answer =
            allowed.and_then(|()| sign_up::sign_in_after(&call, client, username, session));
        match call.settle(answer) {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Returns the notice after a request for a code: the masked address to which the code was sent,
    /// or the error.
    pub(super) fn delivery(&self, answer: &Answer) -> String {
        match answer {
            Ok(answer) => {
                let to = answer["CodeDeliveryDetails"]["Destination"].as_str();
                self.texts.code_sent_to(to.unwrap_or_default())
            }
            Err(failure) => self.texts.failure(failure).to_owned(),
        }
    }
}
