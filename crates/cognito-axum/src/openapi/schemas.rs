//! The OpenAPI schemas of requests and responses.
//!
//! The routes send types of the crate `cognito`, which does not depend on OpenAPI. The types in
//! this module describe the same JSON. A test compares the schemas with the responses of the
//! routes.
#![allow(dead_code, reason = "described, never made")]

use std::collections::BTreeMap;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(ToSchema)]
            #[schema(rename_all = "camelCase")]
            struct $name { $($(#[$of])* $field: $type,)* }
        )*

        /// Returns all schemas by name.
        pub(super) fn all() -> Vec<(&'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), <$name as PartialSchema>::schema()),)*]
        }
    };
}

schemas! {
    /// The body of every error response.
    Error {
        status_code: u16,
        message: String,
        error: String,
        timestamp: String,
    }
    SignUp {
        email: String,
        password: String,
        attributes: Option<BTreeMap<String, String>>,
    }
    SignedUp {
        user_id: String,
        confirmed: bool,
        code_delivery: Option<CodeDelivery>,
    }
    /// The masked destination of a code, and how the code was sent.
    CodeDelivery {
        destination: String,
        delivery_medium: String,
        attribute_name: Option<String>,
    }
    CodeSent {
        code_delivery: CodeDelivery,
        message: String,
    }
    Confirm {
        email: String,
        code: String,
    }
    Done {
        success: bool,
        message: String,
    }
    Email {
        email: String,
    }
    Login {
        email: String,
        password: String,
    }
    Tokens {
        access_token: String,
        id_token: String,
        refresh_token: String,
        /// The lifetime of the access token, in seconds.
        expires_in: u64,
        token_type: String,
        /// The key of the user's device, if the device is remembered. Send it with the refresh
        /// token.
        device_key: Option<String>,
    }
    /// The response to a completed sign-in or refresh, if the tokens are in cookies.
    SignedIn {
        success: bool,
        message: String,
        /// The lifetime of the access token, in seconds.
        expires_in: u64,
    }
    /// A step that must be completed before tokens are returned.
    Challenge {
        #[schema(rename = "requiresMFA")]
        requires_mfa: Option<bool>,
        requires_new_password: Option<bool>,
        /// Cognito's name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
        challenge: String,
        /// An encrypted string that contains the state of the sign-in. Send it with the next
        /// request.
        session: String,
        username: String,
        available_challenges: Option<Vec<String>>,
        /// The masked destination of the code, if a code was sent.
        destination: Option<String>,
        /// The second factors that the user can choose from or set up.
        options: Option<Vec<String>>,
        required_attributes: Option<Vec<String>>,
    }
    VerifyMfa {
        /// Ignored, because `session` already identifies the user.
        email: Option<String>,
        session: String,
        /// The code, the chosen option, or the response to a custom challenge.
        code: String,
    }
    SetupMfa {
        session: String,
    }
    MfaSetup {
        /// The secret for an authenticator app, in base32.
        secret_code: String,
        session: String,
    }
    NewPassword {
        /// Ignored, because `session` already identifies the user.
        email: Option<String>,
        session: String,
        new_password: String,
        attributes: Option<BTreeMap<String, String>>,
    }
    Refresh {
        refresh_token: String,
        device_key: Option<String>,
    }
    ResetPassword {
        email: String,
        code: String,
        new_password: String,
    }
    Logout {
        refresh_token: Option<String>,
    }
    CurrentUser {
        username: String,
        attributes: BTreeMap<String, String>,
        mfa: Vec<String>,
        preferred_mfa: Option<String>,
    }
    Devices {
        devices: Vec<Device>,
        /// The token of the next page. Absent on the last page.
        next_token: Option<String>,
    }
    /// A confirmed device of the user. A value that is unknown is `null`.
    Device {
        key: String,
        name: Option<String>,
        /// `remembered` or `not_remembered`.
        status: Option<String>,
        last_ip_address: Option<String>,
        created: Option<String>,
        modified: Option<String>,
        last_authenticated: Option<String>,
        /// `true` if the access token was issued to this device.
        is_current: bool,
    }
    ConfirmDevice {
        /// The name of the device, such as `My laptop`.
        name: Option<String>,
    }
    ForgetDevice {
        key: String,
    }
    RememberDevice {
        key: String,
        /// `false` marks the device as not remembered. Default: `true`.
        remembered: Option<bool>,
    }
    StartHostedLogin {
        /// The path of the page that is shown after the sign-in, such as `/orders`.
        return_to: Option<String>,
        /// The name of an identity provider.
        provider: Option<String>,
        /// `true` shows the sign-up page.
        sign_up: Option<bool>,
        /// `true` requires a recent sign-in.
        recent: Option<bool>,
    }
    HostedLogin {
        /// The URL of managed login. Open it in the browser.
        url: String,
    }
    HostedLogout {
        success: bool,
        message: String,
        /// The URL that ends the session of the browser at managed login. Open it in the browser.
        url: String,
    }
    Factors {
        /// The first factors for a choice-based sign-in, such as `PASSWORD` and `WEB_AUTHN`.
        auth_factors: Vec<String>,
        /// The enabled second factors, such as `SOFTWARE_TOKEN_MFA`.
        mfa: Vec<String>,
        preferred_mfa: Option<String>,
    }
    TotpSecret {
        /// The secret for an authenticator app, in base32.
        secret_code: String,
        /// The URI for a QR code. It contains the secret.
        otpauth_uri: String,
    }
    ConfirmTotp {
        /// The code that the authenticator app shows.
        code: String,
        device_name: Option<String>,
    }
    MfaEnabled {
        /// Always `SUCCESS`.
        status: String,
        message: String,
    }
    /// The changes of second factors, each `off`, `on` or `preferred`. A missing factor is not
    /// changed.
    MfaPreferences {
        totp: Option<String>,
        sms: Option<String>,
        email: Option<String>,
    }
    Passkeys {
        credentials: Vec<Passkey>,
        /// The token of the next page. Absent on the last page.
        next_token: Option<String>,
    }
    Passkey {
        credential_id: String,
        /// The name of the passkey, which Cognito chooses.
        friendly_credential_name: String,
        relying_party_id: String,
        /// `platform` if the authenticator is built into the device, otherwise `cross-platform`.
        authenticator_attachment: Option<String>,
        authenticator_transports: Vec<String>,
        created_at: Option<String>,
    }
    CompletePasskey {
        /// The JSON of the created credential (`PublicKeyCredential.toJSON()`).
        #[schema(value_type = Object)]
        credential: BTreeMap<String, String>,
    }
    /// A challenge that requires a passkey.
    PasskeyChallenge {
        /// Cognito's name of the challenge: `WEB_AUTHN`.
        challenge: String,
        /// An encrypted string that contains the state of the sign-in. Send it with the next
        /// request.
        session: String,
        /// The options for `navigator.credentials.get()`.
        #[schema(value_type = Object)]
        credential_request_options: BTreeMap<String, String>,
    }
    PasskeySignIn {
        session: String,
        /// The JSON of the credential (`PublicKeyCredential.toJSON()`).
        #[schema(value_type = Object)]
        credential: BTreeMap<String, String>,
    }
    DeletePasskey {
        credential_id: String,
    }
    Profile {
        /// The attributes to change. An empty value deletes the attribute.
        attributes: BTreeMap<String, String>,
    }
    Address {
        /// `email` or `phone_number`.
        attribute: String,
    }
    ConfirmAddress {
        /// `email` or `phone_number`.
        attribute: String,
        code: String,
    }
    Sessions {
        sessions: Vec<Session>,
        /// The token of the next page. Absent on the last page.
        next_token: Option<String>,
    }
    /// A session of the user. A value that is unknown is `null`. The client that used the session
    /// last determines its device, address and place.
    Session {
        session_id: String,
        /// `TOKEN` for a sign-in, `SSO` for the session of a browser at managed login.
        session_type: Option<String>,
        client_id: Option<String>,
        /// `true` if the access token belongs to this session.
        is_current: bool,
        created: Option<String>,
        last_active: Option<String>,
        device: Option<String>,
        ip_address: Option<String>,
        city: Option<String>,
        country: Option<String>,
        /// The session at managed login from which this session was started.
        origin_session_id: Option<String>,
    }
    RevokeSession {
        session_id: String,
        /// Also revokes the session of the browser at managed login that is linked to the session.
        /// Default: `false`.
        linked_sessions: Option<bool>,
    }
    Health {
        /// The overall status of the service: `healthy`, `degraded` or `unhealthy`.
        status: String,
        service: String,
        timestamp: String,
        config: HealthConfig,
        revocations: HealthRevocations,
        problems: Option<Vec<String>>,
        /// Operations that fail until an operator changes a setting.
        faults: Option<Vec<HealthFault>>,
    }
    HealthConfig {
        user_pool_id: String,
        region: String,
    }
    HealthFault {
        operation: String,
        kind: String,
        /// The name of the AWS exception, or the kind of the error if AWS sent no exception.
        exception: String,
        since: String,
    }
    HealthRevocations {
        /// The seconds since the shared list of revocations was last read. Absent if the list is
        /// not shared or was not read yet.
        age_seconds: Option<f64>,
        live: u64,
        /// The number of entries at which the revocation list is full. A full list replaces entries
        /// with broader entries, which also reject tokens that were not revoked. Absent if there is
        /// no maximum.
        capacity: Option<u64>,
        /// The number of entries of the revocation list that several users share. If one of these
        /// users is revoked, such an entry can also reject tokens of the other users. Zero if the
        /// list was never full.
        overflowed: u64,
        /// The number of this process's revocations that are not yet written to the shared store.
        pending_writes: u64,
    }
    /// The metrics of the `Cognito` client. The counts begin when the client is created. If the
    /// application calls `reset_metrics`, the counts begin again at zero.
    Metrics {
        total_requests: u64,
        total_errors: u64,
        error_rate: String,
        errors_by_type: BTreeMap<String, u64>,
        last_error: Option<LastError>,
        average_request_time: String,
        cache: CacheStats,
        client: ClientStats,
        security: SecurityStats,
        operations: BTreeMap<String, OperationStats>,
        quotas: BTreeMap<String, QuotaStats>,
        refreshes: RefreshStats,
    }
    LastError {
        #[schema(rename = "type")]
        error_type: String,
        time: String,
    }
    CacheStats {
        config_cached: bool,
        secret_hash_cache_size: u64,
        token_blacklist_size: u64,
        /// The seconds since the shared list of revocations was last read. Absent if the list is
        /// not shared or was not read yet.
        revocations_age_seconds: Option<f64>,
        /// The number of revocations of this process that are not yet written to the shared store.
        revocations_pending_writes: u64,
        /// The number of entries at which the revocation list is full. A full list replaces entries
        /// with broader entries, which also reject tokens that were not revoked. Absent if there is
        /// no maximum.
        revocations_capacity: Option<u64>,
        /// The number of entries of the revocation list that several users share. If one of these
        /// users is revoked, such an entry can also reject tokens of the other users. Zero if the
        /// list was never full.
        revocations_overflowed: u64,
    }
    ClientStats {
        initialized: bool,
    }
    SecurityStats {
        locked_accounts: u64,
        revoked_tokens: u64,
        refused_attempts: u64,
        admitted_unchecked: u64,
        refused_unchecked: u64,
        /// The number of verified tokens with an issue time in the future.
        tokens_from_future: u64,
        rejected_requests: u64,
    }
    OperationStats {
        count: u64,
        errors: u64,
        #[schema(rename = "p50Ms")]
        p50: f64,
        #[schema(rename = "p99Ms")]
        p99: f64,
    }
    /// The requests of one quota category.
    QuotaStats {
        requests: u64,
        throttled: u64,
    }
    /// The numbers of successful and failed background reads of the settings and the pool's keys.
    RefreshStats {
        config: u64,
        config_failed: u64,
        keys: u64,
        keys_failed: u64,
    }
}
