//! The source of a user's ID tokens, and the user whom an ID token names.

use async_trait::async_trait;
use cognito_core::{Error, ErrorKind, IdToken, Result};
use cognito_jwt::decode_unverified;

/// A source of ID tokens of one user.
///
/// It is called each time new AWS credentials are needed, about once an hour. A closure that returns
/// a future is a source:
///
/// ```
/// use cognito_identity_pool::{IdToken, IdTokenSource, Result};
///
/// async fn refreshed() -> Result<IdToken> {
///     // Refresh the tokens of the user here.
/// #   Ok(IdToken::new("a.b.c")?)
/// }
///
/// fn source() -> impl IdTokenSource {
///     || refreshed()
/// }
/// ```
///
/// # Custom implementations
///
/// Return a token that has not expired: refresh the tokens of the user if necessary. All tokens must
/// be of the same user. The error that a source returns becomes the error of
/// [`IdentityCredentials::credentials`](crate::IdentityCredentials::credentials).
#[async_trait]
pub trait IdTokenSource: Send + Sync + 'static {
    /// Returns an ID token of the user that has not expired.
    async fn id_token(&self) -> Result<IdToken>;
}

#[async_trait]
impl<F, T> IdTokenSource for F
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Result<IdToken>> + Send + 'static,
{
    async fn id_token(&self) -> Result<IdToken> {
        self().await
    }
}

/// The user whom an ID token names: its issuer and subject.
///
/// Security: the token is not verified, so the name only identifies entries of caches. AWS verifies
/// the token before it returns credentials.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct User {
    issuer: Box<str>,
    subject: Box<str>,
}

impl User {
    /// Reads the user of an ID token. Fails if the string is not a token, or an access token.
    pub(crate) fn of(token: &IdToken) -> Result<Self> {
        let unverified = decode_unverified(token.expose())?;
        let claim = |name| unverified.claim(name).and_then(|claim| claim.as_str());
        match (claim("iss"), claim("sub"), unverified.token_use()) {
            (Some(issuer), Some(subject), Some("id")) => Ok(Self {
                issuer: issuer.into(),
                subject: subject.into(),
            }),
            _ => Err(Error::new(ErrorKind::TokenInvalid).with_detail(
                "an identity pool needs an ID token: return the ID token of the user",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use cognito_testkit::TestPool;

    use super::*;

    fn user(token: &str) -> Result<User> {
        User::of(&IdToken::new(token)?)
    }

    fn pool() -> TestPool {
        TestPool::new("us-east-1_TestPool1", "client1")
    }

    fn of(pool: &TestPool, sub: &str) -> User {
        let token = pool.id_token(|claims| {
            claims.insert("sub".to_owned(), sub.into());
        });
        user(&token).ok().unwrap()
    }

    #[test]
    fn issuer_and_subject_name_the_user() {
        let other = TestPool::new("us-east-1_TestPool2", "client1");
        assert!(of(&pool(), "a") == of(&pool(), "a"));
        assert!(of(&pool(), "a") != of(&pool(), "b"));
        assert!(of(&pool(), "a") != of(&other, "a"));
    }

    #[test]
    fn other_tokens_name_no_user() {
        let anonymous = pool().id_token(|claims| {
            claims.remove("sub");
        });
        for token in [pool().access_token(|_| {}), anonymous, "a.b.c".to_owned()] {
            let error = user(&token).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::TokenInvalid);
        }
    }
}
