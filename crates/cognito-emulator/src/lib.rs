//! Cognito user pools and an SSM Parameter Store on localhost, in process or as a command.
//!
//! The emulator speaks AWS's own wire protocol, AWS JSON 1.1 over HTTP, so any client of any
//! language can talk to it: give the client the endpoint and any credentials. It starts in
//! milliseconds, on 127.0.0.1 only, keeps everything in memory, and sends nothing anywhere:
//! every message that Cognito would have sent lands in an [`Inbox`].
//!
//! ```
//! use cognito_emulator::{Client, Emulator, Fault};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder()
//!     .client(Client::new("myclient").secret("mysecret"))
//!     .start()
//!     .await?;
//!
//! // Point a client here.
//! println!("{} {}", emulator.endpoint(), emulator.user_pool_id());
//!
//! // A person to sign in with, and the codes that people are sent.
//! emulator.create_user("user@example.com", "SecurePass123!", &[("name", "John Doe")])?;
//! assert_eq!(emulator.inbox().latest_code("user@example.com"), None);
//!
//! // What may go wrong in production goes wrong on demand.
//! emulator.inject(Fault::error("InitiateAuth", "TooManyRequestsException", "Rate exceeded").times(2))?;
//! emulator.inject(Fault::cut("SignUp").times(1))?;
//! emulator.inject(Fault::status("jwks.json", 503).times(1))?;
//! assert_eq!(emulator.calls("InitiateAuth"), 0);
//!
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The command does the same from a shell: `cognito-emulator --port 9229` prints the
//! environment variables that lead a client to it, and `--seed FILE` brings pools, clients, groups
//! and people ([`Seed`]; `crates/cognito-emulator/seed.json` is one to begin with). It ends at
//! SIGINT and SIGTERM. It is behind the default feature `command`; leave that out where the
//! emulator only runs in process.
//!
//! # Web pages
//!
//! Pages of every origin can call the public operations and the OAuth 2.0 endpoints, as at AWS. Pages of
//! other sites (an `Origin` that is not `localhost`, `*.localhost` or a loopback address) cannot call signed
//! operations or `/_emulator`; where a browser sends no `Origin`, `Sec-Fetch-Site: cross-site` counts, except
//! for links. Pages below `/_emulator` cannot be embedded and are not stored. Requests whose `Host` is another name get 403, because a foreign page could
//! have that name resolve to 127.0.0.1. `EmulatorBuilder::allow_host` and `--allow-host` allow more names, for
//! containers.
//!
//! More pools, and everything in them, are made over the wire: by Terraform, boto3, or the AWS SDK
//! of any language. Each has key ids of its own at `/<pool id>/.well-known/jwks.json`; the keys are the
//! same.
//!
//! # Operations
//!
//! | family | operations |
//! |---|---|
//! | sign-up | `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode` |
//! | sign-in | `InitiateAuth` (`USER_SRP_AUTH`, `USER_PASSWORD_AUTH`, `USER_AUTH`, `CUSTOM_AUTH`, `REFRESH_TOKEN_AUTH`), `RespondToAuthChallenge` (`PASSWORD_VERIFIER`, `CUSTOM_CHALLENGE`, `SELECT_CHALLENGE`, `PASSWORD`, `PASSWORD_SRP`, `EMAIL_OTP`, `SMS_OTP`, `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `NEW_PASSWORD_REQUIRED`, `SELECT_MFA_TYPE`, `MFA_SETUP`, `WEB_AUTHN`, `DEVICE_SRP_AUTH`, `DEVICE_PASSWORD_VERIFIER`), `AdminInitiateAuth`\*, `AdminRespondToAuthChallenge`\* |
//! | tokens | `GetTokensFromRefreshToken`, `RevokeToken`, `GlobalSignOut`, `AdminUserGlobalSignOut`\* |
//! | passwords | `ForgotPassword`, `ConfirmForgotPassword`, `ChangePassword`, `AdminSetUserPassword`\*, `AdminResetUserPassword`\* |
//! | account | `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUserAttributeVerificationCode`, `VerifyUserAttribute`, `DeleteUser` |
//! | second factors | `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference`, `AdminSetUserMFAPreference`\*, `GetUserAuthFactors`, `AdminGetUserAuthFactors`\* |
//! | passkeys | `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`, `ListWebAuthnCredentials`, `DeleteWebAuthnCredential` |
//! | devices | `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`, `AdminGetDevice`\*, `AdminListDevices`\*, `AdminUpdateDeviceStatus`\*, `AdminForgetDevice`\* |
//! | people\* | `AdminCreateUser`, `AdminGetUser`, `AdminConfirmSignUp`, `AdminEnableUser`, `AdminDisableUser`, `AdminDeleteUser`, `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`, `ListUsers` |
//! | groups\* | `CreateGroup`, `GetGroup`, `UpdateGroup`, `DeleteGroup`, `ListGroups`, `ListUsersInGroup`, `AdminAddUserToGroup`, `AdminRemoveUserFromGroup`, `AdminListGroupsForUser` |
//! | identity providers\* | `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`, `DeleteIdentityProvider`, `ListIdentityProviders`, `GetIdentityProviderByIdentifier`, `AdminLinkProviderForUser`, `AdminDisableProviderForUser` |
//! | authentication events\* | `AdminListUserAuthEvents`, `AdminUpdateAuthEventFeedback` |
//! | pools\* | `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`, `AddCustomAttributes`, `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`, `TagResource`, `UntagResource`, `ListTagsForResource` |
//! | stored only\* | `DescribeRiskConfiguration`, `SetRiskConfiguration`, `GetLogDeliveryConfiguration`, `SetLogDeliveryConfiguration`, `GetCSVHeader`, `GetSigningCertificate`, `GetUICustomization` |
//! | app clients\* | `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`, `DeleteUserPoolClient`, `ListUserPoolClients`, `AddUserPoolClientSecret`, `ListUserPoolClientSecrets`, `DeleteUserPoolClientSecret` |
//! | OAuth 2.0\* | `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`, `DeleteResourceServer`, `ListResourceServers`, `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain`, `DeleteUserPoolDomain` |
//! | SSM\* | `GetParameter`, `GetParameters`, `PutParameter` |
//!
//! \* needs a signed request; without an `Authorization` header it is refused, as at AWS. Any
//! other operation is answered with `UnknownOperationException`.
//!
//! Beside the operations there are pages:
//!
//! | page | what it is |
//! |---|---|
//! | `GET /<pool id>/.well-known/jwks.json` | the public keys; access and ID tokens have different ones |
//! | `GET /<pool id>/.well-known/openid-configuration` | the discovery document |
//! | `GET /oauth2/authorize` | sends a browser to the sign-in page, or back with a code (or tokens) where it has signed in within the last hour |
//! | `GET /login`, `POST /login` | the sign-in page: password, second factor, new password |
//! | `GET /logout` | forgets the browser's sign-in |
//! | `POST /oauth2/token` | `authorization_code`, `refresh_token`, `client_credentials` |
//! | `GET /error` | why a browser was not sent back: `redirect_mismatch` |
//! | `/oauth2/userInfo` | what the scopes of an access token open |
//! | `POST /oauth2/revoke` | the end of a refresh token |
//! | `GET /_emulator/health` | answers when the emulator is ready |
//! | `GET /_emulator/inbox?to=<address>` | the messages to an address; a plus sign needs no escape. Without `to`, all messages |
//! | `POST /_emulator/reset` | forgets everything but pools, clients and settings; the groups and people of a seed come back |
//!
//! The hosted pages and the endpoints of OAuth 2.0 are of the pool whose client asks, whatever its
//! domains are. [`Fault`]s apply to them, and [`Emulator::calls`] counts them, by their paths; for the public
//! keys of all pools the name is `jwks.json`.
//!
//! # Settings
//!
//! What a pool or a client was told is what it then does:
//!
//! | of a pool | |
//! |---|---|
//! | `LambdaConfig` | triggers behind `http://` addresses on this machine; see below |
//! | `Policies.PasswordPolicy` | all but `PasswordHistorySize` |
//! | `Policies.SignInPolicy` | what people can choose to sign in with; passwords always |
//! | `MfaConfiguration`, `SoftwareTokenMfaConfiguration`, `SmsMfaConfiguration`, `EmailMfaConfiguration` | which second factors are asked for and can be set up |
//! | `WebAuthnConfiguration` | the domain of passkeys, whether authenticators must make sure of the person, and whether a passkey stands for two factors |
//! | `SmsConfiguration` | whether text messages can be a second factor and phone numbers be verified; nothing in it matters |
//! | `UsernameAttributes`, `AliasAttributes`, `UsernameConfiguration` | what people are named by, and whether case matters |
//! | `DeviceConfiguration` | whether devices get keys, whether a remembered one takes the place of the second factor, and whether its person must say so first |
//! | `AutoVerifiedAttributes` | which addresses are sent a code at the sign-up and when they change |
//! | `UserAttributeUpdateSettings` | which changed addresses take effect only when they are verified |
//! | `UserPoolAddOns.AdvancedSecurityMode` | whether sign-ins are recorded as events |
//! | `Schema`, `AddCustomAttributes` | type, bounds, `Required`, `Mutable`, `DeveloperOnlyAttribute` |
//! | `AccountRecoverySetting` | which address a reset code is sent to, or that only administrators reset passwords; without it, SMS before e-mail |
//! | `AdminCreateUserConfig.AllowAdminCreateUserOnly` | `SignUp` is refused |
//! | `DeletionProtection` | `DeleteUserPool` is refused |
//!
//! | of a client | |
//! |---|---|
//! | `ExplicitAuthFlows` | which flows work, also by their older names |
//! | `AccessTokenValidity`, `IdTokenValidity`, `RefreshTokenValidity`, `TokenValidityUnits` | how long tokens live |
//! | `AuthSessionValidity` | how long a challenge waits |
//! | `RefreshTokenRotation`, `EnableTokenRevocation`, `PreventUserExistenceErrors` | as AWS describes them |
//! | `ReadAttributes` | which attributes `GetUser`, ID tokens and `NEW_PASSWORD_REQUIRED` show; unlike at AWS a list that was left out stands for all, custom ones too |
//! | `WriteAttributes` | which attributes people may write; left out, it stands for all as well |
//! | `AllowedOAuthFlowsUserPoolClient`, `AllowedOAuthFlows`, `AllowedOAuthScopes` | the grants and scopes of the hosted pages and the token endpoint |
//! | `CallbackURLs`, `DefaultRedirectURI`, `LogoutURLs` | where browsers are sent back to, letter by letter |
//! | secrets | up to two; a `SECRET_HASH` made with either is right |
//!
//! All others are kept, described again, and do nothing else: of a pool `AcrConfiguration`,
//! `EmailConfiguration`, `EmailVerificationMessage`,
//! `EmailVerificationSubject`, `IssuerConfiguration`, `KeyConfiguration`,
//! `SmsAuthenticationMessage`, `SmsVerificationMessage`, `UserPoolTier` and
//! `VerificationMessageTemplate`; of a client `AnalyticsConfiguration`,
//! `EnablePropagateAdditionalUserContextData` and `SupportedIdentityProviders`.
//!
//! Verification texts are described both in `VerificationMessageTemplate` and at the top level.
//! `UsernameConfiguration` and `UserPoolAddOns` are described only if they were set, as at AWS.
//!
//! # Validation
//!
//! Every request is checked against AWS's service model before its operation runs: required members,
//! types, lengths, ranges, patterns and enums. Violations are reported together, in AWS's words, and
//! with the value, unless the model calls the member sensitive. Where Cognito was seen to enforce
//! something else than its model, the emulator does what was seen.
//!
//! An error message lists violations until it has 64 KiB; further ones are only counted. How AWS shows a list of structures that is too long, and the order of several violations, is
//! not known: the emulator leaves the value out and orders by the name of the member.
//!
//! # Triggers
//!
//! What Lambda functions do for a pool at AWS, functions of this process do here
//! ([`EmulatorBuilder::trigger`]), or addresses on this machine that the event is posted to
//! ([`EmulatorBuilder::trigger_url`], or an `http://` address in the place of a function's ARN in
//! `LambdaConfig`, over the wire and in a seed). Events are sent to `localhost`, `127.0.0.1` and `[::1]` only.
//! At most 256 requests wait for triggers at once; a further one gets `TooManyRequestsException`. They are given AWS's events and give them back with the
//! response filled in: [`Trigger`] lists them. A trigger that refuses, fails, takes too long or talks
//! nonsense is answered with the exceptions that Cognito has for that. It may ask the emulator in turn.
//!
//! The pre token generation trigger has three versions. `PreTokenGeneration` is version 1, and
//! `PreTokenGenerationConfig` names a version and a function. The two members "have the same value" at AWS, so
//! each is described with the other, and two different functions are rejected.
//!
//! | `LambdaVersion` | event | changes |
//! |---|---|---|
//! | `V1_0` ([`Trigger::PreTokenGeneration`]) | `"version": "1"`, `claimsOverrideDetails` | claims of the ID token (strings only); groups of both tokens |
//! | `V2_0` ([`Trigger::PreTokenGenerationV2`]) | `"version": "2"`, `claimsAndScopeOverrideDetails` | claims of both tokens, scopes of the access token, groups of both |
//! | `V3_0` ([`Trigger::PreTokenGenerationV3`]) | `"version": "3"`, `claimsAndScopeOverrideDetails` | the same, and access tokens of `client_credentials` (`aws_client_metadata` of the request becomes `clientMetadata`) |
//!
//! # What it does not prove
//!
//! - **Signatures of requests are not verified**, nor is IAM: a signed operation must carry an
//!   `Authorization` header that begins like AWS's, and anything may follow.
//! - **The signing keys are public** unless [`EmulatorBuilder::signing_keys`] brings others. A
//!   verifier that trusts an emulator trusts everybody.
//! - **Quotas are approximated.** The limits per person and hour and the lockout after wrong
//!   passwords are there; request-rate quotas are not (inject a fault instead). Where AWS gives
//!   a range, the number is fixed. Wrong codes of a second factor are not limited.
//! - **Nothing is eventually consistent**, nothing is slow. There is one account, 123456789012, and one
//!   endpoint for all regions: a pool that is made over the wire is in the region that the request is
//!   signed for, a pool of a seed is in the region of its id.
//! - **Messages are not delivered**, so nothing is shown about templates, SES, SNS or spam.
//! - **How far the time in a proof of SRP may be off** is not documented; here it is a quarter of an
//!   hour, and a proof beyond that is answered like a wrong password.
//! - **Who made an authenticator is not looked at.** Nothing is attested, and a statement that comes
//!   all the same is passed over. Passkeys of apps (`android:` origins), of pages within frames of other
//!   sites, and a domain that the pool has by its hosted pages are not there: the relying party must be told.
//!   That a domain is no public suffix is for browsers to check; here it must have a dot, or be `localhost`.
//! - **No password history**, and no tokens for a person who steps up (`TARGET_ACR_VALUES`).
//! - **AWS Lambda functions are not called.** An ARN in `LambdaConfig` is stored, described and not called.
//!   `CustomEmailSender`, `CustomSMSSender`, `InboundFederation` and `KMSKeyID` are not called either, also
//!   with an `http://` address: messages go to the inbox, unencrypted.
//!   A trigger is asked once where Cognito asks up to three times. In a custom sign-in functions can ask for `PASSWORD_VERIFIER` and `CUSTOM_CHALLENGE`; no second
//!   factor is added, and nobody is asked for the new password that is due (`NEW_PASSWORD_REQUIRED`). What a
//!   seed or a method of [`Emulator`] does asks no trigger.
//! - **Threat protection records and assesses nothing**: every event has no risk, and nobody is
//!   ever blocked by it. An event's address is the one that the request tells, or 127.0.0.1.
//! - **The hosted pages only sign in.** There is no page to sign up, to reset a password or to set
//!   a second factor up; nothing is branded or translated, and there is no TLS, so cookies are not
//!   `Secure`. Codes and machines' tokens are of this emulator's endpoint alone.
//! - **Nobody signs in through an identity provider.** Providers are stored and described as they were sent;
//!   the details that Cognito adds are not added. A link is in the attribute and claim `identities`.
//! - **Risk and log configurations have no effect**: they are stored and described. `GetUICustomization` returns
//!   the empty structure of a pool without customization, and none can be set. The certificate of
//!   `GetSigningCertificate` is the same for every pool, and nothing is signed for it. No job imports users from
//!   a file with the columns of `GetCSVHeader`.
//! - **What Cognito does not document is one reading of it.** A change of a group keeps what it does
//!   not name; removing somebody who is not in a group is no error. `MFA_SETUP` takes an address as
//!   `EMAIL`, and then asks for the code that was sent there with `EMAIL_OTP`. `VerifySoftwareToken` registers
//!   the factor, also if `MFA_SETUP` is not answered afterwards. A session of a set-up
//!   is of no use once the person has a factor, nor one of a new password once none is due. A choice of
//!   `PASSWORD` or `PASSWORD_SRP` without its parameters is answered with that challenge; wrong first
//!   codes lock as wrong passwords do. `ConfirmSignUp` returns a session to every client with `ALLOW_USER_AUTH`:
//!   with the session of the sign-up it signs the user in; without one it counts as a code sent to the confirmed
//!   address, which signs in where such codes are a first factor and leads to `SELECT_CHALLENGE` elsewhere (what
//!   users of Amplify report); with a session that is not valid there is none.
//!   `USER_AUTH` of an unknown user returns `UserNotFoundException`, or with `PreventUserExistenceErrors` a choice
//!   between `PASSWORD` and `PASSWORD_SRP`, which is the same each time. Cognito returns one of the challenges that
//!   the pool allows, at random: a passkey, a code or a password (developer guide, "Managing user existence error
//!   responses"); with a preferred code, unknown names were seen to get different challenges (amplify-js#14195). So
//!   where codes or passkeys are allowed, unknown users can differ from users, here and at AWS. The first sign-in after a sign-up asks
//!   for no second factor even where the pool insists: the code of the confirmation counts as one.
//!   An operator's new user without a password, where codes are a first factor, is confirmed and gets no invitation.
//!   A passkey is called by its number; its registration waits for three minutes and one answer; its
//!   user handle is the text of the `sub`. A proof that is wrong is answered like a wrong password, and uses
//!   the session up. Twenty passkeys are too many from the start of the twenty-first on.
//!   A step of a sign-in is on the device that its own request names. A remembered device is proven after
//!   everything else, and without a session; a wrong proof ends the sign-in. One that is not remembered stands
//!   for nothing, and its key is taken all the same. A refresh token of a forgotten device is an invalid one.
//!   The last address of a device is always 127.0.0.1.
//! - **A seed is not a builder.** Pools of a seed have the settings that the seed names; of an
//!   [`EmulatorBuilder`] then only the signing keys, the clock, the pinned randomness, the port and
//!   whether attempts are limited count ([`EmulatorBuilder::prepared`]).
//! - **`client_credentials` with a scope that no resource server has** is rejected with `invalid_scope`. It is not
//!   known what Cognito does: AWS's own guides say that the scope is dropped, and that the error is `invalid_grant`.
//!   Do not rely on either: a client must handle the error, and must check the scopes that it got.
//! - **An unknown `client_id`** at the authorization endpoint gets a page with status 400. Where Cognito sends the browser is not known; it does not send it to the redirect URI.
//! - **A `DateTime` attribute holds any text**, and no quota counts pools or clients.
//! - **Texts of errors are those that AWS documents or that were seen in public**; a few that
//!   are neither are worded alike. Program against the exception's name.

mod builder;
mod emulator;
mod http;
mod model;
mod operations;
mod state;
mod triggers;

pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use http::fault::Fault;
pub use model::client::oauth::OAuthFlow;
pub use model::client::{AuthFlow, Client};
pub use model::error::{SeedError, StartError, UnknownOperation};
pub use model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ProviderType, ThreatProtection, UserVerification,
    Usernames,
};
pub use model::policy::PasswordPolicy;
pub use model::totp::totp_code;
pub use model::trigger::{Trigger, TriggerError};
pub use operations::seed::Seed;
pub use state::inbox::{Inbox, Medium, Message, Purpose};
pub use state::parameters::ParameterStore;
