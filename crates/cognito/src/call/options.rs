//! Options that several operations have, as methods of [`Call`]. There is a trait for each option.
//! The trait is implemented by the requests that have the option.
#![allow(
    unnameable_types,
    reason = "the traits are sealed: users neither implement nor name them"
)]

use std::net::IpAddr;

use cognito_core::account::profile::{SendAttributeCodeRequest, UpdateAttributesRequest};
use cognito_core::administration::groups::{GroupRequest, Precedence};
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, ResetPasswordRequest, UpdateUserAttributesRequest,
};
use cognito_core::authentication::event_feedback::FeedbackWithTokenRequest;
use cognito_core::authentication::exchange::ExchangeRequest;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::authentication::refresh::RefreshRequest;
use cognito_core::authentication::sign_in::SignInRequest;
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest,
};
use cognito_core::device::RememberedDevice;
use cognito_core::hosted_login::pending::CodeExchange;
use cognito_core::id::{GroupDescription, RoleArn};
use cognito_core::{
    AccessToken, Attributes, ClientMetadata, IdToken, InvalidInput, Password, RefreshToken,
    RequestContext,
};

use crate::attempt_guard::ClientAddress;
use crate::call::Call;
use crate::requests::{
    CachedTokenRequest, ChoiceRequest, CustomChallengeRequest, NewUserRequest,
    TokenRevocationRequest,
};

/// Declares a trait with access to one field of a request, and implements it for the requests that
/// have the field.
macro_rules! field {
    ($(#[$docs:meta])* $name:ident.$field:ident: $type:ty; $($request:ty $(: $path:ident)?),* $(,)?) => {
        $(#[$docs])*
        pub trait $name {
            #[doc(hidden)]
            fn $field(&mut self) -> &mut $type;
        }

        $(impl $name for $request {
            fn $field(&mut self) -> &mut $type {
                &mut self$(.$path)?.$field
            }
        })*
    };
}

field! {
    /// A request with metadata that Cognito passes to the user pool's Lambda triggers.
    HasClientMetadata.client_metadata: ClientMetadata;
    CachedTokenRequest: request, ChoiceRequest: request, ConfirmForgotPasswordRequest,
    ConfirmSignUpRequest, ConfirmUserRequest,
    CreateUserRequest, CustomChallengeRequest: request, ForgotPasswordRequest,
    NewUserRequest: request, RefreshRequest, ResendConfirmationCodeRequest, ResetPasswordRequest,
    SendAttributeCodeRequest, SignInRequest, SignUpRequest, UpdateAttributesRequest,
    UpdateUserAttributesRequest,
}

field! {
    /// A request with a context. The context contains data about the client, such as its IP
    /// address, for Cognito's threat protection.
    HasContext.context: RequestContext;
    ChoiceRequest: request, ConfirmForgotPasswordRequest, ConfirmSignUpRequest,
    CustomChallengeRequest: request, ForgotPasswordRequest, ResendConfirmationCodeRequest,
    SignInRequest, SignUpRequest,
}

field! {
    /// A request that starts a sign-in and can contain a remembered device.
    HasDevice.device: Option<RememberedDevice>;
    ChoiceRequest: request, CustomChallengeRequest: request, SignInRequest,
}

field! {
    /// A request that sets attributes of a user.
    HasAttributes.attributes: Attributes;
    NewUserRequest: request, SignUpRequest, UpdateAttributesRequest, UpdateUserAttributesRequest,
}

field! {
    /// A request that creates a user with a temporary password.
    HasTemporaryPassword.temporary_password: Option<Password>;
    CreateUserRequest, NewUserRequest: request,
}

/// A request that the attempt guard can limit by the client's IP address.
pub trait HasClientAddress {}

macro_rules! has_client_address {
    ($($request:ty),* $(,)?) => { $(impl HasClientAddress for $request {})* };
}

has_client_address! {
    ChoiceRequest, CodeExchange, ConfirmForgotPasswordRequest, ConfirmSignUpRequest,
    CustomChallengeRequest, ExchangeRequest, FeedbackWithTokenRequest, ForgotPasswordRequest, RefreshRequest,
    RefreshToken, ResendConfirmationCodeRequest, SignInRequest, SignUpRequest, TokenRevocationRequest,
}

/// Options of requests whose metadata Cognito passes to the user pool's Lambda triggers.
impl<R: HasClientMetadata, T> Call<R, T> {
    /// Adds a key-value pair to the metadata that Cognito passes to the user pool's Lambda triggers
    /// (`ClientMetadata`). May be called several times. Default: no metadata.
    pub fn client_metadata(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(|request| request.client_metadata().insert(key, value))
    }
}

/// Options of requests that the attempt guard can limit by the client's IP address.
impl<R: HasClientAddress, T> Call<R, T> {
    /// Sets the client's IP address. The attempt guard limits calls by this address. Default: no
    /// address, and no limit by address.
    ///
    /// With an address, the attempt guard limits three numbers of failed attempts: for one user
    /// from one address, for one user from all addresses, and for all users from one address. If
    /// the user has already signed in from the address, failures from other addresses do not lock
    /// out the user there.
    ///
    /// The guard also limits three kinds of calls from one address: calls that send messages, steps
    /// of a sign-in without a password or code, and calls whose token or authorization code is
    /// rejected ([`Budget`](crate::attempt::Budget)).
    ///
    /// Security: read the address from a proxy header only if you control the proxy. Otherwise a
    /// client can write any address into the header, and so avoid the limits.
    pub const fn client_address(self, address: IpAddr) -> Self {
        self.from(ClientAddress(Some(address)))
    }
}

/// Options of requests that threat protection evaluates.
impl<R: HasContext, T> Call<R, T> {
    /// Sets the client data for the user pool's threat protection, such as the IP address and the
    /// fingerprint of the device. Default: none, and Cognito uses the address of this server.
    pub fn context(self, context: RequestContext) -> Self {
        self.set(|request| *request.context() = context)
    }
}

/// Options of requests that start a sign-in.
impl<R: HasDevice, T> Call<R, T> {
    /// Sets the user's remembered device. If the user pool accepts remembered devices as a second
    /// factor, Cognito requires no other second factor. Default: no device.
    ///
    /// If the device no longer exists in Cognito, the sign-in continues without it.
    /// [`SignIn::stale_device`](crate::SignIn::stale_device) of the result then returns the key of
    /// the device.
    pub fn device(self, device: &RememberedDevice) -> Self {
        self.set(|request| *request.device() = Some(device.clone()))
    }
}

/// Options of requests that set user attributes.
impl<R: HasAttributes, T> Call<R, T> {
    /// Sets an attribute: a standard attribute such as `name`, or a custom attribute such as
    /// `custom:department`. In an update, an empty value clears the attribute. May be called
    /// several times.
    pub fn attribute(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.try_change(|request| request.attributes().set(name, value))
    }
}

/// Options of requests that create a user with a temporary password.
impl<R: HasTemporaryPassword, T> Call<R, T> {
    /// Sets the temporary password, for the first sign-in. Default: Cognito generates one and sends
    /// it to the user.
    pub fn temporary_password(
        self,
        password: impl TryInto<Password, Error: Into<InvalidInput>>,
    ) -> Self {
        self.try_set(password.try_into(), |request, password| {
            *request.temporary_password() = Some(password);
        })
    }
}

/// Options of requests that create or change a group.
impl<T> Call<GroupRequest, T> {
    /// Sets the description of the group, with at most 2,048 characters. In an update, an empty
    /// string clears the description. Default: a new group has no description; an update keeps the
    /// current description.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.try_set(GroupDescription::new(description), |request, value| {
            request.description = Some(value);
        })
    }

    /// Sets the precedence of the group: 0 to 2,147,483,647. Of the groups of a user, the group
    /// with the lowest value determines `cognito:preferred_role` in the ID token. Default: a new
    /// group has no precedence; an update keeps the current precedence.
    pub fn precedence(self, precedence: u32) -> Self {
        self.try_set(Precedence::new(precedence), |request, value| {
            request.precedence = Some(value);
        })
    }

    /// Sets the IAM role that an identity pool assigns to the members of the group, such as
    /// `arn:aws:iam::123456789012:role/admins`. Default: a new group has no role; an update keeps
    /// the current role.
    pub fn role_arn(self, role_arn: impl Into<String>) -> Self {
        self.try_set(RoleArn::new(role_arn), |request, value| {
            request.role_arn = Some(value);
        })
    }
}

