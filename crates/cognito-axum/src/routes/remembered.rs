//! The route `devices/confirm`, and the sign-in on a browser that a user remembers. The browser
//! stores the secret of the device, encrypted in a cookie.

use axum::Json;
use axum::response::IntoResponse;
use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::id::{DeviceGroupKey, DeviceKey};
use cognito_core::secret::SerializedDevice;
use cognito_core::{Done, Error, ErrorKind, Tokens};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::cookies::NEW_DEVICE_LIFETIME;
use crate::routes::body::ConfirmDevice;
use crate::routes::call::Call;
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::shared::Shared;
use crate::{CookieChanges, SessionCookies};

/// Confirms the device of the sign-in and marks it as remembered, so that the next sign-in in this
/// browser needs no second factor. Only a user with a recent sign-in can do so.
pub(super) async fn confirm(Call(routes, caller, request): Call<ConfirmDevice>) -> RouteResult {
    let user = routes.recent_user(&caller).await?;
    // Security: the cookie can be of another sign-in.
    let of_session =
        |state: &NewState| user.claims.device_key.as_deref() == Some(state.key.as_str());
    let Some(state) = routes.new_device(&caller.headers).filter(of_session) else {
        return Err(routes.rejected(StatusCode::CONFLICT, NO_DEVICE).into());
    };
    let device = state.device().map_err(|error| routes.error(error))?;
    let confirm = user.account.confirm_device(device);
    let confirm = match request.name {
        Some(name) => confirm.name(name),
        None => confirm,
    };
    let confirmed = match confirm.await {
        Ok(confirmed) => confirmed,
        Err(error) => return routes.of_account(Err::<Done, _>(error)),
    };
    let changes = routes.remembered(&state.names, &confirmed.device, &caller.headers)?;
    if confirmed.user_confirmation_necessary {
        let key = &confirmed.device.key;
        if let Err(error) = user.account.remember_device(key).await {
            // Without the cookie, the device is of no use. If this fails, it stays in the list of the
            // user's devices.
            let _ = user.account.forget_device(key).await;
            let clear = |cookies: &SessionCookies| cookies.clear_new_device(&caller.headers);
            let changes = routes.delivery.change(clear);
            return Err(Failure::from(routes.error(error)).with(changes));
        }
    }
    let done = Done::new("Device remembered successfully");
    Ok((changes, Json(done)).into_response())
}

/// The message of the response if the browser has no new device.
const NO_DEVICE: &str = "This sign-in has no new device";
/// The purposes for which the states in the cookies are sealed.
const NEW: &str = "cognito-axum: new device";
const REMEMBERED: &str = "cognito-axum: remembered device";

/// The new device of a sign-in, as the cookie contains it.
#[derive(Deserialize, Serialize)]
struct NewState {
    /// The names with which the user can sign in, in lower case.
    names: Vec<String>,
    key: String,
    group_key: String,
}

impl NewState {
    fn device(&self) -> Result<NewDevice, Error> {
        let group_key = DeviceGroupKey::new(self.group_key.as_str())?;
        Ok(NewDevice::new(
            DeviceKey::new(self.key.as_str())?,
            group_key,
        ))
    }
}

impl Shared {
    /// Returns the changes of the cookies for devices after a completed sign-in: the new device is
    /// stored until it is confirmed, and a device that Cognito no longer has is deleted.
    pub(super) fn device_cookies(&self, tokens: &Tokens, request: &HeaderMap) -> CookieChanges {
        let (Some(cookies), Some(_)) = (self.delivery.cookies(), self.remember_browsers) else {
            return CookieChanges::default();
        };
        let changes = match &tokens.stale_device {
            Some(_) => cookies.clear_remembered_device(request),
            None => CookieChanges::default(),
        };
        changes.and(match self.new_state(tokens) {
            Some(state) => cookies.new_device(&state, request),
            None => cookies.clear_new_device(request),
        })
    }

    /// Returns the encrypted new device of a sign-in, or `None` if the sign-in has none.
    fn new_state(&self, tokens: &Tokens) -> Option<String> {
        let device = tokens.new_device.as_ref()?;
        let state = NewState {
            names: self.names_of(tokens),
            key: device.key.as_str().to_owned(),
            group_key: device.group_key.as_str().to_owned(),
        };
        let text = serde_json::to_string(&state).ok()?;
        let sealed = self.cognito.seal_state(NEW, &text, NEW_DEVICE_LIFETIME);
        sealed.ok()
    }

