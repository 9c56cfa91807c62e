//! The operations `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference`,
//! `SetUserSettings` and `GetUserAuthFactors`. For operators: `AdminSetUserMFAPreference`,
//! `AdminSetUserSettings`, `AdminGetUserAuthFactors` and `AdminDeleteSoftwareToken`.

use serde::Deserialize;
use serde_json::json;

use crate::model::factors;
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::totp::{encode, matching_step};
use crate::model::user::User;
use crate::operations::authentication::challenge::{check_still_due, no_totp};
use crate::operations::authentication::sign_in::locked_out;
use crate::operations::common::invalid;
use crate::state::call::Call;
use crate::state::pool::State;
use crate::state::sessions::{self, Session, Step};

/// Handles `AssociateSoftwareToken`, which returns a new secret for an authenticator app. The
/// request has an access token, or the session of the challenge `MFA_SETUP`.
///
/// If the user has verified another app before, the secret of that app stays valid until
/// `VerifySoftwareToken` replaces it. AWS documented this rule until 2024. The current
/// documentation has no rule for this case.
pub(crate) fn associate(call: &Call<'_>) -> Answer {
    check_enabled(call)?;
    let secret = encode(&call.service.random.bytes::<32>());
    if let Some(session) = session_only(call) {
        let mut state = call.state();
        let (id, session, _) = find_set_up(call, &mut state, session)?;
        let session = next_session(call, &mut state, (id, session), secret.clone(), false)?;
        return Ok(json!({ "SecretCode": secret, "Session": session }));
    }
    call.with_user(|user| {
        user.mfa.pending_totp = Some(secret.clone());
        Ok(json!({ "SecretCode": secret }))
    })
}

/// Handles `VerifySoftwareToken`, which checks the first code of an authenticator app. The new app
/// replaces an app that the user has verified before.
///
/// The request has an access token, or the session of the challenge `MFA_SETUP`. With a session,
/// the app is enabled as a second factor. With an access token, the user's setting for
/// authenticator apps does not change.
pub(crate) fn verify(call: &Call<'_>) -> Answer {
    let code = call.required("UserCode")?;
    check_enabled(call)?;
    if let Some(session) = session_only(call) {
        let mut state = call.state();
        let (id, session, secret) = find_set_up(call, &mut state, session)?;
        let user = state.user_of(&session)?;
        let secret = verify_secret(call, user, secret, code)?;
        // The factor is registered here, even if `MFA_SETUP` never receives a response.
        user.mfa.totp_enabled = true;
        let session = next_session(call, &mut state, (id, session), secret, true)?;
        return Ok(json!({ "Status": "SUCCESS", "Session": session }));
    }
    call.with_user(|user| {
        verify_secret(call, user, user.mfa.pending_totp.clone(), code)?;
        Ok(json!({ "Status": "SUCCESS" }))
    })
}

/// Returns the session in the request. Returns `None` if there is no session, or if the request
/// also has an access token, which has precedence.
fn session_only<'a>(call: &Call<'a>) -> Option<&'a str> {
    let session = call.text("Session");
    session.filter(|_| call.text("AccessToken").is_none())
}

/// Checks the first code of an authenticator app. If the code is right, stores the app's secret for
/// the user and returns the secret. Fails if there is no secret, if the code is wrong, or if the
/// user is locked out after wrong codes.
fn verify_secret(
    call: &Call<'_>,
    user: &mut User,
    secret: Option<String>,
    code: &str,
) -> Result<String, Failure> {
    let secret = secret.ok_or_else(no_totp)?;
    let lockout = &mut user.set_up_lockout;
    if lockout.is_locked(call.now) {
        return Err(locked_out());
    }
    let Some(step) = matching_step(&secret, code, call.now) else {
        lockout.fail(call.now);
        return Err(Failure::new(
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        ));
    };
    user.mfa.totp_used = Some(step);
    user.mfa.totp = Some(secret.clone());
    user.mfa.pending_totp = None;
    Ok(secret)
}

fn check_enabled(call: &Call<'_>) -> Result<(), Failure> {
    if call.service.settings.offers_authenticator_apps() {
        return Ok(());
    }
    Err(Failure::new(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA has not been enabled by the userPool",
    ))
}

/// Finds the open session of an `MFA_SETUP` challenge. Returns its id, the session, and the secret
/// of the authenticator app. The secret is `None` if the user has not associated an app. Fails if
/// the session is unknown or has expired, if the user is disabled, or if the user already has a
/// second factor.
fn find_set_up(
    call: &Call<'_>,
    state: &mut State,
    session: &str,
) -> Result<(String, Session, Option<String>), Failure> {
    let (id, session) = call.find_session(state, session)?;
    let session = session.clone();
    let Step::MfaSetup {
        ref secret,
        proved: false,
    } = session.step
    else {
        return Err(sessions::unknown());
    };
    let secret = secret.clone();
    let user = state.user_of(&session)?;
    if !user.enabled {
        return Err(Failure::disabled());
    }
    // Security: an older session must not replace a factor that was registered in the meantime.
    check_still_due(&call.service.settings, user, &session.step)?;
    Ok((id, session, secret))
}

