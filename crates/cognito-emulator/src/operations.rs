//! The table of the operations that the emulator supports, and the modules that implement them.

pub(crate) mod account;
pub(crate) mod administration;
pub(crate) mod authentication;
mod common;
pub(crate) mod export;
pub(crate) mod federation;
pub(crate) mod imports;
pub(crate) mod initial;
pub(crate) mod metadata_documents;
pub(crate) mod page;
pub(crate) mod pools;
pub(crate) mod quotas;
pub(crate) mod registration;
pub(crate) mod restorations;
pub(crate) mod secondary;
pub(crate) mod seed;
pub(crate) mod services;
pub(crate) mod template;
pub(crate) mod test_provider;

use crate::model::aws::Api;
use crate::model::failure::{Answer, Failure};
use crate::operations::authentication::risk;
use crate::state::call::Call;
pub(crate) use services::SERVICES;

type Run = fn(&Call<'_>) -> Answer;

/// An operation of Cognito or of another AWS service, with the rules for its requests.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The unique name of the operation, for faults and counters. This is usually AWS's name of the
    /// operation.
    ///
    /// If several operations have the same AWS name, this field contains the AWS name only for the
    /// first of them in [`all`]. For the other operations, it contains the value of the header
    /// `X-Amz-Target`, such as `AmazonSSM.ListTagsForResource`.
    pub(crate) name: &'static str,
    /// `true` if the request needs an `Authorization` header, as in AWS's signed requests.
    pub(crate) signed: bool,
    /// `true` if the request must contain the id of an existing pool (`UserPoolId`).
    has_pool: bool,
    pub(crate) api: Api,
    run: Run,
}

