//! A passkey as the first factor.

use serde_json::{Value, json};

use crate::model::factors::relying_party;
use crate::model::failure::Failure;
use crate::model::options::UserVerification;
use crate::model::passkeys::{PATIENCE, new_challenge};
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::model::webauthn::{Expected, assertion};
use crate::state::call::Call;
use crate::state::sessions::Step;

/// Returns the challenge for a user, and the step that waits for the response.
pub(super) fn question(
    call: &Call<'_>,
    user: &User,
    is_second: bool,
) -> Result<(Step, Value), Failure> {
    let settings = &call.service.settings;
    let relying_party = relying_party(settings)?;
    let verification = is_second || settings.web_authn.is_verification_required();
    let asked = if verification {
        UserVerification::Required
    } else {
        settings.web_authn.verification()
    };
    let challenge = new_challenge(&call.service.random);
    let options = json!({
        "challenge": challenge,
        "timeout": PATIENCE.as_millis(),
        "rpId": relying_party,
        "allowCredentials": user.passkeys.descriptors(relying_party),
        "userVerification": asked.name(),
    });
    let parameters = json!({ "CREDENTIAL_REQUEST_OPTIONS": options.to_string() });
    let step = Step::WebAuthn {
        challenge,
        verification,
    };
    Ok((step, parameters))
}

/// Parses the credential in a response.
pub(super) fn read(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|_| Failure::invalid_parameter("The credential is not valid JSON"))
}

/// Verifies a passkey's response and stores its counter. A wrong response is rejected like a wrong
/// password, because `RespondToAuthChallenge` has no other exception for it.
pub(super) fn check(
    settings: &Settings,
    user: &mut User,
    challenge: &str,
    verification: bool,
    credential: &Value,
) -> Result<(), Failure> {
    let expected = Expected {
        challenge,
        // Passkeys may have been disabled in the meantime.
        relying_party: relying_party(settings).map_err(|_| Failure::incorrect())?,
        verification,
    };
    let handle = user.sub.as_bytes();
    let proven = assertion::verify(&expected, handle, &user.passkeys.registered, credential)
        .map_err(|_| Failure::incorrect())?;
    user.passkeys.used(&proven);
    Ok(())
}
