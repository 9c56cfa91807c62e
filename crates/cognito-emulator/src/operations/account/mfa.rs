//! `AssociateSoftwareToken`, `VerifySoftwareToken`, `SetUserMFAPreference`, `GetUserAuthFactors`,
//! and the last two for operators.

use serde::Deserialize;
use serde_json::json;

use crate::model::factors;
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::request;
use crate::model::totp::{encode, matching_step};
use crate::model::user::User;
use crate::operations::authentication::challenge::check_still_due;
use crate::state::call::Call;
use crate::state::pool::State;
use crate::state::sessions;
use crate::state::sessions::{Session, Step};

/// `AssociateSoftwareToken`, with an access token or with the session of an `MFA_SETUP`.
pub(crate) fn associate(call: &Call<'_>) -> Answer {
    check_enabled(call)?;
    let new = encode(&call.service.random.bytes::<32>());
    if let Some(word) = session_only(call) {
        let mut state = call.state();
        let set_up = SetUp::find(call, &mut state, word)?;
        let word = set_up.go_on(call, &mut state, new.clone(), false)?;
        return Ok(json!({ "SecretCode": new, "Session": word }));
    }
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    // A new association disables an older one until it is verified and enabled again.
    user.mfa.totp_enabled = false;
    user.mfa.totp = None;
    user.mfa.totp_used = None;
    user.mfa.pending_totp = Some(new.clone());
    Ok(json!({ "SecretCode": new }))
}

/// `VerifySoftwareToken`, with an access token or with the session of an `MFA_SETUP`.
pub(crate) fn verify(call: &Call<'_>) -> Answer {
    let code = call.required("UserCode")?;
    check_enabled(call)?;
    if let Some(word) = session_only(call) {
        let mut state = call.state();
        let set_up = SetUp::find(call, &mut state, word)?;
        let secret = set_up.secret.clone().ok_or_else(no_token)?;
        let step = prove(call, &secret, code)?;
        let user = state.person_of(&set_up.session)?;
        user.mfa.totp_used = Some(step);
        // The factor is registered here, even if `MFA_SETUP` never receives a response.
        enable_totp(user, secret.clone());
        let word = set_up.go_on(call, &mut state, secret, true)?;
        return Ok(json!({ "Status": "SUCCESS", "Session": word }));
    }
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let secret = user.mfa.pending_totp.clone().ok_or_else(no_token)?;
    let step = prove(call, &secret, code)?;
    user.mfa.totp_used = Some(step);
    user.mfa.totp = Some(secret);
    user.mfa.pending_totp = None;
    Ok(json!({ "Status": "SUCCESS" }))
}

/// Returns the session of a request without an access token.
fn session_only<'a>(call: &Call<'a>) -> Option<&'a str> {
    let session = call.text("Session");
    session.filter(|_| call.text("AccessToken").is_none())
}

/// `SetUserMFAPreference`, `AdminSetUserMFAPreference`.
pub(crate) fn set_preference(call: &Call<'_>) -> Answer {
    let wanted: Preference = call.request()?;
    let whom = call.whom()?;
    let mut state = call.state();
    wanted.apply(call, call.user(&mut state, &whom)?)
}

