//! The settings that apply to all routes, or that limit which requests a route accepts.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Clock, InvalidInput};
use cognito_tower::public::EnumerationPolicy;

use crate::routes::AuthRoutes;
use crate::routes::delivery::Delivery;
use crate::{SameOrigin, SecurityHeaders, SessionCookies, TrustedProxies};

impl AuthRoutes {
    /// Uses these cookies for tokens and sessions of challenges, and enables [`SameOrigin`].
    /// Default: tokens and sessions are in JSON.
    ///
    /// Custom routes that use the cookies need [`SameOrigin`] too. They can read the tokens with
    /// [`TokenGuard::cookies`](crate::TokenGuard::cookies).
    pub fn cookies(mut self, cookies: SessionCookies) -> Self {
        self.shared.guard = self.shared.guard.cookies(&cookies);
        self.shared.delivery = Delivery::Cookies(cookies);
        self
    }

    cognito_core::setters! {
        /// Sets the origins whose pages may send requests that change data. Default: only the
        /// service's own origin. The setting has an effect only with [`cookies`](Self::cookies).
        pub fn same_origin(same_origin: SameOrigin) { same_origin = same_origin }

        /// Sets the proxies in front of this service. These proxies report the client's address.
        /// Default: none, so forwarded addresses are ignored.
        pub fn trusted_proxies(proxies: TrustedProxies) { shared.rules.proxies = proxies }

        /// Sets whether responses may reveal whether an account exists. Default: they do not.
        pub fn enumeration_policy(policy: EnumerationPolicy) { shared.rules.policy = policy }
    }

    /// Sets the standard attributes that users may set when they sign up, set a new password or
    /// change their [profile](Self::profile). A request with another attribute is rejected with
    /// 400.
    ///
    /// Default: the standard claims of OpenID Connect Core section 5.1 that users may state about
    /// themselves: `address`, `birthdate`, `email`, `family_name`, `gender`, `given_name`,
    /// `locale`, `middle_name`, `name`, `nickname`, `phone_number`, `picture`, `profile`, `website`
    /// and `zoneinfo`.
    ///
    /// If the app client may write fewer attributes (`WriteAttributes`), pass only these
    /// attributes. The library treats Cognito's error for any other attribute as a configuration
    /// fault. With other attributes in the list, any caller could cause warnings in the log and in
    /// the health report.
    ///
    /// ```
    /// # fn example(cognito: cognito::Cognito) -> Result<(), cognito_core::InvalidInput> {
    /// use cognito_axum::AuthRoutes;
    ///
    /// let routes = AuthRoutes::new(cognito).standard_attributes(["email", "name"])?;
    /// # drop(routes); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a name is neither one of the defaults nor `preferred_username`.
    pub fn standard_attributes<I>(mut self, names: I) -> Result<Self, InvalidInput>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.shared.rules.attributes.set_standard(names)?;
        Ok(self)
    }

    /// Allows users to set a custom attribute, such as `custom:tenant`, when they sign up. Call it
    /// once for each attribute. Default: requests with custom attributes are rejected with 400,
    /// because a pool may use such attributes for permissions.
    ///
    /// Users cannot change the attribute later with these routes, so the application can check it
    /// once, with [`before_sign_up`](Self::before_sign_up). For an attribute that users may change,
    /// use [`changeable_custom_attribute`](Self::changeable_custom_attribute).
    ///
    /// Security: this applies to these routes only. A user can take the access token from the own
    /// browser, also from a cookie, and change at Cognito every attribute that the app client may
    /// write (`WriteAttributes`). Without that permission, users cannot set the attribute at sign-up
    /// either. If the attribute decides what a user may do, make it immutable in the pool (`Mutable:
    /// false`), or set it as an operator after the sign-up, and do not let the app client write it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the name does not begin with `custom:`.
    pub fn custom_attribute(mut self, name: impl Into<String>) -> Result<Self, InvalidInput> {
        self.shared.rules.attributes.add_custom(name.into())?;
        Ok(self)
    }

    /// Allows users to set a custom attribute, such as `custom:newsletter`, when they sign up, set a
    /// new password that replaces a temporary one, or change their [profile](Self::profile). Call
    /// it once for each attribute. Default: requests with custom attributes are rejected with 400.
    ///
    /// Security: [`before_sign_up`](Self::before_sign_up) does not check later changes. Do not name
    /// an attribute that the application uses for permissions.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the name does not begin with `custom:`.
    pub fn changeable_custom_attribute(
        mut self,
        name: impl Into<String>,
    ) -> Result<Self, InvalidInput> {
        let attributes = &mut self.shared.rules.attributes;
        attributes.add_changeable_custom(name.into())?;
        Ok(self)
    }

    cognito_core::setters! {
        /// Sets the maximum size of a request body, in bytes. Default: 16 KiB.
        pub fn body_limit(bytes: usize) { body_limit = bytes }

        /// Sets the security headers of responses. Default: [`SecurityHeaders::new`].
        pub fn security_headers(headers: SecurityHeaders) { security_headers = headers }
    }

    /// Sends client data to the pool's threat protection: the client's address, the path, the host,
    /// and the headers `User-Agent`, `Accept`, `Accept-Language` and `Accept-Encoding`. Default: no
    /// client data is sent. If the header `X-Amz-Cognito-Encoded-Data` contains the device
    /// fingerprint that AWS's script has collected, the fingerprint is sent too. Cookies and tokens
    /// are not sent.
    pub const fn threat_protection(mut self) -> Self {
        self.shared.rules.threat_protection = true;
        self
    }

    /// Sets the clock for the timestamps of error responses. Default: the system clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.shared.clock = Arc::new(clock);
        self.shared.guard = self.shared.guard.clock(Arc::clone(&self.shared.clock));
        self
    }

    /// Sets the maximum time since the user signed in, for routes that add or remove a factor.
    /// Default: no maximum.
    ///
    /// If the user signed in earlier, the response is 401 with the error
    /// `insufficient_user_authentication` and `max_age` in `WWW-Authenticate` (RFC 9470). The page
    /// then asks the user to sign in again. A refresh does not help, because it does not change the
    /// time of the sign-in.
    ///
    /// It applies to these routes:
    ///
    /// - `devices/confirm`;
    /// - `devices/remember`, if it marks a device as remembered;
    /// - `mfa/totp/begin`, `mfa/totp/confirm` and `mfa/preferences`;
    /// - `passkeys/begin`, `passkeys/complete` and `passkeys/delete`;
    /// - `profile`, if it changes the e-mail address or phone number.
    ///
    /// # Security
    ///
    /// The maximum applies to these routes, and not to Cognito's own API. It stops an attacker who
    /// can send requests with the user's cookies, for example at an unattended browser. It does not
    /// stop an attacker who has the access token itself. If these routes issued the token,
    /// Cognito's own API accepts it for the same changes (`AssociateSoftwareToken`,
    /// `UpdateUserAttributes`), without a recent sign-in and without any other secret. Use
    /// [cookies](Self::cookies), which scripts cannot read, and a short `AccessTokenValidity`.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.shared.rules.max_age = Some(age);
        self
    }
}
