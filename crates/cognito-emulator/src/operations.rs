//! The list of all operations, and which of them must be signed.

pub(crate) mod account;
pub(crate) mod administration;
pub(crate) mod authentication;
pub(crate) mod page;
pub(crate) mod pools;
pub(crate) mod seed;
pub(crate) mod ssm;

use crate::model::failure::Answer;
use crate::state::call::Call;

/// One operation of one of the two services.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) signed: bool,
    service: &'static str,
    run: fn(&Call<'_>) -> Answer,
}

impl Operation {
    /// Runs the operation and delivers its messages. If a trigger for a message fails, the changes
    /// of the operation are kept.
    pub(crate) fn perform(&self, call: &Call<'_>) -> Answer {
        call.settle((self.run)(call))
    }
}

const COGNITO: &str = "AWSCognitoIdentityProviderService";
const SSM: &str = "AmazonSSM";

/// Creates an operation that needs no AWS credentials.
const fn open(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Operation {
    Operation {
        name,
        signed: false,
        service: COGNITO,
        run,
    }
}

/// Creates an operation that needs AWS credentials.
const fn signed(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Operation {
    Operation {
        name,
        signed: true,
        service: COGNITO,
        run,
    }
}

const fn parameters(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Operation {
    Operation {
        name,
        signed: true,
        service: SSM,
        run,
    }
}

/// Every operation, by name.
pub(crate) const OPERATIONS: &[Operation] = {
    use account::{
        attributes as own, devices, mfa, passkeys, password as own_password, profile, sign_out,
    };
    use administration::{
        attributes, auth_events, groups, list, mfa as their_mfa, passwords, providers, state, users,
    };
    use authentication::{challenge, password, refresh, sign_in, sign_up};
    use pools::pool::{self, mfa as pool_mfa};
    use pools::{clients, domains, identity_providers, resource_servers, secrets, stored, tags};
    &[
        signed("AddCustomAttributes", pool::add_attributes),
        signed("AddUserPoolClientSecret", secrets::add),
        signed("AdminAddUserToGroup", groups::add),
        signed("AdminConfirmSignUp", state::confirm),
        signed("AdminCreateUser", users::create),
        signed("AdminDeleteSoftwareToken", their_mfa::delete_totp),
        signed("AdminDeleteUser", users::delete),
        signed("AdminDeleteUserAttributes", attributes::delete),
        signed("AdminDisableProviderForUser", providers::unlink),
        signed("AdminDisableUser", state::disable),
        signed("AdminEnableUser", state::enable),
        signed("AdminForgetDevice", devices::forget),
        signed("AdminGetDevice", devices::get),
        signed("AdminGetUser", users::get),
        signed("AdminGetUserAuthFactors", mfa::auth_factors),
        signed("AdminInitiateAuth", sign_in::admin_initiate_auth),
        signed("AdminLinkProviderForUser", providers::link),
        signed("AdminListDevices", devices::list),
        signed("AdminListGroupsForUser", groups::list_for_user),
        signed("AdminListUserAuthEvents", auth_events::list),
        signed("AdminRemoveUserFromGroup", groups::remove),
        signed("AdminResetUserPassword", passwords::reset),
        signed("AdminRespondToAuthChallenge", challenge::admin_respond),
        signed("AdminSetUserMFAPreference", mfa::set_preference),
        signed("AdminSetUserPassword", passwords::set),
        signed("AdminUpdateAuthEventFeedback", auth_events::feedback),
        signed("AdminUpdateDeviceStatus", devices::update_status),
        signed("AdminUpdateUserAttributes", attributes::update),
        signed("AdminUserGlobalSignOut", state::sign_out),
        open("AssociateSoftwareToken", mfa::associate),
        open("ChangePassword", own_password::change),
        open("CompleteWebAuthnRegistration", passkeys::complete),
        open("ConfirmDevice", devices::confirm),
        open("ConfirmForgotPassword", password::confirm),
        open("ConfirmSignUp", sign_up::confirm),
        signed("CreateGroup", groups::create),
        signed("CreateIdentityProvider", identity_providers::create),
        signed("CreateResourceServer", resource_servers::create),
        signed("CreateUserPool", pool::create),
        signed("CreateUserPoolClient", clients::create),
        signed("CreateUserPoolDomain", domains::create),
        signed("DeleteGroup", groups::delete),
        signed("DeleteIdentityProvider", identity_providers::delete),
        signed("DeleteResourceServer", resource_servers::delete),
        open("DeleteUser", profile::delete),
        open("DeleteUserAttributes", own::delete),
        signed("DeleteUserPool", pool::delete),
        signed("DeleteUserPoolClient", clients::delete),
        signed("DeleteUserPoolClientSecret", secrets::delete),
        signed("DeleteUserPoolDomain", domains::delete),
        open("DeleteWebAuthnCredential", passkeys::delete),
        signed("DescribeIdentityProvider", identity_providers::describe),
        signed("DescribeResourceServer", resource_servers::get),
        signed("DescribeRiskConfiguration", stored::risk_configuration),
        signed("DescribeUserPool", pool::describe),
        signed("DescribeUserPoolClient", clients::describe),
        signed("DescribeUserPoolDomain", domains::describe),
        open("ForgetDevice", devices::forget),
        open("ForgotPassword", password::forgot),
        signed("GetCSVHeader", stored::csv_header),
        open("GetDevice", devices::get),
        signed("GetGroup", groups::get),
        signed(
            "GetIdentityProviderByIdentifier",
            identity_providers::by_identifier,
        ),
        signed("GetLogDeliveryConfiguration", stored::log_delivery),
        parameters("GetParameter", ssm::get_parameter),
        parameters("GetParameters", ssm::get_parameters),
        signed("GetSigningCertificate", stored::certificate),
        open("GetTokensFromRefreshToken", refresh::get_tokens),
        signed("GetUICustomization", stored::ui_customization),
        open("GetUser", profile::get),
        open("GetUserAttributeVerificationCode", own::send_code),
        open("GetUserAuthFactors", mfa::auth_factors),
        signed("GetUserPoolMfaConfig", pool_mfa::get),
        open("GlobalSignOut", sign_out::everywhere),
        open("InitiateAuth", sign_in::initiate_auth),
        open("ListDevices", devices::list),
        signed("ListGroups", groups::list),
        signed("ListIdentityProviders", identity_providers::list),
        signed("ListResourceServers", resource_servers::list),
        signed("ListTagsForResource", tags::list),
        signed("ListUserPoolClientSecrets", secrets::list),
        signed("ListUserPoolClients", clients::list),
        signed("ListUserPools", pool::list),
        signed("ListUsers", list::users),
        signed("ListUsersInGroup", groups::list_users),
        open("ListWebAuthnCredentials", passkeys::list),
        parameters("PutParameter", ssm::put_parameter),
        open("ResendConfirmationCode", sign_up::resend),
        open("RespondToAuthChallenge", challenge::respond),
        open("RevokeToken", refresh::revoke),
        signed("SetLogDeliveryConfiguration", stored::set_log_delivery),
        signed("SetRiskConfiguration", stored::set_risk_configuration),
        open("SetUserMFAPreference", mfa::set_preference),
        signed("SetUserPoolMfaConfig", pool_mfa::set),
        open("SignUp", sign_up::sign_up),
        open("StartWebAuthnRegistration", passkeys::start),
        signed("TagResource", tags::tag),
        signed("UntagResource", tags::untag),
        open("UpdateDeviceStatus", devices::update_status),
        signed("UpdateGroup", groups::update),
        signed("UpdateIdentityProvider", identity_providers::update),
        signed("UpdateResourceServer", resource_servers::update),
        open("UpdateUserAttributes", own::update),
        signed("UpdateUserPool", pool::update),
        signed("UpdateUserPoolClient", clients::update),
        signed("UpdateUserPoolDomain", domains::update),
        open("VerifySoftwareToken", mfa::verify),
        open("VerifyUserAttribute", own::verify),
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
