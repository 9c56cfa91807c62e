//! Sends the requests of a sign-in, with the signed or the unsigned API.
//!
//! Requests of the signed API (`AdminInitiateAuth`, `AdminRespondToAuthChallenge`) are signed with
//! AWS credentials. Requests of the unsigned API (`InitiateAuth`, `RespondToAuthChallenge`) need no
//! credentials.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType, ContextDataType};
use cognito_core::authentication::sign_in::ChallengeApi;
use cognito_core::device::RememberedDevice;
use cognito_core::id::DeviceKey;
use cognito_core::{
    ChallengeName, ClientMetadata, Error, Operation, PoolConfig, RequestContext, Result, Session,
    SignIn, Username,
};

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::Outcome;
use crate::context::{analytics, context_data, user_context};
use crate::quiet::SdkCall;
use crate::server_date::ServerDate;

/// Adds the common fields of sign-in requests to an SDK call, sends the request, and converts the
/// response to an [`Outcome`]. If `$date` is set, the time in the `Date` header of the response is
/// stored there. Set it only if the time is needed, because it makes the call slower.
macro_rules! send_call {
    (
        $turn:ident, $session:expr, $date:expr, $operation:expr, $call:expr,
        { $($setter:ident: $value:expr),* $(,)? }
    ) => {{
        let call = $call
            .client_id($turn.pool.client_id.as_str())
            $(.$setter($value))*
            .set_session($session)
            .set_client_metadata(metadata($turn.client_metadata))
            .set_analytics_metadata(analytics($turn.context));
        let response = match $date {
            Some(date) => {
                let date = ServerDate::clone(date);
                let call = call.customize().interceptor(date);
                call.send().response($operation).await
            }
            None => call.send().response($operation).await,
        };
        response.map(Outcome::from)?
    }};
}

/// Sends one of two operations. Both operations have the fields `$fields`. The API of the [`Turn`]
/// determines which operation is sent: the first for the signed API, the second for the unsigned
/// API.
macro_rules! send_turn {
    (
        $turn:ident, $session:expr, $date:expr,
        $signed:ident.$signed_method:ident,
        $unsigned:ident.$unsigned_method:ident
        $fields:tt
    ) => {
        match $turn.api {
            ChallengeApi::Admin => {
                let operation = Operation::$signed;
                let call = $turn.aws.client(operation).$signed_method();
                let call = call
                    .user_pool_id($turn.pool.user_pool_id.as_str())
                    .set_context_data($turn.context_data.clone());
                send_call!($turn, $session, $date, operation, call, $fields)
            }
            _ => {
                let operation = Operation::$unsigned;
                let call = $turn.aws.client(operation).$unsigned_method();
                let call = call.set_user_context_data(user_context($turn.context));
                send_call!($turn, $session, $date, operation, call, $fields)
            }
        }
    };
}

/// The parameters of a request or of a challenge response, by name.
pub(super) type Parameters = HashMap<String, String>;

