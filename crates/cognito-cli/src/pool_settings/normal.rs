//! Converts AWS's responses to the format of the settings file.
//!
//! Members that AWS's service model has only in responses, and not in requests, are removed. All
//! other members are kept, also unknown members: they are settings that are newer than this crate.

use cognito::administration::STANDARD_ATTRIBUTES;
use serde_json::{Map, Value, json};

use super::part::Kind;
use super::providers;
use super::secrets::LEFT_OUT;

/// The members of `UserPoolType` that `UpdateUserPool` and `CreateUserPool` do not accept. Two of
/// them have another name in the requests: `Name` is `PoolName`, and `SchemaAttributes` is `Schema`
/// in `CreateUserPool`.
const POOL: &[&str] = &[
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "EmailConfigurationFailure",
    "EstimatedNumberOfUsers",
    "Id",
    "LastModifiedDate",
    "Name",
    "SchemaAttributes",
    "SmsConfigurationFailure",
    "Status",
];

/// The members of `UserPoolClientType` that are not settings.
const CLIENT: &[&str] = &[
    "ClientId",
    "ClientSecret",
    "ClientSecretArn",
    "ClientType",
    "CreationDate",
    "LastModifiedDate",
    "UserPoolId",
];

/// The members that are not settings in AWS's other types, such as `DomainDescriptionType` and
/// `ResourceServerType`.
const OTHER: &[&str] = &[
    "AWSAccountId",
    "CloudFrontDistribution",
    "CreationDate",
    "LastModifiedDate",
    "ManagedBy",
    "S3Bucket",
    "Status",
    "UserPoolId",
    "Version",
];

/// The details of a SAML provider that AWS reads from its metadata or creates.
const DERIVED_DETAILS: &[&str] = &[
    "ActiveEncryptionCertificate",
    "SLORedirectBindingURI",
    "SSORedirectBindingURI",
];

/// The older settings for messages that AWS also returns in `VerificationMessageTemplate`.
const MIRRORED: [(&str, &str); 3] = [
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
    ("SmsVerificationMessage", "SmsMessage"),
];

/// Returns the settings of a part of the pool in the format of the settings file. `kind` is the
/// kind of the part, such as an app client, and `raw` is its object in AWS's response. Returns
/// `None` if the pool does not have the part ([`exists`]).
pub(crate) fn document(kind: Kind, raw: &Value) -> Option<Value> {
    let mut members = raw.as_object()?.clone();
    match kind {
        Kind::Pool => pool(&mut members),
        Kind::Client => members = client(members),
        Kind::IdentityProvider => {
            remove(&mut members, OTHER);
            if let Some(Value::Object(details)) = members.get_mut("ProviderDetails") {
                remove(details, DERIVED_DETAILS);
            }
        }
        Kind::Group => remove(&mut members, &["modified"]),
        Kind::UiCustomization => ui_customization(&mut members),
        Kind::Branding => branding(&mut members),
        Kind::Terms => terms(&mut members),
        _ => remove(&mut members, OTHER),
    }
    let mut document = Value::Object(members);
    clean(kind, &mut document);
    exists(kind, &document).then_some(document)
}

/// Returns `true` if the pool has the part with the settings `document`. Some parts exist only if
/// they have settings: session configurations, log deliveries, and the parts that belong to an app
/// client, such as its branding ([`Kind::is_of_client`]).
pub(crate) fn exists(kind: Kind, document: &Value) -> bool {
    let mut members = document.as_object().into_iter().flatten();
    let has_settings = members.any(|(name, _)| Some(&**name) != kind.key());
    has_settings || !(kind.is_of_client() || matches!(kind, Kind::Sessions | Kind::Logs))
}

/// Converts the settings of a part of the pool, such as an app client, to a form in which they can
/// be compared. For example, removes empty members and sorts lists.
pub(crate) fn clean(kind: Kind, document: &mut Value) {
    if let Value::Object(members) = document {
        members.retain(|_, member| !member.is_null());
        match kind {
            Kind::Mfa => without_factors(members),
            Kind::Pool => clean_pool(members),
            Kind::Client => {
                if let Some(Value::Object(settings)) = members.get_mut("settings") {
                    settings.retain(|_, it| !it.is_null() && *it != json!({}));
                    add_units(settings);
                }
                members.retain(|_, member| *member != json!([]));
            }
            Kind::IdentityProvider => {
                members.retain(|_, member| !is_empty(member));
                providers::mark_key(members);
            }
            _ => members.retain(|_, member| !is_empty(member)),
        }
    }
    document.sort_all_objects();
    // The settings of a style are those of a visual editor, whose lists can have an order.
    let style = match kind {
        Kind::Branding => document.get_mut("Settings").map(Value::take),
        _ => None,
    };
    sort(document);
    if let Some(style) = style {
        document["Settings"] = style;
    }
}