impl Operation {
    /// Returns AWS's name of the operation.
    pub(crate) fn action(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// Runs the operation, and delivers the messages that it creates. If the trigger
    /// `CustomMessage` fails, returns the error of the trigger, but keeps the changes of the
    /// operation.
    pub(crate) fn perform(&self, call: &Call<'_>) -> Answer {
        if self.has_pool {
            call.check_pool()?;
        }
        call.settle(check_allowed(call, call.operation).and_then(|()| (self.run)(call)))
    }
}

/// Fails if a request must be rejected before its operation runs:
///
/// - The request exceeds a quota that the emulator enforces.
/// - The request is for a replica that does not accept the operation.
/// - The request writes user data during a recovery of the pool.
/// - The request is a sign-up or a sign-in from a blocked address.
///
/// `operation` is AWS's name of the operation.
pub(crate) fn check_allowed(call: &Call<'_>, operation: &str) -> Result<(), Failure> {
    quotas::check(call, operation)?;
    secondary::check(call, operation)?;
    restorations::check_writable(call, operation)?;
    risk::check_address(call, operation)
}

/// Creates an operation of Cognito that anyone can call without AWS credentials.
const fn open(name: &'static str, run: Run) -> Operation {
    Operation {
        name,
        signed: false,
        has_pool: false,
        api: Api::Cognito,
        run,
    }
}

/// Creates an operation of Cognito whose requests must be signed with AWS credentials.
const fn signed(name: &'static str, run: Run) -> Operation {
    Operation {
        signed: true,
        ..open(name, run)
    }
}

/// Creates an operation of Cognito whose requests must be signed and contain the id of a pool.
const fn on_pool(name: &'static str, run: Run) -> Operation {
    Operation {
        has_pool: true,
        ..signed(name, run)
    }
}

/// All operations of Cognito user pools, sorted by name.
pub(crate) const OPERATIONS: &[Operation] = {
    use account::{
        attributes, devices, mfa, passkeys, password as own_password, profile, sessions,
    };
    use administration::{auth_events, groups, list, providers, users};
    use authentication::{
        challenge, client_token, derived_token, password, refresh, sign_in, sign_up,
    };
    use pools::pool::{self, mfa as pool_mfa};
    use pools::{branding, clients, domains, identity_providers, limits, metadata_policies};
    use pools::{replicas, resource_servers, session_settings, stored, terms};
    &[
        on_pool("AddCustomAttributes", pool::add_attributes),
        on_pool("AddUserPoolClientSecret", clients::add_secret),
        on_pool("AdminAddUserToGroup", groups::add),
        on_pool("AdminConfirmSignUp", users::confirm),
        on_pool("AdminCreateUser", users::create),
        on_pool("AdminDeleteSoftwareToken", mfa::delete_totp),
        on_pool("AdminDeleteUser", users::delete),
        on_pool("AdminDeleteUserAttributes", attributes::delete),
        on_pool("AdminDisableProviderForUser", providers::unlink),
        on_pool("AdminDisableUser", users::disable),
        on_pool("AdminEnableUser", users::enable),
        on_pool("AdminForgetDevice", devices::forget),
        on_pool("AdminGetDevice", devices::get),
        on_pool("AdminGetUser", users::get),
        on_pool("AdminGetUserAuthFactors", mfa::auth_factors),
        on_pool("AdminInitiateAuth", sign_in::initiate_auth),
        on_pool("AdminLinkProviderForUser", providers::link),
        on_pool("AdminListDevices", devices::list),
        on_pool("AdminListGroupsForUser", groups::list_for_user),
        on_pool("AdminListUserAuthEvents", auth_events::list),
        on_pool("AdminListUserSessions", sessions::list),
        on_pool("AdminRemoveUserFromGroup", groups::remove),
        on_pool("AdminResetUserPassword", users::reset_password),
        on_pool("AdminRespondToAuthChallenge", challenge::respond),
        on_pool("AdminRevokeUserSession", sessions::revoke),
        on_pool("AdminSetUserMFAPreference", mfa::set_preference),
        on_pool("AdminSetUserPassword", users::set_password),
        on_pool("AdminSetUserSettings", mfa::set_settings),
        on_pool("AdminUpdateAuthEventFeedback", auth_events::feedback),
        on_pool("AdminUpdateDeviceStatus", devices::update_status),
        on_pool("AdminUpdateUserAttributes", attributes::update),
        on_pool("AdminUserGlobalSignOut", users::sign_out),
        open("AssociateSoftwareToken", mfa::associate),
        on_pool("CancelPointInTimeRecovery", restorations::cancel),
        open("ChangePassword", own_password::change),
        open("CompleteWebAuthnRegistration", passkeys::complete),
        open("ConfirmDevice", devices::confirm),
        open("ConfirmForgotPassword", password::confirm),
        open("ConfirmSignUp", sign_up::confirm),
        on_pool("CreateCIMDPolicy", metadata_policies::create),
        on_pool("CreateGroup", groups::create),
        on_pool("CreateIdentityProvider", identity_providers::create),
        on_pool("CreateManagedLoginBranding", branding::create),
        on_pool("CreateResourceServer", resource_servers::create),
        on_pool("CreateTerms", terms::create),
        on_pool("CreateUserImportJob", imports::create),
        signed("CreateUserPool", pool::create),
        on_pool("CreateUserPoolClient", clients::create),
        on_pool("CreateUserPoolDomain", domains::create),
        on_pool("CreateUserPoolReplica", replicas::create),
        on_pool("DeleteCIMDPolicy", metadata_policies::delete),
        on_pool("DeleteGroup", groups::delete),
        on_pool("DeleteIdentityProvider", identity_providers::delete),
        on_pool("DeleteManagedLoginBranding", branding::delete),
        on_pool("DeleteResourceServer", resource_servers::delete),
        on_pool("DeleteTerms", terms::delete),
        open("DeleteUser", profile::delete),
        open("DeleteUserAttributes", attributes::delete),
        on_pool("DeleteUserPool", pool::delete),
        on_pool("DeleteUserPoolClient", clients::delete),
        on_pool("DeleteUserPoolClientSecret", clients::delete_secret),
        on_pool("DeleteUserPoolDomain", domains::delete),
        on_pool("DeleteUserPoolReplica", replicas::delete),
        open("DeleteWebAuthnCredential", passkeys::delete),
        on_pool("DescribeCIMDPolicy", metadata_policies::describe),
        on_pool("DescribeIdentityProvider", identity_providers::describe),
        on_pool("DescribeManagedLoginBranding", branding::describe),
        on_pool(
            "DescribeManagedLoginBrandingByClient",
            branding::describe_by_client,
        ),
        on_pool("DescribePointInTimeRecovery", restorations::describe),
        on_pool("DescribeResourceServer", resource_servers::get),
        on_pool("DescribeRiskConfiguration", stored::risk_configuration),
        on_pool("DescribeTerms", terms::describe),
        on_pool("DescribeTermsByClient", terms::describe_by_client),
        on_pool("DescribeUserImportJob", imports::describe),
        on_pool("DescribeUserPool", pool::describe),
        on_pool("DescribeUserPoolClient", clients::describe),
        signed("DescribeUserPoolDomain", domains::describe),
        open("ForgetDevice", devices::forget),
        open("ForgotPassword", password::forgot),
        on_pool("GetCSVHeader", imports::csv_header),
        open("GetClientToken", client_token::get),
        open("GetDerivedToken", derived_token::get),
        open("GetDevice", devices::get),
        on_pool("GetGroup", groups::get),
        on_pool(
            "GetIdentityProviderByIdentifier",
            identity_providers::by_identifier,
        ),
        on_pool("GetLogDeliveryConfiguration", stored::log_delivery),
        signed("GetProvisionedLimit", limits::get),
        on_pool("GetSigningCertificate", stored::certificate),
        open("GetTokensFromRefreshToken", refresh::get_tokens),
        on_pool("GetUICustomization", stored::ui_customization),
        open("GetUser", profile::get),
        open("GetUserAttributeVerificationCode", attributes::send_code),
        open("GetUserAuthFactors", mfa::auth_factors),
        on_pool(
            "GetUserPoolClientSessionConfiguration",
            session_settings::get_of_client,
        ),
        on_pool("GetUserPoolMfaConfig", pool_mfa::get),
        on_pool("GetUserPoolSessionConfiguration", session_settings::get),
        open("GlobalSignOut", profile::sign_out),
        open("InitiateAuth", sign_in::initiate_auth),
        on_pool("InitiatePointInTimeRecovery", restorations::initiate),
        on_pool("ListCIMDPolicies", metadata_policies::list),
        on_pool("ListClientMetadataURLs", metadata_policies::list_urls),
        open("ListDevices", devices::list),
        on_pool("ListGroups", groups::list),
        on_pool("ListIdentityProviders", identity_providers::list),
        on_pool("ListPointInTimeRecoveries", restorations::list),
        on_pool("ListResourceServers", resource_servers::list),
        signed("ListTagsForResource", pool::list_tags),
        on_pool("ListTerms", terms::list),
        on_pool("ListUserImportJobs", imports::list),
        on_pool("ListUserPoolClientSecrets", clients::list_secrets),
        on_pool("ListUserPoolClients", clients::list),
        on_pool("ListUserPoolReplicas", replicas::list),
        signed("ListUserPools", pool::list),
        open("ListUserSessions", sessions::list),
        on_pool("ListUsers", list::users),
        on_pool("ListUsersInGroup", groups::list_users),
        open("ListWebAuthnCredentials", passkeys::list),
        open("ResendConfirmationCode", sign_up::resend),
        open("RespondToAuthChallenge", challenge::respond),
        open("RevokeToken", refresh::revoke),
        open("RevokeUserSession", sessions::revoke),
        on_pool("SetLogDeliveryConfiguration", stored::set_log_delivery),
        on_pool("SetRiskConfiguration", stored::set_risk_configuration),
        on_pool("SetUICustomization", stored::set_ui_customization),
        open("SetUserMFAPreference", mfa::set_preference),
        on_pool(
            "SetUserPoolClientSessionConfiguration",
            session_settings::set_of_client,
        ),
        on_pool("SetUserPoolMfaConfig", pool_mfa::set),
        on_pool("SetUserPoolSessionConfiguration", session_settings::set),
        open("SetUserSettings", mfa::set_settings),
        open("SignUp", sign_up::sign_up),
        on_pool("StartPointInTimeRecovery", restorations::start),
        on_pool("StartUserImportJob", imports::start),
        open("StartWebAuthnRegistration", passkeys::start),
        on_pool("StopUserImportJob", imports::stop),
        signed("TagResource", pool::tag),
        signed("UntagResource", pool::untag),
        open("UpdateAuthEventFeedback", auth_events::feedback_by_token),
        on_pool("UpdateCIMDPolicy", metadata_policies::update),
        on_pool(
            "UpdateClientMetadataURLState",
            metadata_policies::update_url,
        ),
        open("UpdateDeviceStatus", devices::update_status),
        on_pool("UpdateGroup", groups::update),
        on_pool("UpdateIdentityProvider", identity_providers::update),
        on_pool("UpdateManagedLoginBranding", branding::update),
        signed("UpdateProvisionedLimit", limits::update),
        on_pool("UpdateResourceServer", resource_servers::update),
        on_pool("UpdateTerms", terms::update),
        open("UpdateUserAttributes", attributes::update),
        on_pool("UpdateUserPool", pool::update),
        on_pool("UpdateUserPoolClient", clients::update),
        on_pool("UpdateUserPoolDomain", domains::update),
        on_pool("UpdateUserPoolReplica", replicas::update),
        open("VerifySoftwareToken", mfa::verify),
        open("VerifyUserAttribute", attributes::verify),
    ]
};

pub(crate) const COUNT: usize = OPERATIONS.len() + SERVICES.len();

/// Returns all operations: first the operations of Cognito user pools, then the operations of other
/// services.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(SERVICES)
}

