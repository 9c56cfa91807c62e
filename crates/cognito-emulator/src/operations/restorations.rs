//! Point-in-time recovery: `InitiatePointInTimeRecovery`, `StartPointInTimeRecovery`,
//! `CancelPointInTimeRecovery`, `DescribePointInTimeRecovery` and `ListPointInTimeRecoveries`.
//!
//! The rules are from the AWS API reference (`InitiatePointInTimeRecovery`). The emulator completes
//! a preview or a recovery at once. As in AWS, the response to the request that starts it has the
//! status `PREVIEW_GENERATING` or `RESTORING`. Later responses have another status.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::restoration::{Restoration, RestoreStatus};
use crate::model::settings::days;
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::pool::State;

/// The minimum age of `RestoreTimestamp`, the time to which a recovery restores the users.
const YOUNGEST: Duration = Duration::from_secs(15 * 60);

/// The maximum number of recovery previews of a pool in 24 hours.
const MOST_PER_DAY: usize = 3;
/// The maximum number of recovery previews of a pool in 30 days.
const MOST_PER_MONTH: usize = 10;
/// The maximum number of recovery previews in 24 hours, for all pools of an account together.
const MOST_OF_ACCOUNT_PER_DAY: usize = 10;
/// The maximum number of active recoveries of an account.
const MOST_ACTIVE: usize = 5;

/// The operations that write user data. They are rejected while a recovery is active.
const WRITES: &[&str] = &[
    "AdminAddUserToGroup",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminDisableProviderForUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminLinkProviderForUser",
    "AdminRemoveUserFromGroup",
    "AdminResetUserPassword",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AdminSetUserSettings",
    "AdminUpdateUserAttributes",
    "AssociateSoftwareToken",
    "ChangePassword",
    "CompleteWebAuthnRegistration",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "CreateGroup",
    "CreateUserImportJob",
    "DeleteGroup",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteWebAuthnCredential",
    "SetUserMFAPreference",
    "SetUserSettings",
    "SignUp",
    "StartUserImportJob",
    "StartWebAuthnRegistration",
    "UpdateGroup",
    "UpdateUserAttributes",
    "VerifySoftwareToken",
    "VerifyUserAttribute",
];

/// The challenges whose responses are rejected while a point-in-time recovery is active.
const CHALLENGES: [&str; 3] = ["MFA_SETUP", "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"];

/// Fails if a recovery of the pool is active and the request writes user data. This is the case if
/// [`WRITES`] contains the operation, or if [`CHALLENGES`] contains the challenge to which the
/// request responds. AWS does not document the error.
///
/// `operation` is AWS's name of the operation. It cannot be taken from `call`, because calls that
/// the sign-in page makes have the path of the page as their name.
pub(crate) fn check_writable(call: &Call<'_>, operation: &str) -> Result<(), Failure> {
    let challenge = call.text("ChallengeName").unwrap_or_default();
    if !WRITES.contains(&operation) && !CHALLENGES.contains(&challenge) {
        return Ok(());
    }
    check_not_paused(call, &call.state())
}

/// Fails if a recovery of the pool is active.
pub(crate) fn check_not_paused(call: &Call<'_>, state: &State) -> Result<(), Failure> {
    if state.users.history.active(call.now).is_some() {
        return Err(Failure::new(
            "OperationNotEnabledException",
            "Write operations are paused during a point-in-time recovery.",
        ));
    }
    Ok(())
}

pub(crate) fn initiate(call: &Call<'_>) -> Answer {
    let period = period(call)?;
    let point = point(call)?;
    let settings = &call.service.settings;
    let age = call.now.duration_since(point).unwrap_or_default();
    if age < YOUNGEST {
        return invalid("RestoreTimestamp must be at least 15 minutes in the past.");
    }
    if age > period {
        return invalid("RestoreTimestamp is before the recovery period of the feature plan.");
    }
    if point < settings.created {
        return invalid("RestoreTimestamp is before the creation of the user pool.");
    }
    if call.pools.imports.is_active(&settings.pool_id) {
        return concurrent("A user import job is in progress for this user pool.");
    }
    check_account(call)?;
    let mut state = call.state();
    if state.users.history.active(call.now).is_some() {
        return concurrent("The user pool already has an active recovery.");
    }
    check_pool(call, &state)?;
    if !state.users.history.is_known(point) {
        return invalid("The emulator has no data of the user pool at RestoreTimestamp.");
    }
    let preview = state.preview(&state.past(point));
    let id = call.service.random.uuid();
    let restoration = Restoration::new(id, point, call.now, preview);
    let answer = describe_as(&restoration, RestoreStatus::Generating);
    state.users.history.add(restoration);
    Ok(answer)
}

pub(crate) fn start(call: &Call<'_>) -> Answer {
    let mut state = active(call, "started")?;
    let point = state.1.point;
    let past = state.0.past(point);
    state.0.restore(past, call.now);
    let restoration = find(&mut state.0, call)?;
    restoration.complete(call.now);
    Ok(describe_as(restoration, RestoreStatus::Restoring))
}

