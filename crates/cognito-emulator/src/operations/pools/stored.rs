//! The operations `GetSigningCertificate`, `GetUICustomization`, `SetUICustomization`,
//! `DescribeRiskConfiguration`, `SetRiskConfiguration`, `GetLogDeliveryConfiguration` and
//! `SetLogDeliveryConfiguration`. The `Set` operations here only store settings. Other parts of the
//! emulator apply them.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::replica::{REGIONAL_SENDER, notify_mut};
use crate::model::request;
use crate::model::risk;
use crate::model::settings::Settings;
use crate::model::stored::{ALL_CLIENTS as ALL, Item};
use crate::model::time::seconds;
use crate::operations::common::{add_members, invalid};
use crate::state::call::{Call, change};

/// The member of `SetUICustomization` with the logo. Responses do not contain this member.
const IMAGE: &str = "ImageFile";

const RISKS: [&str; 3] = [
    "AccountTakeoverRiskConfiguration",
    "CompromisedCredentialsRiskConfiguration",
    "RiskExceptionConfiguration",
];

/// Handles `GetSigningCertificate`. The certificate contains the public key with which a SAML
/// provider verifies the requests of the pool.
pub(crate) fn certificate(call: &Call<'_>) -> Answer {
    let service = call.service;
    let (pool, created) = (&service.settings.pool_id, service.settings.created);
    let certificate = service.tokens.id.certificate(pool, created);
    let internal = || {
        Failure::new(
            "InternalErrorException",
            "The certificate cannot be created",
        )
    };
    Ok(json!({ "Certificate": certificate.ok_or_else(internal)? }))
}

/// Handles `GetUICustomization`. If the client has no customization, returns the customization for
/// all clients. "If nothing is present, then an empty shape is returned" (AWS API reference).
pub(crate) fn ui_customization(call: &Call<'_>) -> Answer {
    let id = customized(call)?;
    let all = &call.service.settings.stored.customizations;
    let found = [id, ALL].into_iter().find_map(|id| all.get_key_value(id));
    Ok(match found {
        Some((id, customization)) => describe_customization(call, id, customization),
        None => json!({ "UICustomization": {} }),
    })
}

/// Handles `SetUICustomization`. If the request omits the CSS or the image, the stored CSS or image
/// does not change. The hosted pages show the image. Unlike in AWS, the image has no URL, so the
/// response has no `ImageUrl`. Fails if the pool has no domain.
pub(crate) fn set_ui_customization(call: &Call<'_>) -> Answer {
    let id = customized(call)?;
    let mut members = request::copy_members(call.fields, &["CSS", IMAGE]);
    members.insert(
        "CSSVersion".to_owned(),
        json!(seconds(call.now).to_string()),
    );
    change(call, |settings| {
        if settings.domains.is_empty() {
            return invalid("The user pool has no domain.");
        }
        let all = &mut settings.stored.customizations;
        let new = || Item::new(Map::new(), call.now);
        let customization = all.entry(id.to_owned()).or_insert_with(new);
        customization.update(members, call.now);
        Ok(describe_customization(call, id, customization))
    })
}

/// Returns the id of the app client in the request. Returns [`ALL`] if the request contains no
/// client id. Fails if the client does not exist.
fn customized<'a>(call: &Call<'a>) -> Result<&'a str, Failure> {
    let id = call.client_id().filter(|id| *id != ALL);
    id.map(|id| call.service.client(id)).transpose()?;
    Ok(id.unwrap_or(ALL))
}

fn describe_customization(call: &Call<'_>, id: &str, customization: &Item) -> Value {
    let pool = &call.service.settings.pool_id;
    let mut described = customization.describe_with(("ClientId", id), pool);
    described.remove(IMAGE);
    json!({ "UICustomization": described })
}

/// Handles `DescribeRiskConfiguration`. If threat protection is off, the configuration is empty. AWS
/// documents `UserPoolAddOnNotEnabledException` for this operation, but a public report describes a
/// success for a pool without threat protection (ministack#325).
pub(crate) fn risk_configuration(call: &Call<'_>) -> Answer {
    let client = client(call)?;
    Ok(describe_risks(&call.service.settings, client.as_ref()))
}

