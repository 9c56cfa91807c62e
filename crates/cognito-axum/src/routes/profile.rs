//! The routes for the attributes of the signed-in user: `profile`, `profile/send-code` and
//! `profile/confirm`.

use std::collections::BTreeMap;

use cognito_core::{Done, Error, ErrorKind};
use cognito_tower::public::EnumerationPolicy;
use http::StatusCode;

use crate::ApiError;
use crate::routes::attributes::SetBy;
use crate::routes::body::{Address, AddressName, ConfirmAddress, Profile};
use crate::routes::call::Call;
use crate::routes::failure::RouteResult;
use crate::routes::shared::Shared;

/// Changes attributes. An e-mail address or phone number can be a factor, and Cognito sends the
/// codes for a new password to it, so only a user with a recent sign-in can change it.
pub(super) async fn update(Call(routes, caller, request): Call<Profile>) -> RouteResult {
    let is_address = has_address(&request.attributes);
    let user = match is_address {
        true => routes.recent_user(&caller).await?,
        false => routes.user(&caller).await?,
    };
    routes.check_attributes(&request.attributes, SetBy::LaterChange)?;
    routes.check_address_alone(&request.attributes)?;
    let update = user.account.update_attributes();
    let update = request
        .attributes
        .into_iter()
        .fold(update, |update, (name, value)| {
            update.attribute(name, value)
        });
    let updated = update.await.map(drop);
    let updated = match updated {
        Err(error) if is_address && routes.hides(&error, &[ErrorKind::AliasExists]) => Ok(()),
        Err(error) if is_address && routes.hides(&error, &NOT_SENT) => Ok(()),
        updated => updated,
    };
    routes.of_account(updated.map(|()| Done::new("Profile updated successfully")))
}

pub(super) async fn send_code(Call(routes, caller, request): Call<Address>) -> RouteResult {
    let user = routes.user(&caller).await?;
    let sent = user
        .account
        .send_attribute_code(request.attribute.name())
        .await;
    let sent = match sent.map(drop) {
        Err(error) if routes.hides(&error, &[ErrorKind::InvalidParameter]) => Ok(()),
        Err(error) if routes.hides(&error, &NOT_SENT) => Ok(()),
        sent => sent,
    };
    // Security: the destination is omitted. It would show whether a new address is pending.
    routes.of_account(sent.map(|()| Done::new("Verification code sent")))
}

pub(super) async fn confirm(Call(routes, caller, request): Call<ConfirmAddress>) -> RouteResult {
    let user = routes.user(&caller).await?;
    let name = request.attribute.name();
    let confirmed = user.account.verify_attribute(name, request.code).await;
    routes.of_account(confirmed.map_err(|error| {
        let wrong = [ErrorKind::CodeExpired, ErrorKind::InvalidParameter];
        match routes.hides(&error, &wrong) {
            true => error.with_kind(ErrorKind::CodeMismatch),
            false => error,
        }
    }))
}

/// The kinds of errors that mean that Cognito could not send a code.
///
/// Security: if an address belongs to another account, Cognito sends no code, so these errors do
/// not occur. If the route returned them for other addresses, it would reveal that the address
/// belongs to no account.
const NOT_SENT: [ErrorKind; 4] = [
    ErrorKind::Delivery,
    ErrorKind::DeliveryQuota,
    ErrorKind::TriggerFailed,
    ErrorKind::TriggerRejected,
];

fn has_address(attributes: &BTreeMap<String, String>) -> bool {
    let mut names = AddressName::ALL.into_iter();
    names.any(|address| attributes.contains_key(address.name()))
}

impl Shared {
    /// Returns `true` if `error` is of one of these kinds and must not be shown: it would reveal
    /// that the new address belongs to another account. Cognito has then changed nothing and sent no
    /// code, and the routes that the user calls next must respond as if a code was sent.
    fn hides(&self, error: &Error, kinds: &[ErrorKind]) -> bool {
        self.rules.policy == EnumerationPolicy::Hide && kinds.contains(&error.kind())
    }

    /// Fails with 400 if a request changes an address and another attribute. If the address belongs
    /// to another account, Cognito does not change the other attribute either, which would reveal
    /// that the account exists.
    fn check_address_alone(&self, attributes: &BTreeMap<String, String>) -> Result<(), ApiError> {
        if attributes.len() < 2 || !has_address(attributes) {
            return Ok(());
        }
        Err(self.rejected(
            StatusCode::BAD_REQUEST,
            "An e-mail address or phone number must be changed alone",
        ))
    }
}