/// Closes a session of `MFA_SETUP`, and opens a new session that stores `secret` and `proved`.
/// Returns the session string of the new session. `proved` is `true` if a code has verified the
/// secret.
fn next_session(
    call: &Call<'_>,
    state: &mut State,
    (id, mut session): (String, Session),
    secret: String,
    proved: bool,
) -> Result<String, Failure> {
    let client = call.service.client(&session.client)?;
    state.sessions.close(&id, call.now);
    session.step = Step::MfaSetup {
        secret: Some(secret),
        proved,
    };
    Ok(call.open_session(state, &client, session))
}

/// Handles `SetUserMFAPreference` and `AdminSetUserMFAPreference`. A factor that the request omits
/// does not change.
pub(crate) fn set_preference(call: &Call<'_>) -> Answer {
    let mut changes = Vec::new();
    for (member, factor) in [
        ("EmailMfaSettings", Factor::Email),
        ("SMSMfaSettings", Factor::Sms),
        ("SoftwareTokenMfaSettings", Factor::SoftwareToken),
    ] {
        let preference = call.fields.get(member).filter(|member| !member.is_null());
        if let Some(preference) = preference {
            let is_set = |name: &str| preference[name] == true;
            changes.push((factor, is_set("Enabled"), is_set("PreferredMfa")));
        }
    }
    call.change_user(|user| {
        check_preference(call, user, &changes)?;
        for (factor, enabled, preferred) in changes {
            let mfa = &mut user.mfa;
            *match factor {
                Factor::Email => &mut mfa.email_enabled,
                Factor::Sms => &mut mfa.sms_enabled,
                Factor::SoftwareToken => &mut mfa.totp_enabled,
            } = enabled;
            if enabled && preferred {
                mfa.preferred = Some(factor);
            } else if mfa.preferred == Some(factor) {
                mfa.preferred = None;
            }
        }
        Ok(())
    })
}

/// Handles `SetUserSettings` and `AdminSetUserSettings`, the predecessors of
/// `SetUserMFAPreference`. They enable SMS codes as a second factor. If the list in the request is
/// empty, they disable SMS codes.
pub(crate) fn set_settings(call: &Call<'_>) -> Answer {
    let options: Vec<MfaOption<'_>> = call.member("MFAOptions")?;
    let is_sms = |option: &MfaOption<'_>| {
        option.delivery_medium == Some("SMS") && option.attribute_name == Some("phone_number")
    };
    if !options.iter().all(is_sms) {
        return invalid("Only SMS to phone_number can be set.");
    }
    let enabled = !options.is_empty();
    call.change_user(|user| {
        check_preference(call, user, &[(Factor::Sms, enabled, false)])?;
        user.mfa.sms_enabled = enabled;
        if !enabled && user.mfa.preferred == Some(Factor::Sms) {
            user.mfa.preferred = None;
        }
        Ok(())
    })
}

/// An entry of the list `MFAOptions` (AWS's `MFAOptionType`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MfaOption<'a> {
    attribute_name: Option<&'a str>,
    delivery_medium: Option<&'a str>,
}

/// Checks changes of second factors. Each change contains the factor, whether it becomes enabled,
/// and whether it becomes preferred. Fails in these cases:
///
/// - More than one factor becomes preferred.
/// - The pool does not offer a factor that becomes enabled.
/// - The user has no address or no authenticator app for a factor that becomes enabled.
fn check_preference(
    call: &Call<'_>,
    user: &User,
    changes: &[(Factor, bool, bool)],
) -> Result<(), Failure> {
    if changes.iter().filter(|(.., preferred)| *preferred).count() > 1 {
        return invalid("Only one MFA method can be set as preferred.");
    }
    let enabled = changes.iter().filter(|(_, enabled, _)| *enabled);
    let enabled: Vec<Factor> = enabled.map(|(factor, ..)| *factor).collect();
    for factor in &enabled {
        let name = match factor {
            Factor::Email => "Email",
            Factor::Sms => "SMS",
            Factor::SoftwareToken => "Software Token",
        };
        if !call.service.settings.factors.offers(*factor) {
            return invalid(format!("{name} MFA is not enabled for the user pool."));
        }
    }
    if enabled.contains(&Factor::Sms) && user.attribute("phone_number").is_none() {
        return invalid("User does not have delivery config set to turn on SMS_MFA");
    }
    if enabled.contains(&Factor::Email) && user.attribute("email").is_none() {
        return invalid("User does not have delivery config set to turn on EMAIL_OTP");
    }
    if enabled.contains(&Factor::SoftwareToken) && user.mfa.totp.is_none() {
        return invalid("User has not verified software token mfa");
    }
    Ok(())
}

pub(crate) fn auth_factors(call: &Call<'_>) -> Answer {
    call.with_user(|user| {
        let mut answer = json!({
            "Username": user.username,
            "ConfiguredUserAuthFactors": factors::configured(&call.service.settings, user),
        });
        user.describe_mfa(&mut answer);
        Ok(answer)
    })
}

pub(crate) fn delete_totp(call: &Call<'_>) -> Answer {
    call.change_user(|user| {
        let mfa = &mut user.mfa;
        mfa.pending_totp = None;
        mfa.totp = None;
        mfa.totp_used = None;
        mfa.totp_enabled = false;
        mfa.preferred = mfa.preferred.filter(|it| *it != Factor::SoftwareToken);
        Ok(())
    })
}