/// Options of requests that revoke tokens.
impl<T> Call<TokenRevocationRequest, T> {
    /// Adds an access token of the sign-in to which the refresh token belongs. This service then
    /// rejects all tokens of the sign-in. Default: none, and this service accepts the access and ID
    /// tokens of the sign-in until they expire.
    ///
    /// The access token is verified first. If it is expired or invalid, it is ignored. If it only
    /// lacks a required group or scope, it is not ignored.
    ///
    /// If the verifier cannot verify the token, for example because the signing keys are
    /// unavailable, this service calls `GetUser` with the token. If Cognito accepts the token, it
    /// counts as verified. If not, the call returns an error. The refresh token is then revoked,
    /// but nothing is written to the revocation list.
    ///
    /// If the access token may have expired, add the [ID token](Self::id_token) as well. If the two
    /// tokens have expired, nothing is written to the revocation list, although other tokens of the
    /// sign-in may still be valid. In that case, call [`refresh`](crate::Cognito::refresh) first,
    /// and revoke with the new tokens.
    ///
    /// The entry in the revocation list must last until all tokens of the sign-in have expired. It
    /// lasts for the lifetime of this access token, or for the longest lifetime of the ID tokens
    /// that this process has seen, whichever is longer. If the process has seen no ID token, the
    /// entry lasts for one day, the maximum lifetime in Cognito.
    pub fn access_token(
        self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> Self {
        self.try_set(access_token.try_into(), |request, token| {
            request.session.access = Some(token);
        })
    }

    /// Adds an ID token of the sign-in to which the refresh token belongs. Use it if the access
    /// token may have expired. Default: none.
    ///
    /// This service then rejects all tokens of the sign-in. An [access token](Self::access_token)
    /// has the same effect. The ID token is verified first; an expired or invalid ID token is
    /// ignored.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, session: cognito::UserSession) -> cognito::Result<()> {
    /// let tokens = &session.tokens;
    /// cognito
    ///     .revoke(&tokens.refresh_token)
    ///     .access_token(&tokens.access_token)
    ///     .id_token(&tokens.id_token)
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn id_token(self, id_token: impl TryInto<IdToken, Error: Into<InvalidInput>>) -> Self {
        self.try_set(id_token.try_into(), |request, token| {
            request.session.id = Some(token);
        })
    }
}