pub(crate) fn cancel(call: &Call<'_>) -> Answer {
    let mut state = active(call, "canceled")?;
    let restoration = find(&mut state.0, call)?;
    restoration.cancel();
    Ok(json!({ "Restoration": restoration.describe(call.now) }))
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    period(call)?;
    let restoration = find(&mut call.state(), call)?.describe(call.now);
    Ok(json!({ "Restoration": restoration }))
}

/// Handles `ListPointInTimeRecoveries`. The newest recovery is first.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    period(call)?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let state = call.state();
    let all = &state.users.history.restorations;
    let after = page.after.as_ref();
    let end = after.and_then(|after| all.iter().position(|one| one.id == *after));
    let newest = if after.is_some() { 0 } else { all.len() };
    let rest = all[..end.unwrap_or(newest)].iter().rev();
    let described = rest.map(|one| (one.id.clone(), one.summary(one.status(call.now))));
    page.answer("Restorations", described)
}

/// Returns the maximum age of a recovery point, which depends on the pool's feature plan
/// (`UserPoolTier`). Fails for the plan `LITE`.
fn period(call: &Call<'_>) -> Result<Duration, Failure> {
    let settings = &call.service.settings;
    settings.check_tier("Point-in-time recovery")?;
    let is_plus = settings.tier() == "PLUS";
    Ok(days(if is_plus { 14 } else { 1 }))
}

fn point(call: &Call<'_>) -> Result<SystemTime, Failure> {
    let seconds = call.fields.get("RestoreTimestamp").and_then(Value::as_f64);
    let since = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let point = since.and_then(|since| UNIX_EPOCH.checked_add(since));
    point.ok_or_else(|| Failure::invalid_parameter("RestoreTimestamp is not a valid time."))
}

/// Fails if the AWS account of the pool has reached a limit: the maximum number of active
/// point-in-time recoveries, or of recovery previews in the last 24 hours.
fn check_account(call: &Call<'_>) -> Result<(), Failure> {
    let (mut active, mut recent) = (0, 0);
    let account = &call.service.settings.account;
    let mut pools = call.pools.all();
    pools.retain(|pool| pool.settings.account == *account);
    for pool in pools {
        let state = pool.state.lock();
        let history = &state.users.history;
        active += usize::from(history.active(call.now).is_some());
        recent += recent_previews(&history.restorations, call.now, days(1));
    }
    if active >= MOST_ACTIVE || recent >= MOST_OF_ACCOUNT_PER_DAY {
        return limit("The account has too many point-in-time recoveries.");
    }
    Ok(())
}

fn check_pool(call: &Call<'_>, state: &State) -> Result<(), Failure> {
    let all = &state.users.history.restorations;
    let is_recent = |time: SystemTime| {
        let age = call.now.duration_since(time).unwrap_or_default();
        age < days(1)
    };
    if all.iter().filter_map(|one| one.completed).any(is_recent) {
        return limit("A recovery of the user pool was completed in the last 24 hours.");
    }
    let previews = |period| recent_previews(all, call.now, period);
    if previews(days(1)) >= MOST_PER_DAY || previews(days(30)) >= MOST_PER_MONTH {
        return limit("The user pool has too many recovery previews.");
    }
    Ok(())
}

fn recent_previews(all: &[Restoration], now: SystemTime, period: Duration) -> usize {
    let is_recent = |one: &&Restoration| {
        let age = now.duration_since(one.initiated).unwrap_or_default();
        age < period
    };
    all.iter().filter(is_recent).count()
}

/// Locks the state of the pool, and returns it with the active recovery whose id is in the request.
/// Fails if the recovery is not active.
fn active<'a>(
    call: &Call<'a>,
    action: &str,
) -> Result<(parking_lot::MutexGuard<'a, State>, Restoration), Failure> {
    period(call)?;
    let mut state = call.state();
    let restoration = find(&mut state, call)?.clone();
    if !restoration.is_active(call.now) {
        let status = restoration.status(call.now).name();
        return invalid(format!("The recovery cannot be {action}: {status}."));
    }
    Ok((state, restoration))
}

fn find<'s>(state: &'s mut State, call: &Call<'_>) -> Result<&'s mut Restoration, Failure> {
    let id = call.required("RestoreId")?;
    let mut all = state.users.history.restorations.iter_mut();
    let found = all.find(|one| one.id == id);
    found.ok_or_else(|| Failure::not_found(format!("Recovery {id} does not exist.")))
}

fn describe_as(restoration: &Restoration, status: RestoreStatus) -> Value {
    json!({ "Restoration": restoration.describe_as(status) })
}

fn concurrent<T>(message: &'static str) -> Result<T, Failure> {
    Err(Failure::new("ConcurrentModificationException", message))
}

fn limit<T>(message: &'static str) -> Result<T, Failure> {
    Err(Failure::new("LimitExceededException", message))
}
