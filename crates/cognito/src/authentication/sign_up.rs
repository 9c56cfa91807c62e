//! Creating an account and confirming it.

use cognito_cache::{Budget, Purpose};
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest, SignUpResponse,
};
use cognito_core::{
    Attributes, Authentication, ClientMetadata, CodeDelivery, ConfirmationCode, InvalidInput,
    Operation, Password, RequestContext, Result, Session, Username,
};
use serde::Serialize;

use crate::Cognito;
use crate::contact::add_contact;
use crate::operation::{
    Call, ClientAddress, awaitable, with_client_address, with_client_metadata, with_context,
};

impl Cognito {
    /// Creates an account. In most pools the name is an e-mail address; the `email` attribute is
    /// then set to it, unless it is set to another value.
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::ErrorKind::UserExists),
    /// [`PasswordPolicy`](crate::ErrorKind::PasswordPolicy),
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if the [address](SignUp::client_address)
    /// has caused too many messages. After [`Delivery`](crate::ErrorKind::Delivery) and
    /// [`ReplyLost`](crate::ErrorKind::ReplyLost) the account may exist: offer to send the code
    /// again.
    pub fn sign_up(
        &self,
        username: impl Into<String>,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> SignUp<'_> {
        let password = password.try_into().map(Some).map_err(Into::into);
        self.sign_up_with(Username::new(username), password)
    }

    /// Creates an account without a password, for a user who signs in by codes or a passkey, with
    /// [`login_by_choice`](Self::login_by_choice). The pool must allow that
    /// (`AllowedFirstAuthFactors`).
    ///
    /// # Errors
    ///
    /// The same as [`sign_up`](Self::sign_up).
    pub fn sign_up_without_password(&self, username: impl Into<String>) -> SignUp<'_> {
        self.sign_up_with(Username::new(username), Ok(None))
    }

    const fn sign_up_with(
        &self,
        username: Result<Username, InvalidInput>,
        password: Result<Option<Password>, InvalidInput>,
    ) -> SignUp<'_> {
        SignUp {
            cognito: self,
            username,
            password,
            attributes: Ok(Attributes::new()),
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Confirms an account with the code that was sent.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch),
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired),
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed),
    /// [`AliasExists`](crate::ErrorKind::AliasExists),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> ConfirmSignUp<'_> {
        ConfirmSignUp {
            cognito: self,
            username: Username::new(username),
            code: code.try_into().map_err(Into::into),
            force_alias_creation: false,
            session: None,
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Sends another confirmation code.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour, or if the
    /// address has caused too many messages, [`Delivery`](crate::ErrorKind::Delivery).
    pub fn resend_confirmation_code(
        &self,
        username: impl Into<String>,
    ) -> ResendConfirmationCode<'_> {
        ResendConfirmationCode {
            cognito: self,
            username: Username::new(username),
            client_address: ClientAddress::UNKNOWN,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }
}

/// The builder of [`Cognito::sign_up`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct SignUp<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    password: Result<Option<Password>, InvalidInput>,
    attributes: Result<Attributes, InvalidInput>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl SignUp<'_> {
    /// Sets an attribute of the new user: a standard one, or a custom one as `custom:name`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    async fn send(self) -> Result<SignUpResponse> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut attributes = self.attributes?;
            add_contact(&mut attributes, &username, false)?;
            let mut request = match self.password? {
                Some(password) => SignUpRequest::new(username, password),
                None => SignUpRequest::without_password(username),
            };
            request.attributes = attributes;
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::SignUp)
            .user(&self.username)
            .limited(Budget::Messages)
            .from(self.client_address, None);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.sign_up(request).await
            })
            .await
    }
}

/// The builder of [`Cognito::confirm_sign_up`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ConfirmSignUp<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    code: Result<ConfirmationCode, InvalidInput>,
    force_alias_creation: bool,
    session: Option<Session>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl ConfirmSignUp<'_> {
    /// Takes over the e-mail address or phone number from another account that has confirmed it.
    pub const fn force_alias_creation(mut self) -> Self {
        self.force_alias_creation = true;
        self
    }

    /// Sets the [session of the sign-up](SignUpResponse::session). The user can then sign in
    /// directly afterwards, with [`login_by_choice`](Cognito::login_by_choice).
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }

    async fn send(self) -> Result<SignUpConfirmed> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut request = ConfirmSignUpRequest::new(username, self.code?);
            request.session = self.session;
            request.force_alias_creation = self.force_alias_creation;
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::ConfirmSignUp)
            .user(&self.username)
            .guarded(Purpose::ConfirmSignUp)
            .from(self.client_address, None);
        let confirmed = self
            .cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.confirm_sign_up(request).await
            })
            .await?;
        Ok(SignUpConfirmed {
            success: true,
            message: "User confirmed successfully",
            session: confirmed.session,
        })
    }
}

/// The result of [`Cognito::confirm_sign_up`]: `{"success": true, "message": "…"}`, and a session
/// that is not serialized.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SignUpConfirmed {
    /// Always `true`: a failure is an error.
    pub success: bool,
    /// What was done. Safe to show to any caller.
    pub message: &'static str,
    /// A session that signs the user in, with
    /// [`LoginByChoice::session`](crate::LoginByChoice::session), if the request contained the
    /// [session of the sign-up](ConfirmSignUp::session). It is valid for some minutes.
    #[serde(skip)]
    pub session: Option<Session>,
}

/// The builder of [`Cognito::resend_confirmation_code`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ResendConfirmationCode<'a> {
    cognito: &'a Cognito,
    username: Result<Username, InvalidInput>,
    client_address: ClientAddress,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl ResendConfirmationCode<'_> {
    async fn send(self) -> Result<CodeDelivery> {
        let request = (|| {
            let username = self.username.clone()?;
            let mut request = ResendConfirmationCodeRequest::new(username);
            request.client_metadata = self.client_metadata;
            request.context = self.context;
            Ok(request)
        })();
        let call = Call::new(Operation::ResendConfirmationCode)
            .user(&self.username)
            .limited(Budget::Messages)
            .from(self.client_address, None);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.authentication.resend_confirmation_code(request).await
            })
            .await
    }
}

awaitable!(SignUp => SignUpResponse);
awaitable!(ConfirmSignUp => SignUpConfirmed);
awaitable!(ResendConfirmationCode => CodeDelivery);
with_client_metadata!(SignUp);
with_context!(SignUp);
with_client_metadata!(ConfirmSignUp);
with_context!(ConfirmSignUp);
with_client_metadata!(ResendConfirmationCode);
with_context!(ResendConfirmationCode);
with_client_address!(ConfirmSignUp);
with_client_address!(ResendConfirmationCode);
with_client_address!(SignUp);
