//! `SetUserPoolMfaConfig`, `GetUserPoolMfaConfig`.

use serde_json::{Map, Value, json};

use crate::administration::pool::change;
use crate::administration::pool::request::mode;
use crate::form::Form;
use crate::service::Call;
use crate::settings::{Factors, MfaMode, Settings};
use crate::wire::{Answer, Failure};

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

/// What a request wants of the second factors of a pool.
pub(crate) struct Wanted {
    mode: Option<MfaMode>,
    sms: Option<Map<String, Value>>,
    software_token: Option<bool>,
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
        form.structure("WebAuthnConfiguration");
        Self {
            mode: mode(form),
            sms,
            software_token,
            kept: form.keep(&["EmailMfaConfiguration", "WebAuthnConfiguration"]),
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
        settings.check_first_factors()?;
        settings.kept.extend(self.sms.unwrap_or_default());
        settings.mfa_kept.extend(self.kept);
        Ok(())
    }
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
    for (name, value) in &settings.mfa_kept {
        described[name] = value.clone();
    }
    described
}
