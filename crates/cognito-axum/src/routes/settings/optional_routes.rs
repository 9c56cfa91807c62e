//! The settings that add routes: each enables one group of optional routes.

use std::sync::Arc;
use std::time::Duration;

use cognito::authentication::OfferedFactors;
use cognito_core::InvalidInput;

use crate::routes::issuer::Issuer;
use crate::routes::mounted::Group;
use crate::routes::{AuthRoutes, HostedLoginRoutes};

impl AuthRoutes {
    /// Enables or disables the routes for the devices of the signed-in user: `devices`,
    /// `devices/forget` and `devices/remember`. Default: disabled.
    ///
    /// The routes list the devices that were confirmed, by an app (`OwnAccount::confirm_device`) or
    /// with [`remember_browsers`](Self::remember_browsers).
    ///
    /// A remembered device can replace the second factor. Set [cookies](Self::cookies) and a
    /// [maximum age](Self::max_age) of the sign-in.
    pub const fn devices(mut self, enabled: bool) -> Self {
        self.groups.set(Group::Devices, enabled);
        self
    }

    /// Enables the routes for a sign-in at managed login: `hosted-login/start`,
    /// `hosted-login/callback` and `hosted-login/logout`. Default: disabled. Pass `None` to disable
    /// them again. They are mounted only with [`cookies`](Self::cookies), because the callback
    /// would otherwise show the tokens to the browser.
    ///
    /// The page starts a sign-in with a script:
    ///
    /// ```js
    /// const started = await fetch("/auth/hosted-login/start", {
    ///   method: "POST",
    ///   headers: { "Content-Type": "application/json" },
    ///   body: JSON.stringify({ returnTo: location.pathname }),
    /// });
    /// location.assign((await started.json()).url);
    /// ```
    ///
    /// Optional members of the body:
    ///
    /// - `returnTo`: the path of the page that is shown after the sign-in. It must be a path of
    ///   this site, so that no link can redirect users to another site.
    /// - `provider`: the name of an identity provider, which is shown instead of the sign-in page.
    /// - `signUp`: `true` shows the sign-up page.
    /// - `recent`: `true` requires that the user signs in again, if the last sign-in is older than
    ///   [`max_age`](Self::max_age).
    ///
    /// The state, the nonce and the code verifier are encrypted in the cookie `__Host-login`, so
    /// that only the browser that started the sign-in can complete it. A browser has one such
    /// cookie: a second sign-in, for example in another tab, replaces the first. Every response of
    /// the callback deletes the cookie. If the sign-in fails, the response is an error as JSON.
    ///
    /// `hosted-login/logout` ends all sessions of the user, like `logout`. Then the page must open
    /// the `url` in the response, which ends the session of the browser at managed login.
    ///
    /// ```
    /// use cognito::Cognito;
    /// use cognito_axum::{AuthRoutes, HostedLoginRoutes, SessionCookies};
    ///
    /// # fn example(cognito: Cognito) -> Result<(), cognito_core::InvalidInput> {
    /// let hosted_login = HostedLoginRoutes::new(
    ///     "https://shop.example/auth/hosted-login/callback",
    ///     "https://shop.example/",
    /// )?;
    /// let routes = AuthRoutes::new(cognito)
    ///     .cookies(SessionCookies::new())
    ///     .hosted_login(hosted_login);
    /// # drop(routes); Ok(()) }
    /// ```
    pub fn hosted_login(mut self, settings: impl Into<Option<HostedLoginRoutes>>) -> Self {
        self.shared.hosted_login = settings.into().map(Arc::new);
        let is_mounted = self.shared.hosted_login.is_some();
        self.groups.set(Group::HostedLogin, is_mounted);
        self
    }