/// `GetUserAuthFactors`, `AdminGetUserAuthFactors`.
pub(crate) fn auth_factors(call: &Call<'_>) -> Answer {
    let whom = call.whom()?;
    let mut state = call.state();
    let user = call.user(&mut state, &whom)?;
    let mut answer = json!({
        "Username": user.username,
        "ConfiguredUserAuthFactors": factors::configured(&call.service.settings, user),
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}

/// Makes a verified secret the second factor of a user.
fn enable_totp(user: &mut User, secret: String) {
    user.mfa.totp = Some(secret);
    user.mfa.totp_enabled = true;
    user.mfa.pending_totp = None;
}

/// A sign-in that waits for the set-up of a factor.
struct SetUp {
    id: String,
    session: Session,
    secret: Option<String>,
}

impl SetUp {
    fn find(call: &Call<'_>, state: &mut State, word: &str) -> Result<Self, Failure> {
        let (id, session) = call.find_session(state, word)?;
        let session = session.clone();
        let Step::MfaSetup {
            secret,
            proved: false,
        } = &session.step
        else {
            return Err(sessions::unknown());
        };
        let secret = secret.clone();
        let user = state.person_of(&session)?;
        if !user.enabled {
            return Err(Failure::disabled());
        }
        // Security: an older session must not replace a factor that was registered in the meantime.
        check_still_due(&call.service.settings, user, &session.step)?;
        Ok(Self {
            id,
            session,
            secret,
        })
    }

    /// Uses up the session and returns the next one.
    fn go_on(
        self,
        call: &Call<'_>,
        state: &mut State,
        secret: String,
        proved: bool,
    ) -> Result<String, Failure> {
        let client = call.service.client(&self.session.client)?;
        state.sessions.close(&self.id, call.now);
        let session = Session {
            step: Step::MfaSetup {
                secret: Some(secret),
                proved,
            },
            ..self.session
        };
        Ok(call.open_session(state, &client, session))
    }
}

/// The changes of factors in a request. A factor that is not named does not change.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Preference {
    #[serde(rename = "EmailMfaSettings")]
    email: Option<Setting>,
    #[serde(rename = "SMSMfaSettings")]
    sms: Option<Setting>,
    #[serde(rename = "SoftwareTokenMfaSettings")]
    totp: Option<Setting>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Setting {
    #[serde(default, deserialize_with = "request::or_default")]
    enabled: bool,
    #[serde(
        default,
        deserialize_with = "request::or_default",
        rename = "PreferredMfa"
    )]
    preferred: bool,
}

impl Preference {
    fn apply(&self, call: &Call<'_>, user: &mut User) -> Answer {
        let wants = |setting: &Option<Setting>| setting.as_ref().is_some_and(|s| s.enabled);
        let prefers = |setting: &Option<Setting>| setting.as_ref().is_some_and(|s| s.preferred);
        let preferred = [&self.email, &self.sms, &self.totp]
            .into_iter()
            .filter(|setting| prefers(setting));
        if preferred.count() > 1 {
            return Err(Failure::invalid_parameter(
                "Only one MFA method can be set as preferred.",
            ));
        }
        let offered = call.service.settings.factors;
        for (setting, factor, name) in [
            (&self.email, Factor::Email, "Email"),
            (&self.sms, Factor::Sms, "SMS"),
            (&self.totp, Factor::SoftwareToken, "Software Token"),
        ] {
            if wants(setting) && !offered.offers(factor) {
                return Err(Failure::invalid_parameter(format!(
                    "{name} MFA is not enabled for the user pool."
                )));
            }
        }
        if wants(&self.sms) && user.attribute("phone_number").is_none() {
            return Err(Failure::invalid_parameter(
                "User does not have delivery config set to turn on SMS_MFA",
            ));
        }
        if wants(&self.email) && user.attribute("email").is_none() {
            return Err(Failure::invalid_parameter(
                "User does not have delivery config set to turn on EMAIL_OTP",
            ));
        }
        if wants(&self.totp) && user.mfa.totp.is_none() {
            return Err(Failure::invalid_parameter(
                "User has not verified software token mfa",
            ));
        }
        let mfa = &mut user.mfa;
        for (setting, enabled, factor) in [
            (&self.email, &mut mfa.email_enabled, Factor::Email),
            (&self.sms, &mut mfa.sms_enabled, Factor::Sms),
            (&self.totp, &mut mfa.totp_enabled, Factor::SoftwareToken),
        ] {
            let Some(setting) = setting else { continue };
            *enabled = setting.enabled;
            if setting.enabled && setting.preferred {
                mfa.preferred = Some(factor);
            } else if mfa.preferred == Some(factor) {
                mfa.preferred = None;
            }
        }
        user.modified = call.now;
        Ok(json!({}))
    }
}

/// Returns the time step of a right code. Fails if the code is wrong.
fn prove(call: &Call<'_>, secret: &str, code: &str) -> Result<u64, Failure> {
    matching_step(secret, code, call.now).ok_or_else(|| {
        Failure::new(
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        )
    })
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

fn no_token() -> Failure {
    Failure::new(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    )
}
