//! The responses of the four sign-in operations, and their conversion to tokens or a challenge.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::admin_initiate_auth::AdminInitiateAuthOutput;
use aws_sdk_cognitoidentityprovider::operation::admin_respond_to_auth_challenge::AdminRespondToAuthChallengeOutput;
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::InitiateAuthOutput;
use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::RespondToAuthChallengeOutput;
use aws_sdk_cognitoidentityprovider::types::{AuthenticationResultType, ChallengeNameType};
use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::id::{DeviceGroupKey, DeviceKey};
use cognito_core::{
    AccessToken, Challenge, ChallengeName, IdToken, RefreshToken, Result, Session, SignIn, Tokens,
    Username,
};

use crate::error::{from_response, missing};

/// The fields that the responses of the four sign-in operations share. The operations are
/// `InitiateAuth` and `RespondToAuthChallenge`, and their signed variants `AdminInitiateAuth` and
/// `AdminRespondToAuthChallenge`.
pub(super) struct Outcome {
    challenge_name: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<HashMap<String, String>>,
    available: Option<Vec<ChallengeNameType>>,
    result: Option<AuthenticationResultType>,
}

/// Implements the conversion from output types of the SDK to [`Outcome`]. Each of the four
/// operations of a sign-in has a separate output type, but these types have the same fields.
macro_rules! outcome_of {
    ($($output:ident),*) => {$(
        impl From<$output> for Outcome {
            fn from(output: $output) -> Self {
                Self {
                    challenge_name: output.challenge_name,
                    session: output.session,
                    parameters: output.challenge_parameters,
                    available: output.available_challenges,
                    result: output.authentication_result,
                }
            }
        }
    )*};
}

outcome_of!(
    AdminInitiateAuthOutput,
    AdminRespondToAuthChallengeOutput,
    InitiateAuthOutput,
    RespondToAuthChallengeOutput
);

impl Outcome {
    /// Converts the response to tokens or a challenge. Fails if it contains neither.
    ///
    /// `username` is the user name of the request. It is used if the response contains no user
    /// name. `device` is the device of the request. `stale_device` is the key of a device that no
    /// longer exists in Cognito. `device` and `stale_device` are added to the result.
    pub(super) fn into_sign_in(
        self,
        username: &Username,
        api: ChallengeApi,
        device: Option<&RememberedDevice>,
        stale_device: Option<&DeviceKey>,
    ) -> Result<SignIn> {
        if let Some(result) = self.result {
            let mut tokens = tokens(result, None)?;
            let known = || device.map(|device| device.key.clone());
            tokens.device_key = tokens.device_key.or_else(known);
            tokens.stale_device = stale_device.cloned();
            return Ok(SignIn::Complete(tokens));
        }
        let name = self
            .challenge_name
            .ok_or_else(|| missing("tokens and no challenge"))?;
        let parameters = self.parameters.unwrap_or_default();
        let step = ChallengeStep::new(
            ChallengeName::from(name.as_str()),
            canonical_name(&parameters).unwrap_or_else(|| username.clone()),
            session(self.session)?,
            parameters.into_iter().collect(),
            api,
        );
        let available = self.available.unwrap_or_default().into_iter();
        let available = available.map(|name| ChallengeName::from(name.as_str()));
        let mut step = step.with_available(available.collect());
        if let Some(device) = device {
            step = step.with_device(device.clone());
        }
        if let Some(key) = stale_device {
            step = step.with_stale_device(key.clone());
        }
        Ok(SignIn::Challenge(Challenge::from(step)))
    }
}

/// Converts the session string of a response. Returns `None` if the response has no session.
pub(super) fn session(text: Option<String>) -> Result<Option<Session>> {
    from_response(text.map(Session::new).transpose())
}

/// Returns the user name in the parameters of a challenge. The next step and its secret hash need
/// this name, not an alias that the user entered. Returns `None` if there is no valid name.
fn canonical_name(parameters: &HashMap<String, String>) -> Option<Username> {
    ["USER_ID_FOR_SRP", "USERNAME"]
        .iter()
        .find_map(|key| parameters.get(*key))
        .and_then(|name| Username::new(name.as_str()).ok())
}

/// Converts the keys of a new device in a response. Returns `None` if a key is invalid. Such a
/// device cannot be confirmed, but the tokens in the response are valid.
fn new_device(key: String, group_key: String) -> Option<NewDevice> {
    let key = DeviceKey::new(key).ok()?;
    Some(NewDevice::new(key, DeviceGroupKey::new(group_key).ok()?))
}

/// Converts the tokens in a response. If the response contains no refresh token, the result
/// contains `previous`, the refresh token of the request. Fails if a token is missing.
pub(super) fn tokens(
    result: AuthenticationResultType,
    previous: Option<RefreshToken>,
) -> Result<Tokens> {
    let refresh_token = match result.refresh_token {
        Some(token) => from_response(RefreshToken::new(token))?,
        None => previous.ok_or_else(|| missing("refresh token"))?,
    };
    let access = result.access_token.ok_or_else(|| missing("access token"))?;
    let id = result.id_token.ok_or_else(|| missing("ID token"))?;
    let mut tokens = Tokens::new(
        from_response(AccessToken::new(access))?,
        from_response(IdToken::new(id))?,
        refresh_token,
        Duration::from_secs(u64::try_from(result.expires_in).unwrap_or(0)),
    );
    tokens.new_device = result
        .new_device_metadata
        .and_then(|device| new_device(device.device_key?, device.device_group_key?));
    tokens.device_key = tokens.new_device.as_ref().map(|device| device.key.clone());
    Ok(tokens)
}