/// The data shared by all requests of one call of `sign_in` or `respond_to_challenge`.
pub(super) struct Turn<'a> {
    pub(super) aws: &'a AwsCognito,
    pub(super) pool: Arc<PoolConfig>,
    api: ChallengeApi,
    client_metadata: &'a ClientMetadata,
    context: &'a RequestContext,
    /// The client data for threat protection in signed requests. It is validated before a request
    /// is sent.
    context_data: Option<ContextDataType>,
    device: Option<&'a RememberedDevice>,
    /// `true` if Cognito has reported that `device` does not exist.
    device_is_stale: AtomicBool,
    /// The key of a device that Cognito reported as missing in an earlier step of this sign-in.
    stale_before: Option<&'a DeviceKey>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        aws: &'a AwsCognito,
        api: ChallengeApi,
        client_metadata: &'a ClientMetadata,
        context: &'a RequestContext,
    ) -> Result<Self> {
        let context_data = match api {
            ChallengeApi::Admin => context_data(context)?,
            _ => None,
        };
        Ok(Self {
            aws,
            pool: aws.pool(),
            api,
            client_metadata,
            context,
            context_data,
            device: None,
            device_is_stale: AtomicBool::new(false),
            stale_before: None,
        })
    }

    /// Sets the device for all requests of this call. `stale_before` is the key of a device that
    /// Cognito reported as missing in an earlier step of this sign-in.
    pub(super) const fn on(
        mut self,
        device: Option<&'a RememberedDevice>,
        stale_before: Option<&'a DeviceKey>,
    ) -> Self {
        self.device = device;
        self.stale_before = stale_before;
        self
    }

    /// Returns the remembered device of the sign-in. Returns `None` if the sign-in has no device,
    /// or if Cognito has reported that the device does not exist.
    pub(super) fn device(&self) -> Option<&'a RememberedDevice> {
        let is_stale = self.device_is_stale.load(Ordering::Relaxed);
        self.device.filter(|_| !is_stale)
    }

    /// Returns `true` if the error reports that the device no longer exists in Cognito. In this
    /// case, later requests of this [`Turn`] do not contain the device, so the caller can send the
    /// request again.
    pub(super) fn has_lost_device(&self, error: &Error) -> bool {
        let is_lost = self.device().is_some()
            && error.code() == Some("ResourceNotFoundException")
            && error
                .aws_message()
                .is_some_and(|message| message.contains("Device does not exist"));
        self.device_is_stale.fetch_or(is_lost, Ordering::Relaxed);
        is_lost
    }

    /// Returns the parameters `USERNAME`, `SECRET_HASH` (if the app client has a secret) and
    /// `DEVICE_KEY` (if the sign-in has a device that still exists in Cognito).
    pub(super) fn named(&self, username: &Username) -> Parameters {
        let mut parameters = HashMap::from([("USERNAME".to_owned(), username.as_str().to_owned())]);
        if let Some(hash) = self.aws.secret_hashes.hash(&self.pool, username) {
            parameters.insert("SECRET_HASH".to_owned(), hash);
        }
        if let Some(device) = self.device() {
            let key = device.key.as_str().to_owned();
            parameters.insert("DEVICE_KEY".to_owned(), key);
        }
        parameters
    }

    /// Sends `InitiateAuth` or `AdminInitiateAuth`. `date`, if set, receives the `Date` of the
    /// response.
    pub(super) async fn initiate(
        &self,
        flow: AuthFlowType,
        username: &Username,
        session: Option<&Session>,
        parameters: Parameters,
        date: Option<&ServerDate>,
    ) -> Result<SignIn> {
        let session = session.map(|session| session.expose().to_owned());
        let outcome = send_turn!(
            self, session, date,
            AdminInitiateAuth.admin_initiate_auth,
            InitiateAuth.initiate_auth {
                auth_flow: flow,
                set_auth_parameters: Some(parameters),
            }
        );
        self.read(outcome, username)
    }

    /// Sends `RespondToAuthChallenge` or `AdminRespondToAuthChallenge`. Adds the user name, its
    /// secret hash and the device to `responses`. `date`, if set, receives the `Date` of the
    /// response.
    pub(super) async fn respond(
        &self,
        challenge: &ChallengeName,
        username: &Username,
        session: Option<String>,
        mut responses: Parameters,
        date: Option<&ServerDate>,
    ) -> Result<SignIn> {
        let name = ChallengeNameType::from(challenge.as_str());
        // The secret hash must be that of the user name in the same request.
        responses.extend(self.named(username));
        let outcome = send_turn!(
            self, session, date,
            AdminRespondToAuthChallenge.admin_respond_to_auth_challenge,
            RespondToAuthChallenge.respond_to_auth_challenge {
                challenge_name: name,
                set_challenge_responses: Some(responses),
            }
        );
        self.read(outcome, username)
    }

    /// Converts Cognito's response to tokens or a challenge. The result contains the remembered
    /// device of this sign-in. If Cognito has reported that the device does not exist, the result
    /// contains only the key of the device, as the key of a stale device.
    fn read(&self, outcome: Outcome, username: &Username) -> Result<SignIn> {
        let device = self.device();
        let stale = self.device.filter(|_| device.is_none());
        let stale = stale.map(|device| &device.key).or(self.stale_before);
        outcome.into_sign_in(username, self.api, device, stale)
    }
}
