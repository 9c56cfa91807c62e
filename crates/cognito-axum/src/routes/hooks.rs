//! The hooks of the routes: functions of the application that run before a sign-up and after a
//! sign-in.

mod sign_in;
mod sign_up;

use std::pin::Pin;
use std::sync::Arc;

use cognito_core::{IdClaims, Tokens};
use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::routes::caller::Caller;
use crate::routes::failure::Failure;
use crate::routes::shared::Shared;

pub use self::sign_in::{CompletedSignIn, SignInMethod};
pub use self::sign_up::{SignUpAttempt, SignUpRejection};

pub(super) type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type BeforeSignUp =
    dyn Fn(SignUpAttempt) -> Pending<Result<SignUpAttempt, SignUpRejection>> + Send + Sync;
type AfterSignIn = dyn Fn(CompletedSignIn) -> Pending<HeaderMap> + Send + Sync;

#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) before_sign_up: Option<Arc<BeforeSignUp>>,
    pub(super) after_sign_in: Option<Arc<AfterSignIn>>,
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
        let Some(hook) = &self.rules.hooks.before_sign_up else {
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
        if self.rules.hooks.after_sign_in.is_none() {
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
        match &self.rules.hooks.after_sign_in {
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
