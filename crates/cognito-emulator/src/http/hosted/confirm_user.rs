//! `GET /confirmUser`: the page that a link in an e-mail opens to confirm a sign-up.

use http::StatusCode;
use maud::html;
use serde_json::{Map, json};

use super::authorize::client;
use super::html::{Frame, alert, message};
use super::login::run_in;
use super::look::Look;
use super::request::HostedRequest;
use crate::http::page::Page;
use crate::model::client::secret_hash::secret_hash;
use crate::operations::authentication::sign_up;

/// Handles `GET /confirmUser`, like the operation `ConfirmSignUp`. The app client needs no OAuth
/// 2.0 flow. The page shows that the account is confirmed. If the confirmation fails, for example
/// because the link was opened before, the page shows the error and has status 400.
///
/// Security: the code in the link only confirms the address. It does not sign the user in, because
/// it does not prove that the user of the browser knows the password.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    let (service, client) = match client(http_request) {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let query = &http_request.query;
    let value = |name: &str| query.get(name).unwrap_or_default();
    let username = value("user_name");
    let mut fields = Map::from_iter([
        ("ClientId".to_owned(), json!(client.id)),
        ("Username".to_owned(), json!(username)),
        (
            "ConfirmationCode".to_owned(),
            json!(value("confirmation_code")),
        ),
    ]);
    if let Some(hash) = secret_hash(&client, username) {
        fields.insert("SecretHash".to_owned(), json!(hash));
    }
    let names = ("ConfirmSignUp", "ConfirmSignUp");
    let answer = run_in(http_request, &service, names, sign_up::confirm, &fields);
    let texts = http_request.texts();
    let (status, body) = match &answer {
        Ok(_) => (
            StatusCode::OK,
            html! { p role="status" { (texts.confirmed) } },
        ),
        Err(failure) => (StatusCode::BAD_REQUEST, alert(texts.failure(failure))),
    };
    let look = Look::of(&service.settings, &client.id);
    let frame = Frame {
        language: texts.language,
        look: &look,
    };
    message(status, texts.confirm_account, &body, &frame)
}
