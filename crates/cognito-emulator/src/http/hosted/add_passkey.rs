//! `/passkeys/add`: the page on which a signed-in user registers a passkey.

use http::StatusCode;
use serde_json::{Value, json};

use super::html;
use super::html::{Field, FormPage, Passkey};
use super::login::{Login, visit};
use super::parameters::Parameters;
use super::request::{HostedRequest, redirect};
use crate::http::page::Page;
use crate::operations::account::passkeys;
use crate::operations::check_allowed;
use crate::state::codes::SignedInUser;

const PATH: &str = "/passkeys/add";

/// Handles `/passkeys/add`. If the browser is not signed in, redirects to the sign-in page. After
/// the registration, redirects to the redirect URI and adds no parameters to it. It is unknown
/// whether Cognito does the same.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    // The link to this page names no response type, which the sign-in page needs.
    let mut raw_query = http_request.raw_query.to_owned();
    if http_request.query.get("response_type").is_none() {
        raw_query.push_str("&response_type=code");
    }
    let request = HostedRequest {
        query: Parameters::read(&raw_query),
        raw_query: &raw_query,
        form: http_request.form.clone(),
        ..*http_request
    };
    visit(&request, |login, form| {
        match login.request.browser(&request) {
            None => redirect(&login.url("/login")),
            Some(user) => match form {
                None => login.add_passkey(&user, None),
                Some(form) => {
                    login.complete_passkey(&user, form.get("credential").unwrap_or_default())
                }
            },
        }
    })
}

impl Login<'_> {
    /// Starts the registration of a passkey, and returns the page that asks the browser to create
    /// the passkey.
    fn add_passkey(&self, user: &SignedInUser, notice: Option<&str>) -> Page {
        let fields = self.fields(json!({}));
        let call = self.http_request.call(&self.request.service, &fields, PATH);
        let allowed = check_allowed(&call, "StartWebAuthnRegistration");
        let options = match allowed.and_then(|()| passkeys::start_hosted(&call, user)) {
            Ok(answer) => answer["CredentialCreationOptions"].to_string(),
            Err(failure) => return html::error(StatusCode::BAD_REQUEST, failure.message()),
        };
        let texts = self.texts;
        let passkey = Passkey {
            ceremony: "create",
            options: &options,
            failed: texts.passkey_not_added,
        };
        let fields = [
            Field::hidden("_csrf", &self.csrf),
            Field::hidden("credential", ""),
        ];
        FormPage {
            notice,
            passkey: Some(passkey),
            ..self.empty_page((texts.add_passkey, texts.add_passkey), PATH, &fields)
        }
        .page(StatusCode::OK)
    }

    /// Completes the registration of a passkey. `credential` is the JSON of the passkey that the
    /// browser has created. If the passkey is rejected, shows the page again with the error.
    fn complete_passkey(&self, user: &SignedInUser, credential: &str) -> Page {
        let credential: Value = serde_json::from_str(credential).unwrap_or_default();
        let fields = self.fields(json!({ "Credential": credential }));
        let call = self.http_request.call(&self.request.service, &fields, PATH);
        let allowed = check_allowed(&call, "CompleteWebAuthnRegistration");
        match allowed.and_then(|()| passkeys::complete_hosted(&call, user)) {
            Ok(_) => redirect(&self.request.redirect_uri),
            Err(failure) => self.add_passkey(user, Some(self.texts.failure(&failure))),
        }
    }
}
