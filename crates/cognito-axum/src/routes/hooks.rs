//! The hooks of the routes: functions of the application that run before a sign-up and after a
//! sign-in.

mod sign_in;
mod sign_up;

use std::pin::Pin;
use std::sync::Arc;

use cognito_core::{IdClaims, Tokens};
use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::routes::AuthRoutes;
use crate::routes::caller::Caller;
use crate::routes::failure::Failure;
use crate::routes::shared::Shared;

pub use self::sign_in::{CompletedSignIn, SignInMethod};
pub use self::sign_up::{SignUpAttempt, SignUpRejection};

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type BeforeSignUp =
    dyn Fn(SignUpAttempt) -> Pending<Result<SignUpAttempt, SignUpRejection>> + Send + Sync;
type AfterSignIn = dyn Fn(CompletedSignIn) -> Pending<HeaderMap> + Send + Sync;

#[derive(Clone, Default)]
pub(super) struct Hooks {
    before_sign_up: Option<Arc<BeforeSignUp>>,
    after_sign_in: Option<Arc<AfterSignIn>>,
}

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
    /// not depend on whether the account exists. A caller who has the id of an app client without a
    /// secret can sign up at Cognito without this service. To reject sign-ups there too, use the
    /// Lambda trigger `PreSignUp`.
    pub fn before_sign_up<F>(
        mut self,
        hook: impl Fn(SignUpAttempt) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<SignUpAttempt, SignUpRejection>> + Send + 'static,
    {
        let hook = move |attempt| -> Pending<_> { Box::pin(hook(attempt)) };
        self.shared.hooks.before_sign_up = Some(Arc::new(hook));
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
        self.shared.hooks.after_sign_in = Some(Arc::new(hook));
        self
    }
}

/// Headers that the application adds to a response.
#[derive(Default)]
pub(super) struct Additions(HeaderMap);

impl Additions {
    /// Adds the headers to a response. Headers of the response are not replaced.
    pub(super) fn add_to(self, headers: &mut HeaderMap) {
        for name in self.0.keys() {
            if *name != SET_COOKIE && headers.contains_key(name) {
                continue;
            }
            for value in self.0.get_all(name) {
                headers.append(name, value.clone());
            }
        }
    }
}

impl Shared {
    /// Calls the function of the application before a sign-up.
    pub(super) async fn before_sign_up(
        &self,
        attempt: SignUpAttempt,
    ) -> Result<SignUpAttempt, Failure> {
        let Some(hook) = &self.hooks.before_sign_up else {
            return Ok(attempt);
        };
        hook(attempt).await.map_err(|rejection| {
            let failure = self.rejected(rejection.status(), rejection.message());
            Failure::from(failure).with_sign_up_rejection(rejection)
        })
    }

    /// Calls the function of the application after a sign-in, with the claims of the ID token.
    pub(super) async fn after_sign_in(
        &self,
        tokens: &Tokens,
        method: SignInMethod,
        caller: &Caller,
    ) -> Result<Additions, Failure> {
        if self.hooks.after_sign_in.is_none() {
            return Ok(Additions::default());
        }
        match self.cognito.verify_id_token(tokens.id_token.expose()).await {
            Ok(claims) => Ok(self.after_verified_sign_in(claims, method, caller).await),
            Err(error) => {
                // No client receives these tokens, so they are revoked if possible.
                let _ = self.cognito.revoke(tokens.refresh_token.clone()).await;
                Err(self.error(error).into())
            }
        }
    }

    /// Calls the function of the application after a sign-in with verified claims.
    pub(super) async fn after_verified_sign_in(
        &self,
        claims: Arc<IdClaims>,
        method: SignInMethod,
        caller: &Caller,
    ) -> Additions {
        match &self.hooks.after_sign_in {
            Some(hook) => Additions(hook(CompletedSignIn::new(claims, method, caller)).await),
            None => Additions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn headers_of_response_are_not_replaced() {
        let header = HeaderValue::from_static;
        let mut response = HeaderMap::new();
        response.insert("content-type", header("application/json"));
        response.insert("set-cookie", header("a=1"));
        let mut added = HeaderMap::new();
        added.insert("content-type", header("text/html"));
        added.insert("x-greeting", header("hello"));
        added.append("x-greeting", header("again"));
        added.append("set-cookie", header("b=2"));
        Additions(added).add_to(&mut response);
        let all = |name: &str| {
            let values = response.get_all(name).iter();
            values
                .map(|value| value.to_str().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(all("content-type"), ["application/json"]);
        assert_eq!(all("x-greeting"), ["hello", "again"]);
        assert_eq!(all("set-cookie"), ["a=1", "b=2"]);
    }
}
