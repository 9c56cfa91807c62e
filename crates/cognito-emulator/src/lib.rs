//! An emulator of Cognito user pools and an SSM Parameter Store on localhost, in process or as a
//! command.
//!
//! The emulator uses AWS's own protocol, AWS JSON 1.1 over HTTP. Any client in any language can use
//! it: set its endpoint, and any credentials. It starts in milliseconds, listens on 127.0.0.1 unless
//! another host is set, and keeps its data in memory or in a [file](#data-between-starts). Messages are
//! not sent, but stored in an [`Inbox`].
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
//! // A user who can sign in, and the codes that users receive.
//! emulator.create_user("user@example.com", "SecurePass123!", &[("name", "John Doe")])?;
//! assert_eq!(emulator.inbox().latest_code("user@example.com"), None);
//!
//! // Faults as they occur in production.
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
//! [`EmulatorBuilder::build`] creates an emulator without a server. [`Emulator::respond`] handles
//! its requests in memory. The crate `cognito-testkit` builds on them:
//!
//! - `InMemoryHttpClient` (feature `aws-sdk`) connects the AWS SDK for Rust to an emulator without a
//!   socket: `aws_config::defaults(…).http_client(InMemoryHttpClient::new(emulator))`. It is not part
//!   of this crate, because this crate depends on no crate of the AWS SDK.
//! - `FakeUserPool` (feature `fake-pool`) is an emulator without a server, together with a `Cognito`
//!   client.
//!
//! The command `cognito-emulator` starts an emulator from a shell. `cognito-emulator --port 9229`
//! prints the environment variables for clients. `--seed FILE` creates pools, clients, groups and
//! users ([`Seed`]; `crates/cognito-emulator/seed.json` is an example). `--template FILE` creates the
//! Cognito resources of a CloudFormation or CDK template ([`Template`]). The command stops at SIGINT
//! and SIGTERM. It needs the default feature `command`. Disable the feature if the emulator runs only
//! in process.
//!
//! Requests can create further pools and their contents, for example by Terraform, boto3 or an AWS
//! SDK. All pools have the same signing keys, but each pool has its own key ids
//! (`/<pool id>/.well-known/jwks.json`).
//!
//! # Data between starts
//!
//! All data is in memory by default. `EmulatorBuilder::state` (feature `state`) and `--state FILE` keep
//! it in a file, and the next start continues with it. The changes of a request are written before the
//! response, so no acknowledged write is lost if the process is killed. `--seed`, `--template` and the
//! settings of the builder's pool create only the content of a new file.
//!
//! [`Emulator::snapshot`] and [`Emulator::restore`] store all data in memory and put it back, for
//! example before each test. By HTTP: `POST /_emulator/snapshots/NAME`,
//! `POST /_emulator/snapshots/NAME/restore`, `DELETE /_emulator/snapshots/NAME` and
//! `GET /_emulator/snapshots`.
//!
//! # Web pages
//!
//! Pages of every origin can call the public operations and the OAuth 2.0 endpoints, as in AWS.
//! Pages of other sites cannot call signed operations or `/_emulator`. A page is of another site if
//! the host of its `Origin` is not `localhost`, `*.localhost`, a loopback address or an allowed
//! name (see below). If a browser sends no `Origin`, the emulator rejects `Sec-Fetch-Site:
//! cross-site` instead, except for links that the user follows. It also rejects sign-ins at
//! identity providers that another site begins in a frame or in the background. Other sites cannot
//! embed the pages below `/_emulator`, and browsers do not store them.
//!
//! Requests whose `Host` is none of these hosts are rejected (403), because the DNS of another site
//! could resolve its name to 127.0.0.1. `EmulatorBuilder::allow_host` and `--allow-host` allow further
//! names, for containers. If the emulator listens on an address that is not a loopback address
//! (`EmulatorBuilder::host`, `--host 0.0.0.0`), `Host` may also be any IP address.
//!
//! # Operations
//!
//! | family | operations |
//! |---|---|
//! | sign-up | `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode` |
//! | sign-in | `InitiateAuth` (`USER_SRP_AUTH`, `USER_PASSWORD_AUTH`, `USER_AUTH`, `CUSTOM_AUTH`, `REFRESH_TOKEN_AUTH`), `RespondToAuthChallenge` (`PASSWORD_VERIFIER`, `CUSTOM_CHALLENGE`, `SELECT_CHALLENGE`, `PASSWORD`, `PASSWORD_SRP`, `EMAIL_OTP`, `SMS_OTP`, `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `NEW_PASSWORD_REQUIRED`, `SELECT_MFA_TYPE`, `MFA_SETUP`, `WEB_AUTHN`, `DEVICE_SRP_AUTH`, `DEVICE_PASSWORD_VERIFIER`), `AdminInitiateAuth`\*, `AdminRespondToAuthChallenge`\* |
//! | tokens | `GetTokensFromRefreshToken`, `RevokeToken`, `GlobalSignOut`, `AdminUserGlobalSignOut`\* |
//! | tokens of app clients | `GetClientToken` |
//! | exchange of tokens | `GetDerivedToken` |
//! | sessions of users | `ListUserSessions`, `RevokeUserSession`, `AdminListUserSessions`\*, `AdminRevokeUserSession`\*, `GetUserPoolSessionConfiguration`\*, `SetUserPoolSessionConfiguration`\*, `GetUserPoolClientSessionConfiguration`\*, `SetUserPoolClientSessionConfiguration`\* |
//! | passwords | `ForgotPassword`, `ConfirmForgotPassword`, `ChangePassword`, `AdminSetUserPassword`\*, `AdminResetUserPassword`\* |
//! | account | `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUserAttributeVerificationCode`, `VerifyUserAttribute`, `DeleteUser` |
//! | second factors | `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference`, `AdminSetUserMFAPreference`\*, `SetUserSettings`, `AdminSetUserSettings`\*, `AdminDeleteSoftwareToken`\*, `GetUserAuthFactors`, `AdminGetUserAuthFactors`\* |
//! | passkeys | `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`, `ListWebAuthnCredentials`, `DeleteWebAuthnCredential` |
//! | devices | `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`, `AdminGetDevice`\*, `AdminListDevices`\*, `AdminUpdateDeviceStatus`\*, `AdminForgetDevice`\* |
//! | users\* | `AdminCreateUser`, `AdminGetUser`, `AdminConfirmSignUp`, `AdminEnableUser`, `AdminDisableUser`, `AdminDeleteUser`, `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`, `ListUsers` |
//! | import of users\* | `CreateUserImportJob`, `DescribeUserImportJob`, `ListUserImportJobs`, `StartUserImportJob`, `StopUserImportJob`, `GetCSVHeader` |
//! | point-in-time recovery\* | `InitiatePointInTimeRecovery`, `StartPointInTimeRecovery`, `CancelPointInTimeRecovery`, `DescribePointInTimeRecovery`, `ListPointInTimeRecoveries` |
//! | groups\* | `CreateGroup`, `GetGroup`, `UpdateGroup`, `DeleteGroup`, `ListGroups`, `ListUsersInGroup`, `AdminAddUserToGroup`, `AdminRemoveUserFromGroup`, `AdminListGroupsForUser` |
//! | links to identity providers\* | `AdminLinkProviderForUser`, `AdminDisableProviderForUser` |
//! | threat protection\* | `SetRiskConfiguration`, `DescribeRiskConfiguration`, `AdminListUserAuthEvents`, `AdminUpdateAuthEventFeedback`, `UpdateAuthEventFeedback` (unsigned) |
//! | delivery of logs\* | `GetLogDeliveryConfiguration`, `SetLogDeliveryConfiguration` |
//! | pools\* | `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`, `AddCustomAttributes`, `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`, `TagResource`, `UntagResource`, `ListTagsForResource` |
//! | replicas\* | `CreateUserPoolReplica`, `UpdateUserPoolReplica`, `DeleteUserPoolReplica`, `ListUserPoolReplicas` |
//! | identity providers\* | `CreateIdentityProvider`, `DescribeIdentityProvider`, `UpdateIdentityProvider`, `DeleteIdentityProvider`, `ListIdentityProviders`, `GetIdentityProviderByIdentifier`, `GetSigningCertificate` |
//! | branding of the hosted pages\* | `GetUICustomization`, `SetUICustomization`, `CreateManagedLoginBranding`, `DescribeManagedLoginBranding`, `DescribeManagedLoginBrandingByClient`, `UpdateManagedLoginBranding`, `DeleteManagedLoginBranding` |
//! | client id metadata documents\* | `CreateCIMDPolicy`, `DescribeCIMDPolicy`, `UpdateCIMDPolicy`, `DeleteCIMDPolicy`, `ListCIMDPolicies`, `ListClientMetadataURLs`, `UpdateClientMetadataURLState` |
//! | quotas of request rates\* | `GetProvisionedLimit`, `UpdateProvisionedLimit` |
//! | terms documents\* | `CreateTerms`, `DescribeTerms`, `DescribeTermsByClient`, `UpdateTerms`, `DeleteTerms`, `ListTerms` |
//! | app clients\* | `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`, `DeleteUserPoolClient`, `ListUserPoolClients`, `AddUserPoolClientSecret`, `ListUserPoolClientSecrets`, `DeleteUserPoolClientSecret` |
//! | OAuth 2.0\* | `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`, `DeleteResourceServer`, `ListResourceServers`, `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain`, `DeleteUserPoolDomain` |
//! | SSM Parameter Store\* | `GetParameter`, `GetParameters`, `GetParametersByPath`, `GetParameterHistory`, `DescribeParameters`, `PutParameter`, `DeleteParameter`, `DeleteParameters`, `LabelParameterVersion`, `UnlabelParameterVersion`, `AddTagsToResource`, `RemoveTagsFromResource`, `ListTagsForResource` |
//! | Secrets Manager\* | `CreateSecret`, `GetSecretValue`, `PutSecretValue`, `UpdateSecret`, `DescribeSecret`, `ListSecrets`, `DeleteSecret`, `RestoreSecret`, `ListSecretVersionIds`, `UpdateSecretVersionStage`, `TagResource`, `UntagResource`, `GetResourcePolicy` |
//! | identity pools | `GetId`, `GetCredentialsForIdentity`, `GetOpenIdToken`, `CreateIdentityPool`\*, `DescribeIdentityPool`\*, `UpdateIdentityPool`\*, `DeleteIdentityPool`\*, `ListIdentityPools`\*, `SetIdentityPoolRoles`\*, `GetIdentityPoolRoles`\* |
//! | STS\* | `GetCallerIdentity` |
//! | KMS\* | `Decrypt`, `DescribeKey`, `Encrypt`, `GenerateDataKey` |
//! | IAM roles, stored only\* | `CreateRole`, `GetRole`, `DeleteRole`, `PutRolePolicy`, `GetRolePolicy`, `DeleteRolePolicy`, `ListRolePolicies`, `AttachRolePolicy`, `DetachRolePolicy`, `ListAttachedRolePolicies`, `ListInstanceProfilesForRole` |
//!
//! \* The operation needs a signed request. Without an `Authorization` header it is rejected, as in
//! AWS. The response to an unknown operation is `UnknownOperationException`. See "Other AWS services"
//! below for accounts and limits.
//!
//! Besides the operations there are these pages:
//!
//! | page | purpose |
//! |---|---|
//! | `GET /<pool id>/.well-known/jwks.json` | the public keys; access and ID tokens have different ones |
//! | `GET /<pool id>/.well-known/openid-configuration` | the discovery document |
//! | `GET /<region>/<pool id>/.well-known/…` | the same documents of a replica |
//! | `GET /.well-known/jwks_uri` | the public key of the tokens of identity pools |
//! | `GET /oauth2/authorize` | redirects to the sign-in page or to an identity provider, or back with a code (or tokens) if the browser has signed in within the last hour |
//! | `GET /login`, `POST /login` | the sign-in page: password, second factor and its set-up, new password, links to identity providers; with `ALLOW_USER_AUTH` and first factors in the pool, the choice between password, code and passkey |
//! | `/signup`, `/confirm`, `POST /resendcode` | the pages for the sign-up and its confirmation code; then the user is signed in |
//! | `GET /confirmUser` | confirms a sign-up by the link in an e-mail (`CONFIRM_WITH_LINK`) |
//! | `/passkeys/add?client_id=…&redirect_uri=…` | registers a passkey of the user who is signed in with the browser |
//! | `/forgotPassword`, `/confirmforgotPassword` | the pages for a forgotten password |
//! | `GET /oauth2/idpresponse`, `POST /oauth2/idpresponse` | the redirect URI for identity providers: creates or updates the user, and redirects back to the client |
//! | `POST /saml2/idpresponse`, `POST /saml2/logout` | receive the responses of SAML providers |
//! | `GET /logout` | signs the browser out |
//! | `POST /oauth2/token` | `authorization_code`, `refresh_token`, `client_credentials`, `urn:ietf:params:oauth:grant-type:token-exchange` |
//! | `POST /oauth2/register` | registers an app client; see "Dynamic client registration" |
//! | `/_emulator/idp/authorize` and other paths below `/_emulator/idp` | identity providers for tests, with OpenID Connect and SAML; see below |
//! | `GET /error` | the error that prevented a redirect to the client: `redirect_mismatch` |
//! | `/oauth2/userInfo` | the claims that the scopes of an access token allow |
//! | `POST /oauth2/revoke` | revokes a refresh token |
//! | `GET /_emulator/window` | the window: web pages for pools, app clients, users, messages, requests, tokens, the clock and faults. `GET /` redirects to it |
//! | `GET /_emulator/health` | responds when the emulator is ready |
//! | `GET /_emulator/inbox?to=<address>` | the messages to an address as a JSON array, oldest first; a plus sign needs no escape. Without `to`, all messages. The messages of custom senders have no code, subject and text |
//! | `GET /_emulator/ca.pem` | the certificate that clients must trust for HTTPS |
//! | `POST /_emulator/risk?…` | sets the risk of a user's sign-ins; see "Threat protection" |
//! | `GET /_emulator/feedback?…` | the links in messages about risks, like `UpdateAuthEventFeedback` |
//! | `GET /_emulator/operations` | the names of the operations of user pools in two lists: `emulated` and `unknown` (rejected) |
//! | `PUT /_emulator/import-jobs/<job id>?…` | the file of an import job (`PreSignedUrl`) |
//! | `GET /_emulator/import-jobs/<job id>` | the results of an import job by line, without data of users |
//! | `GET /_emulator/seed` | the pools, app clients, groups and users as a seed, with passwords, and the secrets of authenticator apps, app clients and identity providers |
//! | `POST /_emulator/reset` | removes everything except pools, clients with their secrets, settings and IAM roles; clients that were registered dynamically are removed too; the groups and users of a seed or template are created again |
//!
//! The hosted pages and the OAuth 2.0 endpoints use the pool of the client in the request, whatever
//! its domains are. Their paths are their names for [`Fault`]s and [`Emulator::calls`]. The name
//! for the public keys of all pools is `jwks.json`.
//!
//! # Settings
//!
//! These settings of pools and clients have an effect:
//!
//! | setting of a pool | effect |
//! |---|---|
//! | `LambdaConfig` | triggers with `http://` URLs of this host, or with ARNs that are mapped to such URLs; see below |
//! | `Policies.PasswordPolicy` | all except `PasswordHistorySize` |
//! | `Policies.SignInPolicy` | the first factors that users can choose; passwords always |
//! | `MfaConfiguration`, `SoftwareTokenMfaConfiguration`, `SmsMfaConfiguration`, `EmailMfaConfiguration` | which second factors are required and can be set up |
//! | `WebAuthnConfiguration` | the domain of passkeys, whether authenticators must verify the user, and whether a passkey replaces both factors |
//! | `SmsConfiguration` | whether text messages can be a second factor and phone numbers can be verified; its content has no effect |
//! | `UsernameAttributes`, `AliasAttributes`, `UsernameConfiguration` | what users sign in with, and whether names are case-sensitive |
//! | `DeviceConfiguration` | whether devices get keys, whether a remembered one replaces the second factor, and whether its user must consent first |
//! | `VerificationMessageTemplate` | the subject and the body of verification messages; with `CONFIRM_WITH_LINK`, the e-mail of a sign-up has a link to `/confirmUser` instead of a code |
//! | `AutoVerifiedAttributes` | which addresses are sent a code at the sign-up and when they change |
//! | `UserAttributeUpdateSettings` | the changed addresses that take effect only when they are verified |
//! | `UserPoolAddOns.AdvancedSecurityMode`, `CustomAuthMode` | whether sign-ins are recorded as events, and whether risks have an effect |
//! | `Schema`, `AddCustomAttributes` | type, bounds, `Required`, `Mutable`, `DeveloperOnlyAttribute` |
//! | `AccountRecoverySetting` | which address a reset code is sent to, or that only administrators reset passwords; without it, SMS before e-mail |
//! | `AdminCreateUserConfig.AllowAdminCreateUserOnly` | `SignUp` is rejected |
//! | `AdminCreateUserConfig.InviteMessageTemplate` | the subject and the body of invitations |
//! | `EmailMfaConfiguration`, `SmsAuthenticationMessage` | the subject and the body of messages with a code for a sign-in |
//! | `DeletionProtection` | `DeleteUserPool` is rejected |
//! | `DcrConfiguration` | whether applications can register app clients, and with which grants and scopes; see below |
//! | `AcrConfiguration` | the names of the authentication levels; see below |
//! | `UserPoolTier` | the period of point-in-time recovery; whether threat protection is allowed; whether users have sessions, authentication levels and tokens for a resource |
//! | `UserSessionTracking`, `TokenSession.MaxPerUser` | whether sign-ins are recorded as sessions, and how many a user can have |
//!
//! | setting of a client | effect |
//! |---|---|
//! | `ExplicitAuthFlows` | which flows work, also by their older names |
//! | `AccessTokenValidity`, `IdTokenValidity`, `RefreshTokenValidity`, `TokenValidityUnits` | the lifetimes of tokens |
//! | `AuthSessionValidity` | the lifetime of a challenge |
//! | `RefreshTokenRotation`, `EnableTokenRevocation`, `PreventUserExistenceErrors` | as AWS describes them |
//! | `ReadAttributes` | which attributes `GetUser`, ID tokens and `NEW_PASSWORD_REQUIRED` show; unlike at AWS, a missing list means all, custom ones too |
//! | `WriteAttributes` | which attributes users may write; a missing list means all as well |
//! | `AllowedOAuthFlowsUserPoolClient`, `AllowedOAuthFlows`, `AllowedOAuthScopes` | the grants and scopes of the hosted pages and the token endpoint |
//! | `CallbackURLs`, `DefaultRedirectURI`, `LogoutURLs` | the allowed redirect URLs, compared exactly |
//! | `SupportedIdentityProviders` | how users sign in at the hosted pages; without `COGNITO` there is no form; if there is only one provider, the browser is redirected to it immediately. Unlike at AWS, a missing list means `COGNITO` |
//! | `EnablePropagateAdditionalUserContextData` | requests can contain the address of the user's device, if the client has a secret |
//! | secrets | up to two; a `SECRET_HASH` with either one is valid |
//! | `PublishSecretsInAWSSecretsManager` | the newest secret is in Secrets Manager, see below |
//!
//! All other settings are stored and returned, but have no effect. For pools: `EmailConfiguration`.
//! `IssuerConfiguration` and `KeyConfiguration` have an effect only for replicas. For clients: `AnalyticsConfiguration`.
//!
//! Verification messages are returned both in `VerificationMessageTemplate` and at the top level.
//! `UsernameConfiguration` and `UserPoolAddOns` are returned only if they were set, as in AWS.
//!
//! # Validation
//!
//! Every request is validated against AWS's service model before its operation runs: required
//! members, types, lengths, ranges, patterns and enums. All violations are reported together, with
//! AWS's messages. A message contains the value, unless the model marks the member as sensitive.
//! If Cognito is known to differ from its model, the emulator behaves like Cognito.
//!
//! An error message lists violations up to 64 KiB; further violations are only counted. It is
//! unknown how AWS shows a value of more than 4096 characters or a list of structures that is too
//! long, and in which order it lists violations. The emulator cuts the value, omits the list, and
//! orders by the name of the member.
//!
#![doc = include_str!("../docs/memory.md")]
#![doc = include_str!("../docs/https.md")]
#![doc = include_str!("../docs/users.md")]
#![doc = include_str!("../docs/hosted-pages.md")]
#![doc = include_str!("../docs/levels.md")]
#![doc = include_str!("../docs/replicas.md")]
#![doc = include_str!("../docs/registration.md")]
#![doc = include_str!("../docs/threats.md")]
#![doc = include_str!("../docs/services.md")]
//!
//! # Triggers
//!
//! Instead of functions in AWS Lambda, triggers are functions of this process
//! ([`EmulatorBuilder::trigger`]) or URLs of this host, to which the event is sent. Set a URL in one
//! of these ways:
//!
//! - [`EmulatorBuilder::trigger_url`];
//! - an `http://` URL instead of a function's ARN in `LambdaConfig`, in a request or in a seed;
//! - the ARN in `LambdaConfig`, and a URL for the name of the function: with
//!   [`EmulatorBuilder::function`], with `--function NAME=URL`, or in a seed.
//!
//! Events are sent only to `localhost`, `127.0.0.1` and `[::1]`; other URLs are rejected. Triggers
//! receive AWS's events and return them with the response filled in; [`Trigger`] lists them. If the
//! path of the URL is `/2015-03-31/functions/NAME/invocations`, the server must implement Lambda's
//! operation `Invoke`. These tools do so on this host:
//!
//! | tool | URL |
//! |---|---|
//! | SAM: `sam local start-lambda` | `http://127.0.0.1:3001/2015-03-31/functions/LOGICAL_ID/invocations`, with the logical id of the function in the template |
//! | LocalStack: `localstack start` | `http://127.0.0.1:4566/2015-03-31/functions/NAME/invocations` |
//! | cargo-lambda: `cargo lambda watch` | `http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations`, with the name of the binary |
//!
//! If a trigger rejects the request, fails, times out or returns an invalid response, the operation
//! fails with the same exception as in Cognito. As in Cognito, a call of a URL that takes longer
//! than five seconds ([`EmulatorBuilder::trigger_timeout`], `--trigger-timeout`) is repeated, up to
//! three calls in all; other failures are final. Starting a function can take longer: raise the
//! timeout for that. A trigger may call the emulator. At most 256 requests can wait for triggers at
//! the same time; further requests are rejected with `TooManyRequestsException`.
//!
//! The pre token generation trigger has three versions. `PreTokenGeneration` is version 1.
//! `PreTokenGenerationConfig` contains a version and a function. In AWS the two members "have the
//! same value": setting one also sets the other, and two different functions are rejected.
//!
//! | `LambdaVersion` | event | changes |
//! |---|---|---|
//! | `V1_0` ([`Trigger::PreTokenGeneration`]) | `"version": "1"`, `claimsOverrideDetails` | claims of the ID token (strings only); groups of both tokens |
//! | `V2_0` ([`Trigger::PreTokenGenerationV2`]) | `"version": "2"`, `claimsAndScopeOverrideDetails` | claims of both tokens, scopes of the access token, groups of both |
//! | `V3_0` ([`Trigger::PreTokenGenerationV3`]) | `"version": "3"`, `claimsAndScopeOverrideDetails` | the changes of `V2_0`, also in access tokens of `client_credentials` (`aws_client_metadata` of the request becomes `clientMetadata`) |
//!
//! Custom senders ([`Trigger::CustomEmailSender`], [`Trigger::CustomSmsSender`]) send messages instead
//! of the pool. They need `KMSKeyID`, the ARN of a KMS key; for functions of this process there is a
//! default key. `request.code` is a message of the AWS Encryption SDK in base64. The KMS of the
//! emulator decrypts it: set `AWS_ENDPOINT_URL_KMS`. As in a code that Cognito sent in 2023, the
//! algorithm suite is `0x0378` (AES-256-GCM, HKDF-SHA-384, ECDSA P-384), without key commitment.
//! Today's SDKs therefore need the commitment policy `REQUIRE_ENCRYPT_ALLOW_DECRYPT`. The inbox has
//! the message without its code and text ([`Message::trigger`]).
//!
#![doc = include_str!("../docs/identity-providers.md")]
//!
//! # Limits of the emulator
//!
//! - **Signatures of requests are not verified**, and IAM is not emulated. A signed operation only
//!   needs an `Authorization` header that begins with `AWS4-`.
//! - **The signing keys are public** unless you set others with [`EmulatorBuilder::signing_keys`].
//!   A verifier that trusts an emulator accepts forged tokens.
//! - **Quotas are approximated.** The limits per user and hour and the lockout after wrong
//!   passwords and codes are implemented. Quotas of request rates are enforced only with
//!   [`EmulatorBuilder::enforce_quotas`] or `--enforce-quotas`, and not at the OAuth 2.0 endpoints. If
//!   AWS documents a range for a limit, the emulator uses a fixed number. If
//!   `PreventUserExistenceErrors` of an app client is `ENABLED`, requests for a reset code or a
//!   confirmation code are limited by the name in the request, with and without a user. AWS
//!   documents no limit for names without a user.
//! - **Consistency and speed differ.** Changes are visible immediately, and responses are fast.
//!   There is one endpoint for all regions. A pool that a request creates is in the region of the
//!   request's signature. A pool of a seed is in the region of its id. Only a pool with a replica
//!   depends on the region of a request; see "Replicas". A provisioned limit applies to one
//!   account and region.
//! - **Messages are not delivered.** Subjects, SES, SNS and spam filters are not tested.
//! - **The tolerance for the time in an SRP proof** is not documented. The emulator accepts a
//!   difference of 15 minutes. A greater difference is rejected like a wrong password. If the clock was
//!   advanced or frozen in the window, the time of the host is accepted too.
//! - **Attestation of authenticators is ignored.** It is not requested, and an attestation
//!   statement is not checked. Passkeys cannot be used in apps (`android:` origins) or in frames of
//!   other sites. The relying party must be configured; it is not derived from the domain of the
//!   hosted pages. It must contain a dot, or be `localhost`; whether it is a public suffix is not
//!   checked.
//! - **No password history.**
//! - **Functions in AWS Lambda are not called.** An ARN in `LambdaConfig` that is not mapped to a URL
//!   of this host is only stored and returned. Functions of this
//!   process have no timeout. In a custom sign-in, triggers can request the challenges
//!   `PASSWORD_VERIFIER` and `CUSTOM_CHALLENGE`. The emulator adds neither a second factor nor
//!   `NEW_PASSWORD_REQUIRED`. A seed, a template and the methods of [`Emulator`] call no trigger.
//! - **Custom senders are called before the response.** Cognito invokes them asynchronously. The
//!   emulator waits for one call, at most for the timeout, and ignores its result. There is no
//!   `CustomEmailSender_AccountTakeOverNotification`. The address of the message is always in
//!   `userAttributes`.
//! - **KMS has only the keys of pools.** A key exists if it is the `KMSKeyID` of a pool, or if it has
//!   encrypted a code. It has no aliases, grants or policies.
//! - **The hosted pages are plain.** Users can set up an authenticator app or e-mail codes as a
//!   second factor, but no phone number. There is no page for `CUSTOM_AUTH`.
//!   `/passkeys/add` leads a browser that is not signed in to the sign-in page, and then to the
//!   redirect URI; it is unknown what Cognito does. The sign-up page has fields for the user name,
//!   the required attributes and, if the user name is no address, for the addresses that the pool
//!   verifies. After the confirmation, the user is signed in if the browser has signed up within the
//!   last three minutes (`AuthSessionValidity`); a second factor is required as in any sign-in. The
//!   parameter `lang` selects English (`en`, the default), French (`fr`), German (`de`), Japanese
//!   (`ja`) or Spanish (`es`). Rare error messages are English in each language. Codes and tokens for
//!   client credentials are valid only in the same emulator.
//! - **The hosted pages show a part of their branding.** If the app client has a managed login style,
//!   the pages use its image `FORM_LOGO` and, in the light mode, its colours for text, fields, links,
//!   buttons and backgrounds. Otherwise they use the customization of the classic pages: the logo
//!   (PNG or JPEG), and the CSS rules whose selector is one class of AWS's list and whose values are
//!   plain. Other CSS is ignored. Images of more than 256 KiB are not shown. The image of a
//!   customization has no URL.
//! - **Sign-in through identity providers is limited.** The URLs of a discovery
//!   document are not added to the details of a provider. For a Google user, only the
//!   claims of the ID token are read, not the claims of the People API. Key sets are not cached.
//!   Threat protection records no event. A sign-out does not sign the user out at an OAuth 2.0
//!   provider.
//! - **Sessions of users are recorded only for tokens.** The sign-in of a browser at the hosted pages
//!   is not in the lists, so no session is linked to another. The device type and the place of a
//!   session are unknown.
//! - **Undocumented behaviour of Cognito is interpreted** as follows:
//!   - *Groups.* `UpdateGroup` keeps the fields that the request omits. Removing a user who is not
//!     in a group is not an error.
//!   - *Set-up of factors.* `MFA_SETUP` accepts an address as `EMAIL`, and then requires the code
//!     that was sent to it with `EMAIL_OTP`. `VerifySoftwareToken` registers the factor even if the
//!     client does not respond to `MFA_SETUP` afterwards. The session of a set-up becomes invalid
//!     when the user has a second factor. The session for a new password becomes invalid when the
//!     user no longer needs a new password.
//!   - *Choice-based sign-in.* If a client chooses `PASSWORD` or `PASSWORD_SRP` without the
//!     parameters of the challenge, the next challenge is the chosen one. Wrong codes of a first
//!     factor cause the same lockout as wrong passwords. Wrong codes of a second factor and of its
//!     set-up have separate lockouts, which a right password does not end.
//!   - *Sessions of a sign-up.* `ConfirmSignUp` returns a session to every client with
//!     `ALLOW_USER_AUTH`. If the request has the session of the sign-up, the new session signs the
//!     user in. If the request has no session, the new session counts as a code that was sent to
//!     the confirmed address: it signs the user in if the pool allows such codes as a first factor,
//!     and otherwise leads to `SELECT_CHALLENGE` (as reported by users of Amplify). If the request
//!     has an invalid session, no session is returned. A sign-in with the new session requires
//!     no second factor, even if the pool requires one: the confirmation code replaces it.
//!   - *Unknown users.* `USER_AUTH` of an unknown user returns `UserNotFoundException`. With
//!     `PreventUserExistenceErrors` it returns a choice between `PASSWORD` and `PASSWORD_SRP`, which
//!     is the same each time. Cognito instead returns a random challenge that the pool allows: a
//!     passkey, a code or a password (developer guide, "Managing user existence error responses").
//!     With a preferred code, it was observed to return different challenges for unknown names
//!     (amplify-js#14195). So if codes or passkeys are allowed, unknown users can differ from
//!     existing users, in the emulator and in AWS.
//!   - *Users without a password.* If codes are a first factor, a user whom an operator creates
//!     without a password is confirmed and gets no invitation.
//!   - *Passkeys.* The name of a passkey is its number. A registration must be completed within
//!     three minutes, in one attempt. The user handle is the `sub`. A wrong proof is rejected like
//!     a wrong password, and the session becomes invalid. A user who has twenty passkeys cannot
//!     start another registration.
//!   - *Devices.* Each step of a sign-in uses the device key in its own request. The proof of a
//!     remembered device is the last step, and its requests need no session. A wrong proof ends the
//!     sign-in. A device that is not remembered does not replace the second factor, but its key is
//!     accepted. The refresh token of a forgotten device is invalid. The last address of a device
//!     is always 127.0.0.1.
//!   - *Federated users.* If a request selects a provider through which the browser's user has not
//!     signed in, the browser is redirected to the provider. A missing claim does not change the
//!     attribute. Lists and objects in claims become JSON. No PKCE challenge is sent to providers.
//!     A linked user does not join the group of the provider. If the trigger `PreSignUp` links the
//!     account, the sign-in fails with `Already found an entry for username …`, and the next
//!     sign-in succeeds. In some pools of AWS, the first sign-in succeeds too.
//!   - *Errors of providers.* The messages for a wrong `id_token`, except for a wrong issuer, and for
//!     a provider that cannot be called are the emulator's own.
//! - **A seed or template replaces the settings of a builder.** Its pools have its settings.
//!   Only the signing keys, clock, random seed, host, port, HTTPS, attempt limits, allowed hosts,
//!   Lambda functions, trigger timeout, compromised passwords, risk of new addresses, destinations
//!   of logs and the permission for remote providers of the [`EmulatorBuilder`]
//!   are used ([`EmulatorBuilder::prepared`]).
//! - **`client_credentials` with a scope that no resource server has** is rejected with
//!   `invalid_scope`. The behaviour of Cognito is unknown: one guide of AWS states that the scope
//!   is dropped, another that the error is `invalid_grant`. Do not rely on either. A client must
//!   handle the error, and must check the scopes of the token.
//! - **An unknown `client_id`** at the authorization endpoint results in a page with status 400. It
//!   is unknown to which page Cognito redirects the browser. It does not redirect to the redirect
//!   URI.
//! - **A `DateTime` attribute accepts any string**, and there is no quota of pools or clients.
//! - **Error messages** are those that AWS documents or that are known from public reports. A few
//!   others are worded similarly. Programs should use the name of the exception.

mod builder;
// For the commands `cognito-emulator` and `cognito emulator`. Not part of the public API.
#[cfg(feature = "command")]
#[doc(hidden)]
pub mod command;
mod emulator;
mod http;
mod model;
mod operations;
mod outgoing;
mod state;
mod triggers;

pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use http::fault::Fault;
pub use http::message::{Request, Response};
#[cfg(feature = "https")]
pub use http::tls::Https;
pub use model::client::oauth::OAuthFlow;
pub use model::client::{AuthFlow, Client};
pub use model::error::{ConnectionClosed, FaultError, SeedError, SnapshotError, StartError};
pub use model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ProviderType, ThreatProtection, UserVerification,
    Usernames,
};
pub use model::policy::PasswordPolicy;
pub use model::risk::RiskLevel;
pub use model::totp::totp_code;
pub use model::trigger::{Trigger, TriggerError};
pub use operations::seed::Seed;
pub use operations::template::Template;
pub use operations::template::stack::Output;
pub use state::inbox::{Inbox, Medium, Message, Purpose};
pub use state::parameters::ParameterStore;

/// Compiles and runs the code in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
