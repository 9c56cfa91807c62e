//! The list of all operations, and which of them must be signed.

pub(crate) mod account;
pub(crate) mod administration;
pub(crate) mod authentication;
mod common;
pub(crate) mod page;
pub(crate) mod pools;
pub(crate) mod seed;
pub(crate) mod ssm;

use crate::model::failure::Answer;
use crate::state::call::Call;

type Run = fn(&Call<'_>) -> Answer;

/// An operation of one of the two services.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// `true` if the caller needs AWS credentials.
    pub(crate) signed: bool,
    /// `true` if the request contains the id of a pool, which must exist.
    has_pool: bool,
    service: &'static str,
    run: Run,
}

impl Operation {
    /// Runs the operation and delivers its messages. If a trigger for a message fails, the changes
    /// of the operation are kept.
    pub(crate) fn perform(&self, call: &Call<'_>) -> Answer {
        if self.has_pool {
            call.check_pool()?;
        }
        call.settle((self.run)(call))
    }
}

const COGNITO: &str = "AWSCognitoIdentityProviderService";
const SSM: &str = "AmazonSSM";

/// Creates an operation that needs no AWS credentials.
const fn open(name: &'static str, run: Run) -> Operation {
    Operation {
        name,
        signed: false,
        has_pool: false,
        service: COGNITO,
        run,
    }
}

/// Creates an operation that needs AWS credentials.
const fn signed(name: &'static str, run: Run) -> Operation {
    Operation {
        signed: true,
        ..open(name, run)
    }
}

/// Creates an operation on a pool that needs AWS credentials.
const fn on_pool(name: &'static str, run: Run) -> Operation {
    Operation {
        has_pool: true,
        ..signed(name, run)
    }
}

const fn parameters(name: &'static str, run: Run) -> Operation {
    Operation {
        service: SSM,
        ..signed(name, run)
    }
}