/// Removes the members of a UI customization that are not settings, such as the URL of the logo.
/// AWS returns this URL but not the image, so the logo cannot be copied to another pool.
fn ui_customization(members: &mut Map<String, Value>) {
    remove(members, OTHER);
    remove(members, &["CSSVersion", "ImageUrl"]);
    if members.get("ClientId") == Some(&json!("ALL")) {
        members.remove("ClientId");
    }
    if members.get("CSS") == Some(&json!("")) {
        members.remove("CSS");
    }
}

fn branding(members: &mut Map<String, Value>) {
    remove(members, OTHER);
    members.remove("ManagedLoginBrandingId");
    // AWS rejects a request that has both.
    if members.get("UseCognitoProvidedValues") == Some(&json!(true)) {
        remove(members, &["Assets", "Settings"]);
    }
    let assets = members.get_mut("Assets").and_then(Value::as_array_mut);
    for asset in assets.into_iter().flatten() {
        if let Value::Object(asset) = asset {
            asset.remove("ResourceId");
        }
    }
}

fn terms(members: &mut Map<String, Value>) {
    let documents = members.get_mut("Documents").and_then(Value::as_object_mut);
    for document in documents.into_iter().flat_map(|all| all.values_mut()) {
        if let Value::Object(document) = document {
            remove(document, OTHER);
            remove(document, &["ClientId", "TermsId", "TermsName"]);
        }
    }
}

/// The units that AWS uses for the lifetimes of tokens if an app client has no units.
const UNITS: [(&str, &str); 3] = [
    ("AccessToken", "hours"),
    ("IdToken", "hours"),
    ("RefreshToken", "days"),
];

/// Adds AWS's default unit to each lifetime without a unit. Otherwise a merge could combine the
/// number of one app client with the unit of another.
fn add_units(settings: &mut Map<String, Value>) {
    for (token, default) in UNITS {
        if settings.contains_key(&format!("{token}Validity")) {
            let units = settings.entry("TokenValidityUnits");
            let units = units.or_insert_with(|| json!({}));
            if units[token].is_null() && units.is_object() {
                units[token] = json!(default);
            }
        }
    }
}

fn pool(members: &mut Map<String, Value>) {
    if let Some(name) = members.remove("Name") {
        members.insert("PoolName".to_owned(), name);
    }
    let schema = members.remove("SchemaAttributes").unwrap_or_default();
    let schema = schema.as_array().into_iter().flatten();
    let schema: Vec<Value> = schema.filter_map(attribute).collect();
    members.insert("Schema".to_owned(), Value::Array(schema));
    // The section `mfa` contains it. `UpdateUserPool` gets the value that the pool has.
    members.remove("MfaConfiguration");
    remove(members, POOL);
}

fn clean_pool(members: &mut Map<String, Value>) {
    let settings = Value::Object(members.clone());
    // AWS returns both, but rejects a request with both (github.com/aws/aws-sdk-js/issues/3817).
    let policy = &settings["Policies"]["PasswordPolicy"];
    if policy["TemporaryPasswordValidityDays"].is_number()
        && let Some(Value::Object(config)) = members.get_mut("AdminCreateUserConfig")
    {
        config.remove("UnusedAccountValidityDays");
    }
    for (older, newer) in MIRRORED {
        let template = &settings["VerificationMessageTemplate"][newer];
        if settings[older] == *template {
            members.remove(older);
        }
    }
    // AWS rejects it for a pool with the plan Lite.
    if settings["UserPoolTier"] == "LITE" {
        members.remove("AcrConfiguration");
    }
    members.retain(|_, member| !is_empty(member));
}

fn client(mut members: Map<String, Value>) -> Map<String, Value> {
    let id = members.get("ClientId").cloned().unwrap_or_default();
    let mut document = Map::from_iter([("id".to_owned(), id)]);
    let secret = members.get("ClientSecret").cloned();
    if members.contains_key("ClientSecretArn") {
        let publish = "PublishSecretsInAWSSecretsManager";
        members.insert(publish.to_owned(), json!(true));
        document.insert("secrets".to_owned(), json!([LEFT_OUT]));
    } else if let Some(secret) = secret {
        document.insert("secrets".to_owned(), json!([secret]));
    }
    remove(&mut members, CLIENT);
    document.insert("settings".to_owned(), Value::Object(members));
    document
}

/// Removes the settings of the second factors if MFA is off. AWS rejects a request that turns MFA
/// off and contains these settings.
pub(super) fn without_factors(members: &mut Map<String, Value>) {
    if members.get("MfaConfiguration") == Some(&json!("OFF")) {
        let factors = ["Email", "Sms", "SoftwareToken"];
        for factor in factors {
            members.remove(&format!("{factor}MfaConfiguration"));
        }
    }
}