    fn new_device(&self, request: &HeaderMap) -> Option<NewState> {
        let state = self.delivery.cookies()?.new_device_state(request)?;
        let read = |text: &str| serde_json::from_str(text).map_err(|_| unreadable());
        self.cognito.open_state(NEW, &state, read).ok()
    }

    /// Returns the cookie for a remembered device, and deletes the cookie for the new device.
    fn remembered(
        &self,
        names: &[String],
        device: &RememberedDevice,
        request: &HeaderMap,
    ) -> Result<CookieChanges, Failure> {
        let (Some(cookies), Some(lifetime)) = (self.delivery.cookies(), self.remember_browsers)
        else {
            return Err(self.rejected(StatusCode::NOT_FOUND, "Not found").into());
        };
        let sealed = device.to_secret_string().map_err(Error::from);
        let sealed = sealed.and_then(|secret| {
            let names = serde_json::to_string(names).map_err(|_| unreadable())?;
            let secret = secret.expose();
            // One allocation, so that no copy of the secret is left in memory.
            let length = names.len() + 1 + secret.len();
            let mut text = Zeroizing::new(String::with_capacity(length));
            text.push_str(&names);
            text.push('\n');
            text.push_str(secret);
            self.cognito.seal_state(REMEMBERED, &text, lifetime)
        });
        let state = sealed.map_err(|error| self.error(error))?;
        let changes = cookies.remembered_device(&state, lifetime, request);
        Ok(changes.and(cookies.clear_new_device(request)))
    }

    /// Returns the remembered device in the cookies of a request, if it belongs to the user with
    /// this name.
    ///
    /// Security: a device of another user is not sent to Cognito. Cognito rejects such a device for
    /// existing users only, and the time of the response would reveal whether the account exists.
    pub(super) fn remembered_device(
        &self,
        name: &str,
        request: &HeaderMap,
    ) -> Option<RememberedDevice> {
        let name = name.trim().to_lowercase();
        let (names, device) = self.remembered_by(request)?;
        names.contains(&name).then_some(device)
    }

    /// Returns the deletion of the cookie for the remembered device, if its device has this key.
    pub(super) fn clear_forgotten(&self, key: &str, request: &HeaderMap) -> CookieChanges {
        match self.remembered_by(request) {
            Some((_, device)) if device.key.as_str() == key => {
                let clear = |cookies: &SessionCookies| cookies.clear_remembered_device(request);
                self.delivery.change(clear)
            }
            _ => CookieChanges::default(),
        }
    }

    /// Returns the remembered device in the cookies of a request, and the names of its user. Returns
    /// `None` if there is none, or if it has expired or cannot be read.
    fn remembered_by(&self, request: &HeaderMap) -> Option<(Vec<String>, RememberedDevice)> {
        self.remember_browsers?;
        let state = self.delivery.cookies()?.remembered_device_state(request)?;
        let opened = self.cognito.open_state(REMEMBERED, &state, |text| {
            let (names, secret) = text.split_once('\n').ok_or_else(unreadable)?;
            let names = serde_json::from_str(names).map_err(|_| unreadable())?;
            let secret = SerializedDevice::new(secret)?;
            Ok((names, RememberedDevice::from_secret_string(&secret)?))
        });
        opened.ok()
    }

    /// Returns the names with which the user can sign in, in lower case: the user name, and the
    /// verified e-mail address and phone number in the ID token. The token comes from Cognito.
    fn names_of(&self, tokens: &Tokens) -> Vec<String> {
        let Ok(token) = self.cognito.decode_token(tokens.id_token.expose()) else {
            return Vec::new();
        };
        let text = |claim: &str| token.claim(claim).and_then(Value::as_str);
        let is_true = |claim: &str| {
            token.claim(claim).and_then(Value::as_bool) == Some(true) || text(claim) == Some("true")
        };
        let email = text("email").filter(|_| is_true("email_verified"));
        let phone = text("phone_number").filter(|_| is_true("phone_number_verified"));
        let names = [text("cognito:username"), email, phone];
        names.into_iter().flatten().map(str::to_lowercase).collect()
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::InvalidParameter)
}
