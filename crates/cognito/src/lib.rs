#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod administration;
mod attempt_guard;
mod attributes;
mod authentication;
mod builder;
mod call;
mod cognito;
mod events;
mod faults;
mod health;
mod hosted_login;
mod operation;
pub mod requests;
mod revoking;
mod run_to_completion;
mod token;

pub use account::OwnAccount;
pub use account::mfa::{ConfirmTotp, MfaEnabled, TotpSetup};
pub use administration::Admin;
pub use administration::devices::AdminDevice;
pub use administration::groups::AdminGroup;
pub use administration::users::AdminUser;
pub use authentication::challenge::{Respond, RespondError, TotpEnrollment};
pub use authentication::offered::OfferedFactors;
pub use authentication::password::ForgotPasswordResponse;
pub use authentication::sign_up::SignUpConfirmed;
pub use builder::CognitoBuilder;
pub use call::{Call, OperationFuture, PageStream};
pub use cognito::Cognito;
pub use health::{Health, HealthConfig, HealthFault, HealthRevocations, HealthStatus};
pub use hosted_login::ManagedLogin;
pub use hosted_login::finish::ManagedSignIn;
pub use hosted_login::start::StartLogin;

pub use cognito_aws::{AwsCognito, AwsHostedLogin, SdkConfig, Timeouts};
pub use cognito_cache::{
    Attempt, AttemptGuard, AttemptPolicy, AttemptSubject, Budget, BudgetPolicy, CaseRule,
    EncryptedStore, MemoryRevocationList, MemoryStore, Purpose, RateLimiter, RateLimiterBuilder,
    Seal, SealKey, StoreFailure,
};
pub use cognito_config::{
    ChainConfigSource, EnvConfigSource, SharedConfigSource, StaticConfigSource,
};
pub use cognito_core::account::mfa::{FactorChange, MfaPreference};
pub use cognito_core::account::passkeys::{
    Passkey, PasskeyAssertion, PasskeyCreationOptions, PasskeyPage, PasskeyRegistration,
    PasskeyRequestOptions,
};
pub use cognito_core::administration::auth_events;
pub use cognito_core::administration::auth_events::{AuthEvent, AuthEventPage, FeedbackValue};
pub use cognito_core::administration::groups::{Group, GroupPage, Precedence};
pub use cognito_core::administration::page::PageToken;
pub use cognito_core::administration::users::UserPage;
pub use cognito_core::authentication::challenge;
pub use cognito_core::authentication::sign_in::ChallengeApi;
pub use cognito_core::authentication::sign_up::SignUpResponse;
pub use cognito_core::ports;
pub use cognito_core::{
    AccessClaims, AccessToken, Account, Actor, Administration, AttributeName, Attributes,
    AttributesIter, Audience, AuthFactor, AuthFactors, Authentication, Authorization,
    AuthorizeRequest, Callback, Challenge, ChallengeAnswer, ChallengeName, ClientId,
    ClientMetadata, ClientSecret, ClientToken, Clock, CodeDelivery, CodeExchange,
    ConfidentialStore, ConfigSource, ConfirmationCode, ConfirmedDevice, CounterLimit,
    CurrentConfig, CurrentUser, DeliveryMedium, Device, DeviceGroupKey, DeviceKey, DeviceName,
    DevicePage, DevicePassword, DeviceStatus, DeviceText, Done, EmailAddress, EnumerationPolicy,
    Error, ErrorBody, ErrorKind, Event, EventId, EventSink, Exception, Filter, FilterAttribute,
    FirstFactor, GroupDescription, GroupName, GuessedSecret, HiddenStep, HostedLogin, IdClaims,
    IdToken, InvalidInput, LoginDomain, LogoutRequest, Masked, NewDevice, NoopEventSink, Operation,
    PasskeyId, Password, PendingLogin, PhoneNumber, PoolConfig, Principal, Prompt, ProviderName,
    PublicOutcome, QuotaCategory, RedirectUri, RefreshToken, Region, RememberedDevice, RepliedAt,
    RequestContext, Reservation, Result, Revocation, RevocationList, RevokedSubject, RoleArn,
    Scope, Screen, Session, SessionText, Setting, Settings, SignIn, SignInFlow, StaticConfig,
    Store, StoreKey, SystemClock, TokenIdentity, TokenVerifier, Tokens, TotpCode, TotpSecret,
    UserDetails, UserInfo, UserPoolId, UserSession, UserStatus, Username, WhenStale, exception,
    exceptions, masked, rfc3339,
};
pub use cognito_core::{MAX_LEEWAY, MAX_TOKEN_LENGTH};
pub use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, FileJwks, HttpJwks, HttpJwksBuilder, JwksSource,
    Reason, StaticJwks, UnverifiedToken, VerifyError,
};
#[cfg(feature = "metrics")]
pub use cognito_metrics::MetricsBridge;
pub use cognito_metrics::{Metrics, MetricsSnapshot};
#[cfg(feature = "redis")]
pub use cognito_redis::{RedisConfig, RedisRevocations, RedisRevocationsBuilder, RedisStore};

#[cfg(feature = "ssm")]
pub use cognito_config::SsmConfigSource;