    /// Enables the routes for the second factors of the signed-in user: `mfa`, `mfa/totp/begin`,
    /// `mfa/totp/confirm` and `mfa/preferences`. Default: disabled. Pass `None` to disable them
    /// again.
    ///
    /// `issuer` is the name of your service, such as `Shop`. Authenticator apps show it. The page
    /// shows `otpauthUri` as a QR code. It must not send the URI to another service, because the
    /// URI contains the secret.
    ///
    /// One user can start 30 set-ups at one address in 15 minutes, of authenticator apps and
    /// [`passkeys`](Self::passkeys) together, so that a stolen token cannot use up the request quota
    /// of the pool. Further set-ups are rejected with 429
    /// ([`Purpose::FactorSetup`](cognito::attempt::Purpose::FactorSetup)). Another limit applies to
    /// all addresses, except those from which the user has signed in.
    ///
    /// `mfa/totp/confirm` enables the app and makes it the preferred factor. If the response is an
    /// error after the code was accepted, send `{"totp": "preferred"}` to `mfa/preferences`.
    ///
    /// Set [cookies](Self::cookies) and a [maximum age](Self::max_age) of the sign-in. Otherwise an
    /// attacker at the user's browser can replace the authenticator app of the user.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the name is empty or longer than 64 bytes, contains a colon or a control
    /// character, or begins or ends with a space.
    #[allow(
        single_use_lifetimes,
        reason = "anonymous lifetimes in `impl Trait` are unstable"
    )]
    pub fn mfa<'a>(mut self, issuer: impl Into<Option<&'a str>>) -> Result<Self, InvalidInput> {
        self.shared.issuer = issuer.into().map(Issuer::new).transpose()?;
        self.groups.set(Group::Mfa, self.shared.issuer.is_some());
        Ok(self)
    }

    /// Enables or disables the routes for the passkeys of the signed-in user: `passkeys`,
    /// `passkeys/begin`, `passkeys/complete` and `passkeys/delete`. Default: disabled. The user
    /// pool must allow passkeys.
    ///
    /// In the browser:
    ///
    /// ```js
    /// const post = (path, body) => fetch(path, {
    ///   method: "POST",
    ///   headers: { "Content-Type": "application/json" },
    ///   body: JSON.stringify(body),
    /// });
    /// const options = await (await post("/auth/passkeys/begin", {})).json();
    /// const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    /// const credential = (await navigator.credentials.create({ publicKey })).toJSON();
    /// await post("/auth/passkeys/complete", { credential });
    /// ```
    ///
    /// If an authenticator sends certificates that do not fit into 16 KiB, raise the
    /// [body limit](Self::body_limit).
    ///
    /// Set [cookies](Self::cookies) and a [maximum age](Self::max_age) of the sign-in. Otherwise an
    /// attacker at the user's browser can register a passkey and keep the access to the account.
    pub const fn passkeys(mut self, enabled: bool) -> Self {
        self.groups.set(Group::Passkeys, enabled);
        self
    }

    /// Enables the routes for a sign-in with a passkey: `passkeys/sign-in/begin` and
    /// `passkeys/sign-in/complete`. Default: disabled. Pass `None` to disable them again.
    ///
    /// `relying_party` is the relying party id of the user pool, such as `example.com`. The user pool
    /// must allow passkeys as a first factor, and the app client must allow `ALLOW_USER_AUTH`.
    /// [`passkeys`](Self::passkeys) enables the routes with which users register passkeys.
    ///
    /// In the browser, with the function `post` of [`passkeys`](Self::passkeys):
    ///
    /// ```js
    /// const begun = await (await post("/auth/passkeys/sign-in/begin", { email })).json();
    /// const options = begun.credentialRequestOptions;
    /// const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    /// const credential = (await navigator.credentials.get({ publicKey })).toJSON();
    /// await post("/auth/passkeys/sign-in/complete", { credential });
    /// ```
    ///
    /// Without [`cookies`](Self::cookies), also send the `session` of the first response.
    ///
    /// The first response does not depend on whether the account exists or has a passkey, whatever
    /// the [`enumeration_policy`](Self::enumeration_policy). The options therefore list no passkeys,
    /// and the browser finds the passkey itself. The response time of Cognito is not hidden.
    ///
    /// Security: any caller can start such a sign-in, and each start uses the request quota of the
    /// pool. One address can send 300 requests to the two routes in 15 minutes
    /// ([`Budget::SignInSteps`](cognito::attempt::Budget::SignInSteps)). Further requests are
    /// rejected with 429. A completed sign-in counts once, for its start. Users behind one address
    /// share the limit, and [`address_budget`](cognito::CognitoBuilder::address_budget) changes it.
    /// If the [client's address](#the-clients-address) is unknown, there is no limit.
    #[allow(
        single_use_lifetimes,
        reason = "anonymous lifetimes in `impl Trait` are unstable"
    )]
    pub fn passkey_sign_in<'a>(mut self, relying_party: impl Into<Option<&'a str>>) -> Self {
        let relying_party = relying_party.into();
        let offered = relying_party.map(|domain| OfferedFactors::passwords().passkeys(domain));
        self.groups.set(Group::PasskeySignIn, offered.is_some());
        self.shared.passkey_sign_in = offered;
        self
    }

    /// Enables or disables the routes with which the signed-in user changes the own attributes:
    /// `profile`, `profile/send-code` and `profile/confirm`. Default: disabled. `me` returns the
    /// attributes.
    ///
    /// Users may change the attributes of [`standard_attributes`](Self::standard_attributes) and
    /// [`changeable_custom_attribute`](Self::changeable_custom_attribute). An empty value deletes the attribute. After a
    /// change of the e-mail address or phone number, Cognito sends a code to it. The user enters
    /// the code, and the page sends it to `profile/confirm`.
    ///
    /// An e-mail address or phone number must be the only attribute of a request. By default, the
    /// responses do not reveal whether it belongs to another account
    /// ([`enumeration_policy`](Self::enumeration_policy)). If it does, the response to the change
    /// is the same, but Cognito sends no code, and the route rejects every code as wrong. If
    /// Cognito tries to send a code and fails, the response is a success too, because the error
    /// would reveal that the address belongs to no other account. This holds only if the user pool
    /// has `AttributesRequireVerificationBeforeUpdate`. Otherwise a new address takes effect
    /// immediately, and `me` shows whether it did. A caller who uses up the limits for codes can
    /// also tell the difference, because Cognito applies some of them only if it has sent a code.
    ///
    /// Set [cookies](Self::cookies) and a [maximum age](Self::max_age) of the sign-in. Otherwise an
    /// attacker at the user's browser can change the e-mail address and then set a new password.
    pub const fn profile(mut self, enabled: bool) -> Self {
        self.groups.set(Group::Profile, enabled);
        self
    }

    /// Enables the route `devices/confirm`, with which the signed-in user remembers the browser for
    /// `lifetime`. Default: disabled. Pass `None` to disable it again. It is mounted only with
    /// [`cookies`](Self::cookies).
    ///
    /// The user pool must remember devices (`DeviceConfiguration`). With
    /// `ChallengeRequiredOnNewDevice`, a sign-in with the password in a remembered browser needs no
    /// second factor. The page asks the user after the sign-in, and sends an empty body or a `name`,
    /// such as `{"name": "My laptop"}`. If the sign-in has no new device, the response is 409: the
    /// browser is already remembered, the sign-in is more than an hour ago, or the user pool does
    /// not remember devices.
    ///
    /// Cognito gives the device a secret, with which it recognizes the device at `login`. The secret
    /// is encrypted in the cookie `__Host-device`, with the user's names: the user name, and the
    /// verified e-mail address and phone number. The cookie is used only for a sign-in with one of
    /// these names. A browser remembers one user. The cookie remains after `logout`, and
    /// [`devices`](Self::devices) has a route that forgets the device. Set a
    /// [`challenge_key`](cognito::CognitoBuilder::challenge_key), because the cookie is otherwise
    /// invalid after a restart.
    ///
    /// Browsers limit `lifetime` to 400 days.
    ///
    /// Security: the cookie replaces the second factor. Anyone who copies it from the browser needs
    /// only the user's password, and the sign-in then satisfies [`max_age`](Self::max_age). Choose a
    /// short lifetime, such as 30 days, and a maximum age of the sign-in. A browser stays remembered
    /// when the user enables a second factor or sets a new password: forget the user's devices then.
    pub fn remember_browsers(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.shared.remember_browsers = lifetime.into();
        let is_mounted = self.shared.remember_browsers.is_some();
        self.groups.set(Group::RememberBrowsers, is_mounted);
        self
    }

    /// Enables or disables the routes for the sessions of the signed-in user: `sessions` and
    /// `sessions/revoke`. Default: disabled. The user pool must track sessions
    /// (`UserSessionTracking`).
    ///
    /// After `sessions/revoke`, this service rejects all earlier access tokens of the user, also
    /// the token of the request. The page must therefore refresh the session. With
    /// `linkedSessions`, the service also rejects tokens that are issued in the next 60 seconds, so
    /// the page must wait. The current session cannot be revoked: use `logout`.
    ///
    /// Security: the client that used a session last determines its device, address and place. A
    /// page must escape them.
    pub const fn sessions(mut self, enabled: bool) -> Self {
        self.groups.set(Group::Sessions, enabled);
        self
    }

    /// Serves the metrics of the `Cognito` client as JSON at `GET /auth/metrics`, without
    /// authentication. Default: there is no such route. Restrict access to it, for example in your
    /// proxy.
    pub const fn metrics(mut self) -> Self {
        self.groups.set(Group::Metrics, true);
        self
    }

    /// Serves [`public_health`](cognito::Cognito::public_health) at `GET /auth/health`, without
    /// authentication. The status is 200, or 503 if the service is unhealthy. Default: there is no
    /// such route. Faults that would reveal whether an account exists are omitted;
    /// [`health`](cognito::Cognito::health) and the log contain them.
    pub const fn health(mut self) -> Self {
        self.groups.set(Group::Health, true);
        self
    }

    /// Serves two probes for orchestrators, without authentication and without a body. `GET /livez`
    /// responds 200 while the process runs. `GET /readyz` responds 200, or 503 if the service is
    /// unhealthy. Default: there are no such routes.
    pub const fn probes(mut self) -> Self {
        self.groups.set(Group::Probes, true);
        self
    }

    /// Serves the [OpenAPI document](Self::openapi) at this path, without authentication. Default:
    /// the document is not served.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if `path` does not begin with `/`, or has characters other than ASCII
    /// letters, digits, `/`, `-`, `_` and `.`. The paths `/auth`, `/livez` and `/readyz`, and paths
    /// that begin with `/auth/`, are invalid too.
    #[cfg(feature = "openapi")]
    pub fn openapi_at(mut self, path: impl Into<String>) -> Result<Self, InvalidInput> {
        let path = path.into();
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
        let is_taken =
            matches!(&*path, "/auth" | "/livez" | "/readyz") || path.starts_with("/auth/");
        if !path.starts_with('/') || !path.bytes().all(fits) || is_taken {
            let rule = "must be a path without parameters that no other route has: /openapi.json";
            return Err(InvalidInput::new("path of the OpenAPI document", rule));
        }
        self.openapi_path = Some(path);
        Ok(self)
    }

    /// Returns the OpenAPI 3.1 document of the mounted routes, as JSON.
    #[cfg(feature = "openapi")]
    pub fn openapi(&self) -> serde_json::Value {
        crate::openapi::document(&crate::openapi::Mounted {
            cookies: self.shared.delivery.cookies(),
            groups: self.mounted(),
        })
    }
}