/// Returns an operation of a service by AWS's name, and its index in [`all`]. Returns `None` if the
/// emulator does not have the operation.
pub(crate) fn find(api: Api, name: &str) -> Option<(usize, &'static Operation)> {
    let mut all = all().enumerate();
    // The comparison of the end is cheap, and excludes most operations.
    all.find(|(_, it)| it.api == api && it.name.ends_with(name) && it.action() == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_in_order_and_once() {
        assert!(
            OPERATIONS
                .windows(2)
                .all(|pair| pair[0].name < pair[1].name)
        );
        let names: BTreeSet<_> = all().map(|known| known.name).collect();
        assert_eq!(names.len(), COUNT);
    }

    #[test]
    fn operator_operations_check_the_pool() {
        // `Call::user_ref` relies on it.
        let mut operators = OPERATIONS
            .iter()
            .filter(|operation| operation.name.starts_with("Admin"));
        assert!(operators.all(|operation| operation.has_pool));
    }

    #[test]
    fn shared_names_contain_their_service() {
        for operation in SERVICES.iter().filter(|known| known.name.contains('.')) {
            let target = format!("{}.{}", operation.api.target(), operation.action());
            assert_eq!(operation.name, target);
        }
    }

    #[test]
    fn operations_belong_to_their_service() {
        for (api, name, expected) in [
            (Api::Cognito, "SignUp", Some("SignUp")),
            (Api::Ssm, "SignUp", None),
            (Api::Cognito, "TagResource", Some("TagResource")),
            (Api::Ssm, "getParameter", None),
            (Api::Ssm, "AmazonSSM.ListTagsForResource", None),
            (Api::Ssm, "", None),
        ] {
            let found = find(api, name).map(|(_, operation)| operation.name);
            assert_eq!(found, expected, "{name}");
        }
        let all: Vec<_> = all().collect();
        let (place, tags) = find(Api::Ssm, "ListTagsForResource").expect("an operation");
        assert_eq!(all[place].name, tags.name);
        assert_eq!(tags.name, "AmazonSSM.ListTagsForResource");
    }
}