/// Handles `SetRiskConfiguration`. Members that the request omits are deleted. Fails if threat
/// protection is off.
pub(crate) fn set_risk_configuration(call: &Call<'_>) -> Answer {
    call.service.settings.check_threat_protection()?;
    let client = client(call)?;
    change(call, |settings| {
        set_risks(settings, call.fields, call.now)?;
        Ok(describe_risks(settings, client.as_ref()))
    })
}

/// Stores the risk configuration in the request `fields`. Fails if threat protection is off in the
/// pool, or if the request contains an IP range that is not in CIDR notation. Does not check whether
/// the app client in the request exists.
pub(crate) fn set_risks(
    settings: &mut Settings,
    fields: &Map<String, Value>,
    now: SystemTime,
) -> Result<(), Failure> {
    settings.check_threat_protection()?;
    risk::check_ranges(fields)?;
    let client = fields.get("ClientId").and_then(Value::as_str);
    let client = client.map(ToOwned::to_owned);
    let configuration = Item::new(request::copy_members(fields, &RISKS), now);
    if settings.replica().is_some() {
        check_same(settings.stored.risks.get(&client), &configuration)?;
    }
    settings.stored.risks.insert(client, configuration);
    Ok(())
}

/// Fails if a request for a replica changes more of the risk configuration than the sender of its
/// messages.
///
/// "Only the SourceARN and From attributes of NotifyConfiguration can be modified" (API reference
/// of `SetRiskConfiguration`). AWS does not document the error.
fn check_same(before: Option<&Item>, after: &Item) -> Result<(), Failure> {
    let shared = |configuration: &Item| {
        let mut configuration = configuration.clone();
        let members = configuration.members_mut();
        if let Some(notify) = notify_mut(members) {
            notify.retain(|name, _| !REGIONAL_SENDER.contains(&name.as_str()));
        }
        std::mem::take(members)
    };
    if before.map(shared).unwrap_or_default() == shared(after) {
        return Ok(());
    }
    invalid("All settings but From and SourceArn must have the values of the primary region.")
}

pub(crate) fn log_delivery(call: &Call<'_>) -> Answer {
    let settings = &call.service.settings;
    Ok(describe_logs(&settings.pool_id, &settings.stored.logs))
}

pub(crate) fn set_log_delivery(call: &Call<'_>) -> Answer {
    let logs = call.member("LogConfigurations")?;
    change(call, |settings| {
        settings.stored.logs = logs;
        Ok(describe_logs(&settings.pool_id, &settings.stored.logs))
    })
}

/// Stores the log delivery in the validated request `fields`.
pub(crate) fn set_logs(settings: &mut Settings, fields: &Map<String, Value>) {
    let logs = fields.get("LogConfigurations").and_then(Value::as_array);
    settings.stored.logs = logs.cloned().unwrap_or_default();
}

fn describe_logs(pool: &str, logs: &[Value]) -> Value {
    json!({ "LogDeliveryConfiguration": { "UserPoolId": pool, "LogConfigurations": logs } })
}

/// Returns the id of the app client in the request. Returns `None` if the request contains no
/// client id. Fails if the client does not exist.
fn client(call: &Call<'_>) -> Result<Option<String>, Failure> {
    let id = call.client_id();
    id.map(|id| call.service.client(id)).transpose()?;
    Ok(id.map(ToOwned::to_owned))
}

fn describe_risks(settings: &Settings, client: Option<&String>) -> Value {
    let mut described = json!({ "UserPoolId": settings.pool_id });
    if let Some(client) = client {
        described["ClientId"] = json!(client);
    }
    if let Some(configuration) = settings.stored.risks.get(&client.cloned()) {
        add_members(&mut described, &configuration.describe());
        // `RiskConfigurationType` has no time of creation.
        if let Some(members) = described.as_object_mut() {
            members.remove("CreationDate");
        }
    }
    json!({ "RiskConfiguration": described })
}
