//! The settings that pass functions of the application to the routes: hooks and custom responses.

use std::sync::Arc;

use http::HeaderMap;

use crate::routes::AuthRoutes;
use crate::routes::answers::OutcomeResponse;
use crate::routes::hooks::{CompletedSignIn, Pending, SignUpAttempt, SignUpRejection};

impl AuthRoutes {
    /// Sets a function that is called before each sign-up. It can change the attributes, or reject
    /// the sign-up with a reason. Default: none.
    ///
    /// The function is called after the attributes of the request were checked
    /// ([`standard_attributes`](Self::standard_attributes)). It may set any attribute that the app
    /// client may write. It does not receive the password.
    ///
    /// ```
    /// use cognito_axum::{AuthRoutes, SignUpRejection};
    ///
    /// # fn example(cognito: cognito::Cognito) {
    /// let routes = AuthRoutes::new(cognito).before_sign_up(|mut attempt| async move {
    ///     if !attempt.username().ends_with("@example.com") {
    ///         return Err(SignUpRejection::NotAllowed);
    ///     }
    ///     attempt.set_attribute("custom:plan", "trial");
    ///     Ok(attempt)
    /// });
    /// # drop(routes); }
    /// ```
    ///
    /// # Security
    ///
    /// Any caller can cause calls of this function, before the limits for attempts apply. It must
    /// not depend on whether the account exists.
    ///
    /// The function is called only for the route `signup`. A caller who knows the id of the app
    /// client, which is not secret, can sign up at Cognito without this service in two cases: if
    /// the app client has no secret, or if it allows managed login. The sign-up page of managed
    /// login does not require the secret. To reject sign-ups everywhere, use the Lambda trigger
    /// `PreSignUp`.
    ///
    /// The function is also not called if a user changes attributes later: with
    /// [`profile`](Self::profile), or with a new password that replaces a temporary one. Attributes
    /// of [`custom_attribute`](Self::custom_attribute) cannot be changed there.
    pub fn before_sign_up<F>(
        mut self,
        hook: impl Fn(SignUpAttempt) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<SignUpAttempt, SignUpRejection>> + Send + 'static,
    {
        let hook = move |attempt| -> Pending<_> { Box::pin(hook(attempt)) };
        self.shared.rules.hooks.before_sign_up = Some(Arc::new(hook));
        self
    }

    /// Sets a function that is called after each completed sign-in, with the verified claims of the
    /// ID token. The response gets the headers that it returns, such as `Set-Cookie`. Default:
    /// none.
    ///
    /// The function is called for a sign-in with a password, a challenge or managed login, and not
    /// for a refresh. It is called only if the sign-in has succeeded, so it can neither turn a
    /// failure into a success, nor change the status and the body. A header that the response
    /// already has is not replaced. A `Set-Cookie` is added.
    ///
    /// With this function, a sign-in fails if the ID token cannot be verified, for example because
    /// the signing keys are unavailable. The refresh token is then revoked.
    ///
    /// ```
    /// use cognito_axum::AuthRoutes;
    /// use http::header::SET_COOKIE;
    /// use http::{HeaderMap, HeaderValue};
    ///
    /// # fn example(cognito: cognito::Cognito) {
    /// let routes = AuthRoutes::new(cognito).after_sign_in(|signed_in| async move {
    ///     println!("{} signed in: {:?}", signed_in.claims.sub, signed_in.method);
    ///     let seen = HeaderValue::from_static("tour=seen; Path=/; Secure; SameSite=Lax");
    ///     HeaderMap::from_iter([(SET_COOKIE, seen)])
    /// });
    /// # drop(routes); }
    /// ```
    pub fn after_sign_in<F>(
        mut self,
        hook: impl Fn(CompletedSignIn) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = HeaderMap> + Send + 'static,
    {
        let hook = move |signed_in| -> Pending<_> { Box::pin(hook(signed_in)) };
        self.shared.rules.hooks.after_sign_in = Some(Arc::new(hook));
        self
    }

    /// Sets the format of the responses below `/auth`, of errors and of successes. Default: the
    /// JSON that the table of [`AuthRoutes`] and [`ApiError`](crate::ApiError) describe.
    ///
    /// The format applies to every JSON response, also to rejected tokens, rejected origins and
    /// unknown paths. It does not apply to the page of `hosted-login/callback`, but to its errors:
    /// a format can respond with a page or a redirect there. The headers of the default response,
    /// such as cookies, `WWW-Authenticate` and `Retry-After`, are added to the custom response.
    ///
    /// The OpenAPI document describes the default responses.
    pub fn answers(mut self, answers: impl OutcomeResponse) -> Self {
        self.answers = Some(Arc::new(answers));
        self
    }
}
