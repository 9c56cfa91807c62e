//! `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::options::{MfaMode, UserVerification};
use crate::model::request;
use crate::model::request::present;
use crate::model::settings::{Factors, Settings, WebAuthn};
use crate::model::webauthn::is_relying_party;
use crate::state::call::Call;
use crate::state::call::change;

/// `SetUserPoolMfaConfig`.
pub(crate) fn set(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    change(call, |settings| {
        apply(call.fields, settings)?;
        Ok(describe(settings))
    })
}

/// `GetUserPoolMfaConfig`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    Ok(describe(&call.service.settings))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    mfa_configuration: Option<&'a str>,
    sms_mfa_configuration: Option<Map<String, Value>>,
    software_token_mfa_configuration: Option<SoftwareToken>,
    #[serde(borrow)]
    web_authn_configuration: Option<WebAuthnConfiguration<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SoftwareToken {
    #[serde(default, deserialize_with = "request::or_default")]
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WebAuthnConfiguration<'a> {
    relying_party_id: Option<&'a str>,
    user_verification: Option<&'a str>,
    factor_configuration: Option<&'a str>,
}

/// Applies the second-factor settings of a request.
pub(crate) fn apply(fields: &Map<String, Value>, settings: &mut Settings) -> Result<(), Failure> {
    let told: Told<'_> = request::read(fields)?;
    let wanted = told.mfa_configuration.and_then(MfaMode::named);
    let mode = wanted.unwrap_or(settings.mfa);
    let sms = told
        .sms_mfa_configuration
        .map(|sms| request::kept(&sms, &["SmsAuthenticationMessage", "SmsConfiguration"]));
    let software_token = told.software_token_mfa_configuration;
    let email = request::kept(fields, &["EmailMfaConfiguration"]);
    let is_told = sms.is_some() || software_token.is_some() || !email.is_empty();
    if mode == MfaMode::Off && is_told {
        return Err(Failure::invalid_parameter(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        ));
    }
    let has_sms = |sms: &Map<String, Value>| sms.contains_key("SmsConfiguration");
    let factors = Factors {
        email: !email.is_empty(),
        sms: sms.as_ref().is_some_and(has_sms),
        software_token: software_token.is_some_and(|told| told.enabled),
    };
    // A request that contains only passkey settings does not change second factors.
    if wanted.is_some() || is_told {
        if mode != MfaMode::Off && !factors.any() {
            return Err(Failure::invalid_parameter(
                "Invalid MFA configuration given, can't disable all MFAs with a required or \
                 optional configuration.",
            ));
        }
        (settings.mfa, settings.factors) = (mode, factors);
        settings.mfa_kept.remove("EmailMfaConfiguration");
    }
    if let Some(web_authn) = told.web_authn_configuration.as_ref().map(web_authn) {
        let relying_party = web_authn.relying_party.as_deref();
        if relying_party.is_some_and(|id| !is_relying_party(id)) {
            return Err(Failure::invalid_parameter(
                "RelyingPartyId must be a domain such as example.com",
            ));
        }
        settings.web_authn = web_authn;
    }
    settings.check_first_factors()?;
    settings.kept.extend(sms.unwrap_or_default());
    settings.mfa_kept.extend(email);
    Ok(())
}

fn web_authn(told: &WebAuthnConfiguration<'_>) -> WebAuthn {
    WebAuthn {
        relying_party: told.relying_party_id.map(ToOwned::to_owned),
        verification: told.user_verification.and_then(UserVerification::named),
        is_multi_factor: told.factor_configuration.map(|factors| factors == MULTIPLE),
    }
}

const SINGLE: &str = "SINGLE_FACTOR";
const MULTIPLE: &str = "MULTI_FACTOR_WITH_USER_VERIFICATION";

fn describe_web_authn(web_authn: &WebAuthn) -> Option<Value> {
    let factors = |is_multi_factor| if is_multi_factor { MULTIPLE } else { SINGLE };
    let described = present([
        ("RelyingPartyId", json!(web_authn.relying_party)),
        (
            "UserVerification",
            json!(web_authn.verification.map(UserVerification::name)),
        ),
        (
            "FactorConfiguration",
            json!(web_authn.is_multi_factor.map(factors)),
        ),
    ]);
    (!described.is_empty()).then_some(Value::Object(described))
}

fn describe(settings: &Settings) -> Value {
    let factors = settings.factors;
    let mut described = json!({ "MfaConfiguration": settings.mfa.name() });
    if factors.sms {
        let names = ["SmsAuthenticationMessage", "SmsConfiguration"];
        let told = names
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), settings.kept.get(name)?.clone())));
        described["SmsMfaConfiguration"] = Value::Object(told.collect());
    }
    if factors.software_token {
        described["SoftwareTokenMfaConfiguration"] = json!({ "Enabled": true });
    }
    if factors.email {
        described["EmailMfaConfiguration"] = json!({});
    }
    if let Some(web_authn) = describe_web_authn(&settings.web_authn) {
        described["WebAuthnConfiguration"] = web_authn;
    }
    for (name, value) in &settings.mfa_kept {
        described[name] = value.clone();
    }
    described
}
