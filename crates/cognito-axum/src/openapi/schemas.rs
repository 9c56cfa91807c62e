//! The JSON of requests and answers, described.
//!
//! The types that are sent are the facade's, which know nothing of OpenAPI. These say the same once
//! more, and a test holds them against what the routes answer.
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

        /// All of them, by name.
        pub(super) fn all() -> Vec<(&'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), <$name as PartialSchema>::schema()),)*]
        }
    };
}

schemas! {
    /// Every error.
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
    /// Where a code was sent, masked.
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
        /// In seconds.
        expires_in: u64,
        token_type: String,
        /// To be sent with the refresh token, if there is one.
        device_key: Option<String>,
    }
    /// In the place of tokens that are in cookies.
    SignedIn {
        success: bool,
        message: String,
        /// In seconds.
        expires_in: u64,
    }
    /// A step before there are tokens.
    Challenge {
        #[schema(rename = "requiresMFA")]
        requires_mfa: Option<bool>,
        requires_new_password: Option<bool>,
        /// As Cognito calls it: `SOFTWARE_TOKEN_MFA`.
        challenge: String,
        /// Sealed; to be sent back with the answer.
        session: String,
        username: String,
        available_challenges: Option<Vec<String>>,
        /// Where the code was sent, masked.
        destination: Option<String>,
        /// What can be chosen or set up.
        options: Option<Vec<String>>,
        required_attributes: Option<Vec<String>>,
    }
    VerifyMfa {
        /// Passed over: the session knows whose it is.
        email: Option<String>,
        session: String,
        /// The code, or the option that was chosen.
        code: String,
    }
    SetupMfa {
        session: String,
    }
    MfaSetup {
        /// For an authenticator app, in base32.
        secret_code: String,
        session: String,
    }
    NewPassword {
        /// Passed over: the session knows whose it is.
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
    Health {
        /// `healthy`, `degraded` or `unhealthy`.
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
        /// The exception of AWS, or the kind again.
        exception: String,
        since: String,
    }
    HealthRevocations {
        /// The age of the view, if other instances feed it.
        age_seconds: Option<f64>,
        live: u64,
        /// How many entries the list holds before it replaces entries by wider ones.
        capacity: Option<u64>,
        /// Entries that reject tokens of other users, too, because the list was full.
        overflowed: u64,
        /// Revocations of this process that wait to be written to the shared store.
        pending_writes: u64,
    }
    /// What was counted since the start.
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
        /// Where other machines feed the view of them.
        revocations_age_seconds: Option<f64>,
        /// Revocations of this process that wait to be written to the shared store.
        revocations_pending_writes: u64,
        /// How many entries the list holds before it replaces entries by wider ones.
        revocations_capacity: Option<u64>,
        /// Entries that reject tokens of other users, too, because the list was full.
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
        /// Verified tokens that were issued later than our clock says.
        tokens_from_future: u64,
    }
    OperationStats {
        count: u64,
        errors: u64,
        #[schema(rename = "p50Ms")]
        p50: f64,
        #[schema(rename = "p99Ms")]
        p99: f64,
    }
    /// What was read anew in the background.
    RefreshStats {
        config: u64,
        config_failed: u64,
        keys: u64,
        keys_failed: u64,
    }
}
