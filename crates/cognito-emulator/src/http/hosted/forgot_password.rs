//! `/forgotPassword` and `/confirmforgotPassword`: the pages on which users replace a forgotten
//! password.

use maud::html;
use serde_json::json;

use super::html::{Field, Kind, form as form_of, link};
use super::login::{Login, visit};
use super::parameters::Parameters;
use super::request::HostedRequest;
use crate::http::page::Page;
use crate::operations::authentication::password;

/// Handles `/forgotPassword`: the page on which users request a code.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| match form {
        Some(form) => login.forgot_password(form),
        None => {
            let hint = http_request.query.get("login_hint");
            login.forgot_password_form(hint.unwrap_or_default(), None)
        }
    })
}

/// Handles `/confirmforgotPassword`: the page on which users enter the code and a new password.
pub(super) fn confirm(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| match form {
        Some(form) => login.change_password(form),
        None => login.new_password("", None),
    })
}

impl Login<'_> {
    fn forgot_password_form(&self, username: &str, notice: Option<&str>) -> Page {
        let texts = self.texts;
        let fields = [
            Field::hidden("_csrf", &self.csrf),
            self.sign_in_name(username),
        ];
        let names = (texts.forgot_password_title, texts.send_code);
        let more = link(&self.url("/login"), texts.sign_in);
        self.form_page("/forgotPassword", names, notice, &fields, more)
    }

    /// Handles the request for a code, like the operation `ForgotPassword`.
    ///
    /// Security: if `PreventUserExistenceErrors` of the app client is `ENABLED`, the page does not
    /// depend on whether the user exists, even after too many requests.
    fn forgot_password(&self, form: &Parameters) -> Page {
        let username = form.get("username").unwrap_or_default();
        let fields = json!({ "Username": username });
        let answer = self.perform("ForgotPassword", password::forgot, fields);
        match &answer {
            Ok(_) => self.new_password(username, Some(&self.delivery(&answer))),
            Err(failure) => self.forgot_password_form(username, Some(self.texts.failure(failure))),
        }
    }

    /// Returns the page for the code and the new password. If `username` is empty, the page has a
    /// field for it.
    pub(super) fn new_password(&self, username: &str, notice: Option<&str>) -> Page {
        let texts = self.texts;
        let rules = texts.policy(&self.request.service.settings.policy);
        let hidden = Field::hidden("_csrf", &self.csrf);
        let name = self.name_field(username);
        let fields = [
            hidden,
            name,
            Field::new("code", texts.code, Kind::Code, ""),
            Field::new("password", texts.new_password, Kind::NewPassword, "").rules(&rules),
        ];
        let more = html! {
            @if !username.is_empty() {
                (form_of(&self.url("/forgotPassword"), &[hidden, name], texts.resend_code))
            }
            (link(&self.url("/login"), texts.sign_in))
        };
        let names = (texts.forgot_password_title, texts.change_password);
        self.form_page("/confirmforgotPassword", names, notice, &fields, more)
    }

    /// Handles the form with the code and the new password, like the operation
    /// `ConfirmForgotPassword`. Then shows the sign-in page. The user is not signed in, because the
    /// sign-in can require a second factor.
    fn change_password(&self, form: &Parameters) -> Page {
        let username = form.get("username").unwrap_or_default();
        let fields = json!({
            "Username": username,
            "ConfirmationCode": form.get("code").unwrap_or_default(),
            "Password": form.get("password").unwrap_or_default(),
        });
        match self.perform("ConfirmForgotPassword", password::confirm, fields) {
            Ok(_) => self.sign_in_form(Some(self.texts.password_changed), username),
            Err(failure) => self.new_password(username, Some(self.texts.failure(&failure))),
        }
    }
}
