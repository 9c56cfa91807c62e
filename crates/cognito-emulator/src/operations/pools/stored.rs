//! Settings that a pool stores and returns without an effect: `GetCSVHeader`,
//! `GetSigningCertificate`, `GetUICustomization`, `DescribeRiskConfiguration`,
//! `SetRiskConfiguration`, `GetLogDeliveryConfiguration`, `SetLogDeliveryConfiguration`.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::request;
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::call::change;

/// The columns of an import file before the custom attributes, in the order that was observed in
/// Cognito.
const COLUMNS: [&str; 19] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// A certificate whose private key was discarded, so nothing can be signed for it.
const CERTIFICATE: &str = include_str!("../../../data/saml-certificate.txt");

/// The members of a risk configuration.
const RISKS: [&str; 3] = [
    "AccountTakeoverRiskConfiguration",
    "CompromisedCredentialsRiskConfiguration",
    "RiskExceptionConfiguration",
];

/// `GetCSVHeader`.
pub(crate) fn csv_header(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let settings = &call.service.settings;
    let custom = settings.schema.custom_names();
    let header: Vec<_> = COLUMNS
        .into_iter()
        .chain(custom)
        .chain(["cognito:mfa_enabled", "cognito:username"])
        .collect();
    Ok(json!({ "UserPoolId": settings.pool_id, "CSVHeader": header }))
}

/// `GetSigningCertificate`.
pub(crate) fn certificate(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    Ok(json!({ "Certificate": CERTIFICATE.trim() }))
}

/// `GetUICustomization`. "If nothing is present, then an empty shape is returned" (API reference),
/// and the emulator cannot set anything.
pub(crate) fn ui_customization(call: &Call<'_>) -> Answer {
    named(call)?;
    Ok(json!({ "UICustomization": {} }))
}

/// `DescribeRiskConfiguration`.
pub(crate) fn risk_configuration(call: &Call<'_>) -> Answer {
    let client = named(call)?;
    Ok(json!({ "RiskConfiguration": described(call, &client) }))
}

/// `SetRiskConfiguration`. Members that the request omits are removed.
pub(crate) fn set_risk_configuration(call: &Call<'_>) -> Answer {
    let risks = request::kept(call.fields, &RISKS);
    let client = named(call)?;
    let stored = (risks, call.now);
    change(call, |settings| {
        settings.stored.risks.insert(client.clone(), stored.clone());
        Ok(())
    })?;
    let described = described_as(call, &client, Some(&stored));
    Ok(json!({ "RiskConfiguration": described }))
}

/// `GetLogDeliveryConfiguration`.
pub(crate) fn log_delivery(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let settings = &call.service.settings;
    Ok(logs(&settings.pool_id, &settings.stored.logs))
}

/// `SetLogDeliveryConfiguration`.
pub(crate) fn set_log_delivery(call: &Call<'_>) -> Answer {
    let list: Vec<Value> = call.member("LogConfigurations")?;
    call.check_pool()?;
    change(call, |settings| {
        settings.stored.logs.clone_from(&list);
        Ok(())
    })?;
    Ok(logs(&call.service.settings.pool_id, &list))
}

fn logs(pool: &str, list: &[Value]) -> Value {
    json!({ "LogDeliveryConfiguration": { "UserPoolId": pool, "LogConfigurations": list } })
}

/// Checks the pool and returns the id of the app client in the request, if there is one.
fn named(call: &Call<'_>) -> Result<Option<String>, Failure> {
    call.check_pool()?;
    let id = call.client_id();
    id.map(|id| call.service.client(id)).transpose()?;
    Ok(id.map(ToOwned::to_owned))
}

fn described(call: &Call<'_>, client: &Option<String>) -> Value {
    let stored = call.service.settings.stored.risks.get(client);
    described_as(call, client, stored)
}

fn described_as(
    call: &Call<'_>,
    client: &Option<String>,
    stored: Option<&(Map<String, Value>, SystemTime)>,
) -> Value {
    let mut described = json!({ "UserPoolId": call.service.settings.pool_id });
    if let Some(client) = client {
        described["ClientId"] = json!(client);
    }
    if let Some((members, modified)) = stored {
        for (member, value) in members {
            described[member] = value.clone();
        }
        described["LastModifiedDate"] = timestamp(*modified);
    }
    described
}
