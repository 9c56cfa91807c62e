//! `/login`: the sign-in page and the pages for its challenges. All pages of an authorization
//! request use some functions of this module.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::authorize::Authorization;
use super::cookies::{add_cookie, signed_in_page};
use super::html;
use super::html::{Field, FormPage, Kind, link};
use super::inputs;
use super::look::Look;
use super::parameters::Parameters;
use super::provider;
use super::provider::{COGNITO, Choice};
use super::request::{HostedRequest, LANGUAGE};
use super::texts::Texts;
use crate::http::page::Page;
use crate::model::aws;
use crate::model::client::secret_hash::secret_hash;
use crate::model::failure::{Answer, Failure};
use crate::model::user::{not_confirmed, reset_required};
use crate::operations::administration::auth_events;
use crate::operations::authentication::sign_in::SignIn;
use crate::operations::check_allowed;
use crate::state::call::{Call, LOGIN};
use crate::state::codes::SignedInUser;
use crate::state::service::Service;
use crate::triggers;

/// The name of the cookie that proves that a form comes from the sign-in page of the same browser.
const CSRF: &str = "XSRF-TOKEN";

/// Handles `GET /login`, which shows the sign-in page, and `POST /login`, which handles its forms.
pub(super) fn answer(http_request: &HostedRequest<'_>) -> Page {
    visit(http_request, |login, form| match form {
        Some(form) => login.take(form),
        None => login.begin(),
    })
}