/// Every operation, by name.
pub(crate) const OPERATIONS: &[Operation] = {
    use account::{attributes, devices, mfa, passkeys, password as own_password, profile};
    use administration::{auth_events, groups, list, providers, users};
    use authentication::{challenge, password, refresh, sign_in, sign_up};
    use pools::pool::{self, mfa as pool_mfa};
    use pools::{clients, domains, identity_providers, resource_servers, stored};
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
        on_pool("AdminRemoveUserFromGroup", groups::remove),
        on_pool("AdminResetUserPassword", users::reset_password),
        on_pool("AdminRespondToAuthChallenge", challenge::respond),
        on_pool("AdminSetUserMFAPreference", mfa::set_preference),
        on_pool("AdminSetUserPassword", users::set_password),
        on_pool("AdminUpdateAuthEventFeedback", auth_events::feedback),
        on_pool("AdminUpdateDeviceStatus", devices::update_status),
        on_pool("AdminUpdateUserAttributes", attributes::update),
        on_pool("AdminUserGlobalSignOut", users::sign_out),
        open("AssociateSoftwareToken", mfa::associate),
        open("ChangePassword", own_password::change),
        open("CompleteWebAuthnRegistration", passkeys::complete),
        open("ConfirmDevice", devices::confirm),
        open("ConfirmForgotPassword", password::confirm),
        open("ConfirmSignUp", sign_up::confirm),
        on_pool("CreateGroup", groups::create),
        on_pool("CreateIdentityProvider", identity_providers::create),
        on_pool("CreateResourceServer", resource_servers::create),
        signed("CreateUserPool", pool::create),
        on_pool("CreateUserPoolClient", clients::create),
        on_pool("CreateUserPoolDomain", domains::create),
        on_pool("DeleteGroup", groups::delete),
        on_pool("DeleteIdentityProvider", identity_providers::delete),
        on_pool("DeleteResourceServer", resource_servers::delete),
        open("DeleteUser", profile::delete),
        open("DeleteUserAttributes", attributes::delete),
        on_pool("DeleteUserPool", pool::delete),
        on_pool("DeleteUserPoolClient", clients::delete),
        on_pool("DeleteUserPoolClientSecret", clients::delete_secret),
        on_pool("DeleteUserPoolDomain", domains::delete),
        open("DeleteWebAuthnCredential", passkeys::delete),
        on_pool("DescribeIdentityProvider", identity_providers::describe),
        on_pool("DescribeResourceServer", resource_servers::get),
        on_pool("DescribeRiskConfiguration", stored::risk_configuration),
        on_pool("DescribeUserPool", pool::describe),
        on_pool("DescribeUserPoolClient", clients::describe),
        signed("DescribeUserPoolDomain", domains::describe),
        open("ForgetDevice", devices::forget),
        open("ForgotPassword", password::forgot),
        on_pool("GetCSVHeader", stored::csv_header),
        open("GetDevice", devices::get),
        on_pool("GetGroup", groups::get),
        on_pool(
            "GetIdentityProviderByIdentifier",
            identity_providers::by_identifier,
        ),
        on_pool("GetLogDeliveryConfiguration", stored::log_delivery),
        parameters("GetParameter", ssm::get_parameter),
        parameters("GetParameters", ssm::get_parameters),
        on_pool("GetSigningCertificate", stored::certificate),
        open("GetTokensFromRefreshToken", refresh::get_tokens),
        on_pool("GetUICustomization", stored::ui_customization),
        open("GetUser", profile::get),
        open("GetUserAttributeVerificationCode", attributes::send_code),
        open("GetUserAuthFactors", mfa::auth_factors),
        on_pool("GetUserPoolMfaConfig", pool_mfa::get),
        open("GlobalSignOut", profile::sign_out),
        open("InitiateAuth", sign_in::initiate_auth),
        open("ListDevices", devices::list),
        on_pool("ListGroups", groups::list),
        on_pool("ListIdentityProviders", identity_providers::list),
        on_pool("ListResourceServers", resource_servers::list),
        signed("ListTagsForResource", pool::list_tags),
        on_pool("ListUserPoolClientSecrets", clients::list_secrets),
        on_pool("ListUserPoolClients", clients::list),
        signed("ListUserPools", pool::list),
        on_pool("ListUsers", list::users),
        on_pool("ListUsersInGroup", groups::list_users),
        open("ListWebAuthnCredentials", passkeys::list),
        parameters("PutParameter", ssm::put_parameter),
        open("ResendConfirmationCode", sign_up::resend),
        open("RespondToAuthChallenge", challenge::respond),
        open("RevokeToken", refresh::revoke),
        on_pool("SetLogDeliveryConfiguration", stored::set_log_delivery),
        on_pool("SetRiskConfiguration", stored::set_risk_configuration),
        open("SetUserMFAPreference", mfa::set_preference),
        on_pool("SetUserPoolMfaConfig", pool_mfa::set),
        open("SignUp", sign_up::sign_up),
        open("StartWebAuthnRegistration", passkeys::start),
        signed("TagResource", pool::tag),
        signed("UntagResource", pool::untag),
        open("UpdateDeviceStatus", devices::update_status),
        on_pool("UpdateGroup", groups::update),
        on_pool("UpdateIdentityProvider", identity_providers::update),
        on_pool("UpdateResourceServer", resource_servers::update),
        open("UpdateUserAttributes", attributes::update),
        on_pool("UpdateUserPool", pool::update),
        on_pool("UpdateUserPoolClient", clients::update),
        on_pool("UpdateUserPoolDomain", domains::update),
        open("VerifySoftwareToken", mfa::verify),
        open("VerifyUserAttribute", attributes::verify),
    ]
};

/// Returns the operation in an `X-Amz-Target`, and its index in the list.
pub(crate) fn find(target: &str) -> Option<(usize, &'static Operation)> {
    let (service, name) = target.split_once('.')?;
    OPERATIONS
        .iter()
        .enumerate()
        .find(|(_, operation)| operation.name == name && operation.service == service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_once() {
        assert!(
            OPERATIONS
                .windows(2)
                .all(|pair| pair[0].name < pair[1].name)
        );
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
    fn a_target_needs_its_own_service() {
        assert!(find("AWSCognitoIdentityProviderService.SignUp").is_some());
        for target in [
            "AmazonSSM.SignUp",
            "SignUp",
            "",
            ".",
            "AmazonSSM.getParameter",
        ] {
            assert!(find(target).is_none(), "{target}");
        }
    }
}
