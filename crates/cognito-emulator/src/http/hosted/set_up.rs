//! The pages on which users set up a second factor during the sign-in (`MFA_SETUP`).

use http::StatusCode;
use maud::{Markup, html};
use percent_encoding::utf8_percent_encode;
use qrcode::{Color, EcLevel, QrCode};
use serde_json::{Map, Value, json};

use super::html;
use super::html::{Field, FormPage, Kind};
use super::login::Login;
use super::parameters::{Parameters, RESERVED};
use crate::http::page::Page;
use crate::model::failure::Failure;
use crate::operations::account::mfa;
use crate::state::call::LOGIN;

/// The second factors that have a page for their set-up.
const FACTORS: [&str; 2] = ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"];

/// The width of the light border around a QR code, in modules (the squares of the code; ISO/IEC
/// 18004 section 9.1).
const QUIET_ZONE: usize = 4;

impl Login<'_> {
    /// Returns the page on which the user chooses the second factor. If only one factor has a page,
    /// returns the page of this factor. `factors` contains the factors that the pool offers.
    pub(super) fn set_up_choice(&self, session: &str, username: &str, factors: &[String]) -> Page {
        let has_page = |name: &&str| factors.iter().any(|factor| factor == name);
        let choices: Vec<_> = FACTORS.into_iter().filter(has_page).collect();
        match choices[..] {
            // Only an operator can add a phone number.
            [] => html::error(StatusCode::BAD_REQUEST, self.texts.no_set_up),
            [only] => self.set_up_factor(session, username, only),
            _ => {
                let mut fields = self.set_up_fields(session, username).to_vec();
                fields.extend(choices.iter().map(|name| self.choice(name)));
                let names = (self.texts.set_up_title, self.texts.next);
                self.form_page("/login", names, None, &fields, html! {})
            }
        }
    }

    /// Handles a form for the set-up of a second factor. Returns the next page: the page of the
    /// chosen factor, the same page with an error, or the page that follows the set-up.
    pub(super) fn set_up(&self, form: &Parameters) -> Page {
        let value = |name: &str| form.get(name).unwrap_or_default();
        let (session, username) = (value("session"), value("username"));
        match (value("answer"), form.get("code"), form.get("email")) {
            ("SOFTWARE_TOKEN_MFA", Some(code), _) => {
                let app = App {
                    secret: value("secret"),
                    account: value("account"),
                };
                self.verify_app(session, username, code, &app)
            }
            ("EMAIL_OTP", _, Some(email)) => {
                let responses = json!({ "EMAIL": email });
                match self.respond("MFA_SETUP", session, username, responses) {
                    Ok(answer) => self.go_on(&answer, username),
                    Err(failure) if is_final(&failure) => self.first(Some(&failure), username),
                    Err(failure) => {
                        self.email_page(session, username, Some(self.texts.failure(&failure)))
                    }
                }
            }
            (factor, ..) => self.set_up_factor(session, username, factor),
        }
    }

    fn set_up_factor(&self, session: &str, username: &str, factor: &str) -> Page {
        if factor != "SOFTWARE_TOKEN_MFA" {
            return self.email_page(session, username, None);
        }
        let operation = ("AssociateSoftwareToken", LOGIN);
        match self.run(operation, mfa::associate, &in_session(session)) {
            Ok(answer) => {
                let session = answer["Session"].as_str().unwrap_or_default();
                let app = App {
                    secret: answer["SecretCode"].as_str().unwrap_or_default(),
                    account: &self.account(session),
                };
                self.app_page(session, username, &app, None)
            }
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Checks the first code of an authenticator app. If the code is right, continues with the
    /// sign-in.
    fn verify_app(&self, session: &str, username: &str, code: &str, app: &App<'_>) -> Page {
        let mut fields = in_session(session);
        fields.insert("UserCode".to_owned(), json!(code));
        let verified = self.run(("VerifySoftwareToken", LOGIN), mfa::verify, &fields);
        let answer = verified.and_then(|verified| {
            let session = verified["Session"].as_str().unwrap_or_default();
            self.respond("MFA_SETUP", session, username, json!({}))
        });
        match answer {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) if is_final(&failure) => self.first(Some(&failure), username),
            Err(failure) => {
                self.app_page(session, username, app, Some(self.texts.failure(&failure)))
            }
        }
    }

    /// Returns the page with the secret of an authenticator app and the form for its first code.
    /// After a wrong code, `app` contains the values of the form.
    ///
    /// Security: the code is verified with the secret in the session, so an attacker cannot
    /// register another secret by changing the form. The values of the form are only shown, and
    /// only to the browser that has sent them.
    fn app_page(&self, session: &str, username: &str, app: &App<'_>, notice: Option<&str>) -> Page {
        let (texts, secret) = (self.texts, app.secret);
        let is_secret = secret.len() <= 64 && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        let secret = if is_secret { secret } else { "" };
        let mut fields = self.set_up_fields(session, username).to_vec();
        fields.extend([
            Field::hidden("answer", "SOFTWARE_TOKEN_MFA"),
            Field::hidden("secret", secret),
            Field::hidden("account", app.account),
            Field::new("code", texts.app_code, Kind::Code, ""),
        ]);
        let names = (texts.set_up_title, texts.next);
        let url = self.otpauth_url(app.account, secret);
        let intro = html! {
            @if !secret.is_empty() {
                p { (texts.scan) }
                (qr_code(&url, texts.qr_code))
                p { (texts.type_secret) " " code { (in_groups(secret)) } }
            }
        };
        FormPage {
            notice,
            intro,
            ..self.empty_page(names, "/login", &fields)
        }
        .page(StatusCode::OK)
    }

    fn email_page(&self, session: &str, username: &str, notice: Option<&str>) -> Page {
        let texts = self.texts;
        let label = texts.attribute("email");
        let mut fields = self.set_up_fields(session, username).to_vec();
        fields.extend([
            Field::hidden("answer", "EMAIL_OTP"),
            Field::new("email", label, Kind::Input("email", "email"), ""),
        ]);
        let names = (texts.set_up_title, texts.send_code);
        self.form_page("/login", names, notice, &fields, html! {})
    }

    fn set_up_fields<'f>(&'f self, session: &'f str, username: &'f str) -> [Field<'f>; 4] {
        [
            Field::hidden("_csrf", &self.csrf),
            Field::hidden("challenge", "MFA_SETUP"),
            Field::hidden("session", session),
            Field::hidden("username", username),
        ]
    }

    /// Returns the name that an authenticator app shows for the account: the e-mail address of the
    /// session's user. If the user has none, this is the user name.
    ///
    /// Security: the user is found by the session, not by the user name in the form. The form could
    /// contain the name of another user, whose address must not be shown.
    fn account(&self, session: &str) -> String {
        let service = &self.request.service;
        let fields = Map::new();
        let call = self.http_request.call(service, &fields, LOGIN);
        let mut state = call.state();
        let Ok((_, session)) = call.find_session(&state, session) else {
            return String::new();
        };
        let session = session.clone();
        let user = state.user_of(&session);
        let name = user.map(|user| user.attribute("email").unwrap_or(&user.username).to_owned());
        name.unwrap_or_default()
    }

    /// Returns the URL that an authenticator app reads from the QR code. The issuer is the name of
    /// the pool.
    fn otpauth_url(&self, account: &str, secret: &str) -> String {
        let issuer = utf8_percent_encode(&self.request.service.settings.name, RESERVED);
        let account = utf8_percent_encode(account, RESERVED);
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
    }
}

/// The values that an authenticator app reads from the page.
struct App<'a> {
    secret: &'a str,
    account: &'a str,
}

fn in_session(session: &str) -> Map<String, Value> {
    Map::from_iter([("Session".to_owned(), json!(session))])
}

/// Returns `true` if the sign-in must start again after this failure.
fn is_final(failure: &Failure) -> bool {
    failure.code() == "NotAuthorizedException"
}

/// Returns a string in groups of four characters, so that it is easier to type. Authenticator apps
/// ignore the spaces.
fn in_groups(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let groups = characters.chunks(4).map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// Renders a QR code as an inline image. Returns nothing if the content is too long for a QR code.
fn qr_code(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return html! {};
    };
    let width = code.width();
    let size = width + 2 * QUIET_ZONE;
    let mut dark = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET_ZONE, index / width + QUIET_ZONE);
            dark.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    html! {
        svg role="img" aria-label=(label) width="240" height="240" viewBox={ "0 0 " (size) " " (size) }
            shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#ffffff" {}
            path d=(dark) fill="#000000" {}
        }
    }
}