/// Handles a request to a page whose URL contains the authorization request, such as `/login` or
/// `/signup`. Checks the authorization request. Also checks that a submitted form is from a page
/// that this browser has loaded. Then calls `handle` with the form, or with `None` for a `GET`
/// request.
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
        look: Look::of(&request.service.settings, &request.client.id),
        csrf,
        texts: http_request.texts(),
    };
    let is_local = request.client.supports(COGNITO);
    let page = match (&http_request.form, http_request.is_post) {
        (Some(_), true) if !is_local => html::error(
            StatusCode::FORBIDDEN,
            "invalid_request: users of this app client sign in through identity providers only",
        ),
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

/// Runs an operation in the pool `service`. First validates `fields`, the members of the request,
/// and calls [`check_allowed`]. If both succeed, calls `run`. Then records the event for threat
/// protection, also if a step has failed.
///
/// `operation` is AWS's name of the operation. `name` is the value for the [`Call`]: AWS's name of
/// the operation, or the path of the page.
pub(super) fn run_in(
    http_request: &HostedRequest<'_>,
    service: &Service,
    (operation, name): (&str, &'static str),
    run: impl FnOnce(&Call<'_>) -> Answer,
    fields: &Map<String, Value>,
) -> Answer {
    let call = http_request.call(service, fields, name);
    let valid = aws::validate(operation, fields);
    let allowed = valid.and_then(|()| check_allowed(&call, operation));
    let answer = call.settle(allowed.and_then(|()| run(&call)));
    auth_events::observe(&call, operation, &answer);
    answer
}

/// A request of a browser to one of the pages that belong to an app client's authorization request.
pub(super) struct Login<'a> {
    pub(super) http_request: &'a HostedRequest<'a>,
    pub(super) request: &'a Authorization,
    pub(super) csrf: String,
    pub(super) texts: &'static Texts,
    look: Look,
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

    /// Returns the sign-in page, or redirects the browser to an identity provider. The browser is
    /// redirected if the request selects a provider. It is also redirected if the app client
    /// supports only one provider and not the user pool.
    ///
    /// If the browser is signed in, but the sign-in has not reached the authentication level of the
    /// request, returns the page for a missing factor.
    fn begin(&self) -> Page {
        let query = &self.http_request.query;
        let is_new = matches!(query.get("prompt"), Some("login" | "select_account"));
        if !self.request.levels.is_empty()
            && !is_new
            && let Some(signed_in) = self.request.browser(self.http_request)
            && signed_in.provider.is_none()
        {
            return self.go_on_as(signed_in);
        }
        match provider::choice(self.http_request, self.request) {
            Ok(Choice::Page) => {
                let hint = self.http_request.query.get("login_hint");
                self.first(None, hint.unwrap_or_default())
            }
            Ok(Choice::Provider(name)) => provider::begin(self.http_request, self.request, &name),
            Err(failure) => self.request.failed("invalid_request", failure.message()),
        }
    }

    fn take(&self, form: &Parameters) -> Page {
        let username = form.get("username").unwrap_or_default();
        match (form.get("challenge"), form.get("password")) {
            (Some("MFA_SETUP"), _) => self.set_up(form),
            (Some(challenge), _) => self.next(challenge, form),
            (None, None) if self.has_choice() => self.begin_choice(username),
            (None, password) => self.password(username, password.unwrap_or_default()),
        }
    }

    /// Signs the user in with a password. If the password is right, continues with the next
    /// challenge or with the redirect to the client. Otherwise shows the form again with the error.
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
                self.confirmation(username, None, Some(self.texts.failure(&failure)))
            }
            Err(failure) if failure == reset_required() => {
                self.new_password(username, Some(self.texts.failure(&failure)))
            }
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Checks user name and password. Works like the flow `USER_PASSWORD_AUTH`, but the app client
    /// need not allow this flow.
    fn check(&self, call: &Call<'_>, username: &str, password: &str) -> Answer {
        let client = &self.request.client;
        check_allowed(call, "InitiateAuth")?;
        triggers::migrate(call, username, Some(password), "Authentication")?;
        triggers::pre_authentication(call, client, username)?;
        let mut sign_in = SignIn::new(call, client, username);
        sign_in.levels.clone_from(&self.request.levels);
        sign_in.by_password(password)
    }

    /// Calls an operation that the user can call without signing in. `fields` are the members of
    /// the request except `ClientId` and `SecretHash`, which are added. The members are validated
    /// like those of any request.
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
        self.run((operation, operation), run, &self.fields(fields))
    }

    /// Runs an operation in the pool of the authorization request. See [`run_in`].
    pub(super) fn run(
        &self,
        (operation, name): (&str, &'static str),
        run: fn(&Call<'_>) -> Answer,
        fields: &Map<String, Value>,
    ) -> Answer {
        run_in(
            self.http_request,
            &self.request.service,
            (operation, name),
            run,
            fields,
        )
    }

    pub(super) fn fields(&self, mut fields: Value) -> Map<String, Value> {
        fields["ClientId"] = json!(self.request.client.id);
        fields.as_object().cloned().unwrap_or_default()
    }

    /// Redirects the browser to the client after a complete sign-in. `result` contains the tokens,
    /// and `username` is the name in the form.
    ///
    /// Security: the user is found by the refresh token, not by the name in the form. No lock was
    /// held while the trigger `PostAuthentication` ran. If the user was deleted in that time, the
    /// name in the form can be an alias of another user, who would then be signed in.
    pub(super) fn signed_in(&self, result: &Value, username: &str) -> Page {
        let service = &self.request.service;
        let token = result["RefreshToken"].as_str().unwrap_or_default();
        let claims = service.tokens.seal.open(token);
        let signed_in = claims.map(SignedInUser::of_token);
        let exists = |it: &SignedInUser| it.exists(&mut service.state.lock().users);
        match signed_in.filter(exists) {
            Some(signed_in) => self.go_on_as(signed_in),
            None => self.first(Some(&Failure::user_not_found()), username),
        }
    }

    /// Redirects the browser to the client, if the sign-in has reached the authentication level of
    /// the request. Otherwise returns the page for a missing factor.
    fn go_on_as(&self, signed_in: SignedInUser) -> Page {
        if self.request.is_reached(&signed_in) {
            return signed_in_page(self.http_request, self.request, signed_in);
        }
        let fields = self.fields(json!({}));
        let (request, username) = (self.request, signed_in.user.username.as_str());
        let call = self.http_request.call(&request.service, &fields, LOGIN);
        let mut sign_in = SignIn::new(&call, &request.client, username);
        let answer = sign_in.step_up(&signed_in, &request.levels);
        match call.settle(answer) {
            Ok(answer) => self.go_on(&answer, username),
            Err(failure) => self.first(Some(&failure), username),
        }
    }

    /// Returns the page with the form for user name and password. If `failure` is not `None`, the
    /// page shows its message. The form is filled in with the user name `username`.
    pub(super) fn first(&self, failure: Option<&Failure>, username: &str) -> Page {
        let notice = failure.map(|failure| self.texts.failure(failure));
        self.sign_in_form(notice, username)
    }

    /// Returns the page with the form for user name and password. The page has links to the pages
    /// for the sign-up and for a forgotten password, and to identity providers. If the user can
    /// choose the first factor, the form does not ask for the password yet. If the app client does
    /// not support the user pool, the page has only the links to identity providers.
    pub(super) fn sign_in_form(&self, notice: Option<&str>, username: &str) -> Page {
        let texts = self.texts;
        let mut fields = vec![
            Field::hidden("_csrf", &self.csrf),
            self.sign_in_name(username),
        ];
        let mut button = texts.next;
        if !self.has_choice() {
            fields.push(Field::new("password", texts.password, Kind::Password, ""));
            button = texts.sign_in;
        }
        let is_local = self.request.client.supports(COGNITO);
        let fields = if is_local { &fields[..] } else { &[] };
        let providers = provider::offered(self.request);
        let more = html! {
            @if is_local {
                (link(&self.url("/forgotPassword"), texts.forgot_password))
                @if !self.request.service.settings.admin_creates {
                    (link(&self.url("/signup"), texts.sign_up))
                }
            }
            @for name in providers {
                @let text = texts.sign_in_with.replace("{}", name);
                (link(&provider::link(self.http_request, name), &text))
            }
        };
        self.form_page("/login", (texts.sign_in, button), notice, fields, more)
    }

    /// Returns the input field of the sign-in form for the user name or alias. It is filled in with
    /// `username`.
    pub(super) fn sign_in_name<'f>(&self, username: &'f str) -> Field<'f> {
        let (label, _) = inputs::username(&self.request.service.settings, self.texts);
        Field::new("username", label, Kind::Username, username)
    }

    /// Returns a page with an HTML form that is sent to `path`. `more` is the content below the
    /// form.
    pub(super) fn form_page(
        &self,
        path: &str,
        (title, button): (&str, &str),
        notice: Option<&str>,
        fields: &[Field<'_>],
        more: Markup,
    ) -> Page {
        FormPage {
            notice,
            more,
            ..self.empty_page((title, button), path, fields)
        }
        .page(StatusCode::OK)
    }

    /// Returns a page with an HTML form that is sent to `path`. The page has no notice and no
    /// content below the form.
    pub(super) fn empty_page<'p>(
        &'p self,
        (title, button): (&'p str, &'p str),
        path: &str,
        fields: &'p [Field<'p>],
    ) -> FormPage<'p> {
        FormPage {
            title,
            notice: None,
            intro: html! {},
            action: self.url(path),
            fields,
            button,
            more: html! {},
            passkey: None,
            language: self.texts.language,
            look: &self.look,
            leads_to: &self.request.redirect_uri,
        }
    }

    /// Returns the URL of another page of the same authorization request.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{path}?{}", self.http_request.raw_query)
    }

    fn with_cookie(&self, mut page: Page) -> Page {
        if page.status() == StatusCode::OK {
            let http_request = self.http_request;
            add_cookie(http_request, &mut page, &format!("{CSRF}={}", self.csrf));
            if self.http_request.query.get(LANGUAGE) == Some(self.texts.language) {
                let language = format!("{LANGUAGE}={}", self.texts.language);
                add_cookie(http_request, &mut page, &language);
            }
        }
        page
    }
}
