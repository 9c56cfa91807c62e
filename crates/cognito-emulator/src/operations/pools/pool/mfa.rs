//! The operations `SetUserPoolMfaConfig` and `GetUserPoolMfaConfig`.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::options::{MfaMode, UserVerification};
use crate::model::request::{self, present};
use crate::model::settings::{Factors, Settings, WebAuthn};
use crate::model::webauthn::is_relying_party;
use crate::operations::common::{add_members, invalid};
use crate::state::call::{Call, change};

pub(crate) fn set(call: &Call<'_>) -> Answer {
    change(call, |settings| {
        apply(call.fields, settings)?;
        Ok(describe(settings))
    })
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    Ok(describe(&call.service.settings))
}

/// The members of `SmsMfaConfiguration` that are stored. The presence of `SmsConfiguration` enables
/// SMS codes as a second factor. The values have no effect.
const SMS: [&str; 2] = ["SmsAuthenticationMessage", "SmsConfiguration"];

/// Applies the members of a `SetUserPoolMfaConfig` request. A second factor that the request omits
/// is disabled. If the request contains only passkey settings, the second factors do not change.
pub(crate) fn apply(fields: &Map<String, Value>, settings: &mut Settings) -> Result<(), Failure> {
    let member = |name: &str| fields.get(name).filter(|member| !member.is_null());
    let wanted = member("MfaConfiguration").and_then(Value::as_str);
    let wanted = wanted.and_then(MfaMode::named);
    let mode = wanted.unwrap_or(settings.mfa);
    let sms = member("SmsMfaConfiguration").and_then(Value::as_object);
    let sms = sms.map(|sms| request::copy_members(sms, &SMS));
    let software_token = member("SoftwareTokenMfaConfiguration");
    let email = request::copy_members(fields, &["EmailMfaConfiguration"]);
    let has_factors = sms.is_some() || software_token.is_some() || !email.is_empty();
    if mode == MfaMode::Off && has_factors {
        return invalid(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        );
    }
    let has_sms = |sms: &Map<String, Value>| sms.contains_key("SmsConfiguration");
    let factors = Factors {
        email: !email.is_empty(),
        sms: sms.as_ref().is_some_and(has_sms),
        software_token: software_token.is_some_and(|it| it["Enabled"] == true),
    };
    // A request that contains only passkey settings does not change second factors.
    if wanted.is_some() || has_factors {
        if mode != MfaMode::Off && !factors.any() {
            return invalid(
                "Invalid MFA configuration given, can't disable all MFAs with a required or \
                 optional configuration.",
            );
        }
        (settings.mfa, settings.factors) = (mode, factors);
        settings.mfa_members.remove("EmailMfaConfiguration");
    }
    if let Some(web_authn) = member("WebAuthnConfiguration") {
        let text = |name: &str| web_authn[name].as_str();
        if text("RelyingPartyId").is_some_and(|id| !is_relying_party(id)) {
            return invalid("RelyingPartyId must be a domain such as example.com");
        }
        settings.web_authn = WebAuthn {
            relying_party: text("RelyingPartyId").map(ToOwned::to_owned),
            verification: text("UserVerification").and_then(UserVerification::named),
            is_multi_factor: text("FactorConfiguration").map(|factors| factors == MULTIPLE),
        };
    }
    settings.check_first_factors()?;
    settings.members.extend(sms.unwrap_or_default());
    settings.mfa_members.extend(email);
    Ok(())
}

const SINGLE: &str = "SINGLE_FACTOR";
const MULTIPLE: &str = "MULTI_FACTOR_WITH_USER_VERIFICATION";

pub(crate) fn describe(settings: &Settings) -> Value {
    let (factors, web_authn) = (settings.factors, &settings.web_authn);
    let mut described = json!({ "MfaConfiguration": settings.mfa.name() });
    if factors.sms {
        described["SmsMfaConfiguration"] =
            Value::Object(request::copy_members(&settings.members, &SMS));
    }
    if factors.software_token {
        described["SoftwareTokenMfaConfiguration"] = json!({ "Enabled": true });
    }
    if factors.email {
        described["EmailMfaConfiguration"] = json!({});
    }
    let verification = web_authn.verification.map(UserVerification::name);
    let factors = |is_multi_factor| if is_multi_factor { MULTIPLE } else { SINGLE };
    let factors = web_authn.is_multi_factor.map(factors);
    let web_authn = present([
        ("RelyingPartyId", json!(web_authn.relying_party)),
        ("UserVerification", json!(verification)),
        ("FactorConfiguration", json!(factors)),
    ]);
    if !web_authn.is_empty() {
        described["WebAuthnConfiguration"] = Value::Object(web_authn);
    }
    add_members(&mut described, &settings.mfa_members);
    described
}
