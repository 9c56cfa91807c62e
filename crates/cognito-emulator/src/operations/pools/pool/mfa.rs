//! `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`.

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::form::{Form, RELYING_PARTY};
use crate::model::options::{MfaMode, UserVerification};
use crate::model::settings::{Factors, Settings, WebAuthn};
use crate::model::webauthn::is_relying_party;
use crate::operations::pools::pool::request::mode;
use crate::state::call::Call;
use crate::state::call::change;

/// `SetUserPoolMfaConfig`.
pub(crate) fn set(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let wanted = Wanted::read(&mut form);
    call.pool(form)?;
    change(call, |settings| {
        wanted.apply(settings)?;
        Ok(describe(settings))
    })
}

/// `GetUserPoolMfaConfig`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    call.pool(call.form())?;
    Ok(describe(&call.service.settings))
}

/// The second-factor settings in a request.
pub(crate) struct Wanted {
    mode: Option<MfaMode>,
    sms: Option<Map<String, Value>>,
    software_token: Option<bool>,
    web_authn: Option<WebAuthn>,
    kept: Map<String, Value>,
}

impl Wanted {
    pub(crate) fn read(form: &mut Form<'_>) -> Self {
        let sms = form.within("SmsMfaConfiguration", |inner| {
            inner.structure("SmsConfiguration");
            inner.keep(&["SmsAuthenticationMessage", "SmsConfiguration"])
        });
        let software_token = form.within("SoftwareTokenMfaConfiguration", |inner| {
            inner.flag("Enabled").unwrap_or(false)
        });
        form.structure("EmailMfaConfiguration");
        Self {
            mode: mode(form),
            sms,
            software_token,
            web_authn: form.within("WebAuthnConfiguration", web_authn),
            kept: form.keep(&["EmailMfaConfiguration"]),
        }
    }

    pub(crate) fn apply(self, settings: &mut Settings) -> Result<(), Failure> {
        let mode = self.mode.unwrap_or(settings.mfa);
        let has_email = self.kept.contains_key("EmailMfaConfiguration");
        let is_told = self.sms.is_some() || self.software_token.is_some() || has_email;
        if mode == MfaMode::Off && is_told {
            return Err(Failure::invalid_parameter(
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA \
                 together.",
            ));
        }
        let has_sms = |sms: &Map<String, Value>| sms.contains_key("SmsConfiguration");
        let factors = Factors {
            email: has_email,
            sms: self.sms.as_ref().is_some_and(has_sms),
            software_token: self.software_token.unwrap_or(false),
        };
        // A request for passkeys alone says nothing of second factors.
        if self.mode.is_some() || is_told {
            if mode != MfaMode::Off && !factors.any() {
                return Err(Failure::invalid_parameter(
                    "Invalid MFA configuration given, can't disable all MFAs with a required or \
                     optional configuration.",
                ));
            }
            (settings.mfa, settings.factors) = (mode, factors);
            settings.mfa_kept.remove("EmailMfaConfiguration");
        }
        if let Some(web_authn) = self.web_authn {
            let relying_party = web_authn.relying_party.as_deref();
            if relying_party.is_some_and(|id| !is_relying_party(id)) {
                return Err(Failure::invalid_parameter(
                    "RelyingPartyId must be a domain such as example.com",
                ));
            }
            settings.web_authn = web_authn;
        }
        settings.check_first_factors()?;
        settings.kept.extend(self.sms.unwrap_or_default());
        settings.mfa_kept.extend(self.kept);
        Ok(())
    }
}

/// `WebAuthnConfigurationType`.
fn web_authn(form: &mut Form<'_>) -> WebAuthn {
    let verifications = UserVerification::ALL.map(UserVerification::setting);
    let verification = form.choice("UserVerification", &verifications);
    let factors = form.choice("FactorConfiguration", &[SINGLE, MULTIPLE]);
    WebAuthn {
        relying_party: form
            .optional("RelyingPartyId", &RELYING_PARTY)
            .map(ToOwned::to_owned),
        verification: verification.and_then(|name| {
            UserVerification::ALL
                .into_iter()
                .find(|verification| verification.setting() == name)
        }),
        is_multi_factor: factors.map(|factors| factors == MULTIPLE),
    }
}

const SINGLE: &str = "SINGLE_FACTOR";
const MULTIPLE: &str = "MULTI_FACTOR_WITH_USER_VERIFICATION";

fn describe_web_authn(web_authn: &WebAuthn) -> Option<Value> {
    let mut described = Map::new();
    if let Some(relying_party) = &web_authn.relying_party {
        described.insert("RelyingPartyId".to_owned(), json!(relying_party));
    }
    if let Some(verification) = web_authn.verification {
        let verification = verification.setting();
        described.insert("UserVerification".to_owned(), json!(verification));
    }
    if let Some(is_multi_factor) = web_authn.is_multi_factor {
        let factors = if is_multi_factor { MULTIPLE } else { SINGLE };
        described.insert("FactorConfiguration".to_owned(), json!(factors));
    }
    (!described.is_empty()).then_some(Value::Object(described))
}

fn describe(settings: &Settings) -> Value {
    let factors = settings.factors;
    let mut described = json!({ "MfaConfiguration": settings.mfa.setting() });
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