/// The attributes that AWS adds to every pool and that no request can define.
const BUILT_IN: [&str; 4] = [
    "email_verified",
    "identities",
    "phone_number_verified",
    "sub",
];

/// Returns an attribute as a member of `Schema` in `CreateUserPool`. Returns `None` for a standard
/// attribute with AWS's default settings.
fn attribute(raw: &Value) -> Option<Value> {
    let mut attribute = raw.clone();
    let name = raw["Name"].as_str()?;
    let short = name.strip_prefix("dev:").unwrap_or(name);
    if let Some(custom) = short.strip_prefix("custom:") {
        // Without the prefix, the attribute would be the standard attribute with this name.
        let is_standard = STANDARD_ATTRIBUTES.contains(&custom);
        attribute["Name"] = json!(if is_standard { short } else { custom });
        return Some(attribute);
    }
    let strings = &raw["StringAttributeConstraints"];
    let bounds = [&strings["MinLength"], &strings["MaxLength"]];
    let default = match name {
        "birthdate" => ["10", "10"],
        _ => ["0", "2048"],
    };
    let mut bounds = bounds.into_iter().zip(default);
    let has_default_bounds = bounds.all(|(bound, default)| bound.is_null() || *bound == default);
    let is_default = raw["Required"] != true && raw["Mutable"] != false && has_default_bounds;
    (!is_default && !BUILT_IN.contains(&name)).then_some(attribute)
}

fn remove(members: &mut Map<String, Value>, names: &[&str]) {
    members.retain(|name, _| !names.contains(&&**name));
}

fn is_empty(member: &Value) -> bool {
    match member {
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => other.is_null(),
    }
}

/// Sorts all lists. In the settings of a pool, the order of a list has no meaning.
fn sort(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(sort),
        Value::Array(list) => {
            list.iter_mut().for_each(sort);
            list.sort_by_cached_key(|item| (item_key(item).map(str::to_owned), item.to_string()));
        }
        _ => {}
    }
}

/// The members that identify an object in a list.
const ITEM_KEYS: [&str; 4] = ["Name", "ScopeName", "EventSource", "id"];

/// Returns the value that identifies an object in a list, such as the name of an attribute.
pub(super) fn item_key(item: &Value) -> Option<&str> {
    ITEM_KEYS.iter().find_map(|key| item[*key].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_are_kept() {
        let raw = json!({ "Id": "a", "Name": "pool", "NewerSetting": { "A": [2, 1] } });
        let expected = json!({ "PoolName": "pool", "NewerSetting": { "A": [1, 2] } });
        assert_eq!(document(Kind::Pool, &raw), Some(expected));
    }

    #[test]
    fn members_that_exclude_each_other_are_removed() {
        let raw = json!({
            "AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": false,
                "UnusedAccountValidityDays": 7
            },
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
            "EmailVerificationMessage": "{####}",
            "VerificationMessageTemplate": { "EmailMessage": "{####}" },
            "UserPoolTier": "LITE",
            "AcrConfiguration": { "1": "low" },
        });
        let settings = document(Kind::Pool, &raw).unwrap();
        let config = json!({ "AllowAdminCreateUserOnly": false });
        assert_eq!(settings["AdminCreateUserConfig"], config);
        assert!(settings.get("EmailVerificationMessage").is_none());
        assert!(settings.get("AcrConfiguration").is_none());
        let raw = json!({ "MfaConfiguration": "OFF", "SmsMfaConfiguration": {} });
        let off = json!({ "MfaConfiguration": "OFF" });
        assert_eq!(document(Kind::Mfa, &raw), Some(off));
    }

    #[test]
    fn default_attributes_are_left_out() {
        let raw = json!({ "SchemaAttributes": [
            { "Name": "sub", "Required": true, "Mutable": false },
            { "Name": "name", "Required": false, "Mutable": true,
              "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" } },
            { "Name": "email", "Required": true, "Mutable": true },
            { "Name": "custom:plan", "Required": false, "Mutable": true },
            { "Name": "custom:locale", "Required": false, "Mutable": true },
        ] });
        let settings = document(Kind::Pool, &raw).unwrap();
        let names = settings["Schema"].as_array().unwrap();
        let names: Vec<_> = names
            .iter()
            .map(|it| it["Name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["custom:locale", "email", "plan"]);
    }

    #[test]
    fn lifetimes_have_units() {
        let mut client = json!({ "id": "a", "settings": {
            "AccessTokenValidity": 5,
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": { "AccessToken": "minutes" },
        } });
        clean(Kind::Client, &mut client);
        let units = json!({ "AccessToken": "minutes", "RefreshToken": "days" });
        assert_eq!(client["settings"]["TokenValidityUnits"], units);
        let mut client = json!({ "id": "a", "settings": { "ClientName": "a" } });
        clean(Kind::Client, &mut client);
        assert!(client["settings"].get("TokenValidityUnits").is_none());
    }
}
