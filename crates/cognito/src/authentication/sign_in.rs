//! Signing in.

use cognito_cache::Purpose;
use cognito_core::authentication::sign_in::SignInRequest;
use cognito_core::{
    Authentication, ClientMetadata, InvalidInput, Operation, Password, RequestContext, Result,
    SignIn, SignInFlow, Username,
};

use crate::Cognito;
use crate::operation::{
    Call, ClientAddress, awaitable, with_client_address, with_client_metadata, with_context,
};

impl Cognito {
    /// Signs a person in: [`SignIn::Complete`] with tokens, or [`SignIn::Challenge`] to answer
    /// with [`respond`](Self::respond).
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`](crate::ErrorKind::InvalidCredentials),
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) (where the pool tells),
    /// [`UserNotConfirmed`](crate::ErrorKind::UserNotConfirmed),
    /// [`UserDisabled`](crate::ErrorKind::UserDisabled),
    /// [`PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many failures, from Cognito or
    /// from the attempt guard here.
    pub fn login(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Login<'_> {
        Login {
            cognito: self,
            username: Username::new(username),
            password: password.try_into().map_err(Into::into),
            flow: self.inner.sign_in_flow,
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// [`Cognito::login`] with its options.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct Login<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    password: Result<Password, InvalidInput>,
    flow: SignInFlow,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl Login<'_> {
    /// Another flow than the one chosen when this `Cognito` was built.
    pub const fn flow(mut self, flow: SignInFlow) -> Self {
        self.flow = flow;
        self
    }

    async fn send(self) -> Result<SignIn> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut request = SignInRequest::new(username, self.password?, self.flow);
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::SignIn)
            .user(&self.username)
            .guarded(Purpose::SignIn, self.client_address);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.sign_in(request).await
            })
            .await
    }
}

awaitable!(Login => SignIn);
with_client_metadata!(Login);
with_context!(Login);
with_client_address!(Login);
