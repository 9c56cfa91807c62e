//! The routes for the devices of the signed-in user: `devices`, `devices/forget` and
//! `devices/remember`.

use axum::extract::State;
use axum::response::IntoResponse;
use cognito_core::administration::page::PageToken;
use cognito_core::device::{Device, DevicePage};
use serde::Serialize;

use crate::routes::account::{Page, page_of};
use crate::routes::body::{ForgetDevice, RememberDevice};
use crate::routes::call::Call;
use crate::routes::caller::Caller;
use crate::routes::failure::RouteResult;
use crate::routes::shared::Routes;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Devices {
    devices: Vec<ListedDevice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<PageToken>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedDevice {
    #[serde(flatten)]
    device: Device,
    /// `true` if the access token was issued to this device.
    is_current: bool,
}

impl Devices {
    fn new(page: DevicePage, current: Option<&str>) -> Self {
        let devices = page.devices.into_iter().map(|device| ListedDevice {
            is_current: current == Some(device.key.as_str()),
            device,
        });
        Self {
            devices: devices.collect(),
            next_token: page.next_token,
        }
    }
}

pub(super) async fn list(State(routes): State<Routes>, caller: Caller, page: Page) -> RouteResult {
    let user = routes.user(&caller).await?;
    let devices = page_of!(user.account.devices(), page).await;
    let current = user.claims.device_key.as_deref();
    routes.of_account(devices.map(|page| Devices::new(page, current)))
}

pub(super) async fn forget(Call(routes, caller, request): Call<ForgetDevice>) -> RouteResult {
    let user = routes.user(&caller).await?;
    let over = routes.clear_forgotten(&request.key, &caller.headers);
    let response = routes.of_account(user.account.forget_device(request.key).await)?;
    Ok((over, response).into_response())
}

/// Marks a device as remembered or not remembered. A remembered device can replace the second
/// factor, so only a user with a recent sign-in can mark it as remembered.
pub(super) async fn remember(Call(routes, caller, request): Call<RememberDevice>) -> RouteResult {
    let key = request.key;
    if request.remembered.unwrap_or(true) {
        let user = routes.recent_user(&caller).await?;
        return routes.of_account(user.account.remember_device(key).await);
    }
    let user = routes.user(&caller).await?;
    routes.of_account(user.account.stop_remembering_device(key).await)
}
