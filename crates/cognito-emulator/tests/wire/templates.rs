//! Pools from a CloudFormation template.

mod faults;
mod functions;
mod notes;

use cognito_emulator::{Emulator, StartError, Template};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, Tokens, password_fields, pool_with};

async fn start(template: Template) -> Pool {
    pool_with(|builder| builder.template(template)).await
}

async fn pool(template: &Value) -> Pool {
    start(read(template)).await
}

fn read(template: &Value) -> Template {
    Template::from_json(&template.to_string()).expect("a template")
}

/// Returns the path and the reason of the error that a template causes.
fn fault(template: Result<Template, StartError>) -> (String, String) {
    let started = template.and_then(|it| Emulator::builder().template(it).build());
    match started {
        Err(StartError::Template { path, reason, .. }) => (path, reason),
        other => (format!("{other:?}"), String::new()),
    }
}

/// Returns a template with a user pool `Pool`, an app client `Client` and further resources.
fn with(properties: Value, others: Value) -> Value {
    let mut template = json!({ "Resources": {
        "Pool": { "Type": "AWS::Cognito::UserPool" },
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": { "Ref": "Pool" },
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            },
        },
    } });
    let resources = template["Resources"].as_object_mut().expect("an object");
    resources["Pool"]["Properties"] = properties;
    if let Value::Object(others) = others {
        resources.extend(others);
    }
    template
}

/// Returns a resource of a user pool.
fn resource(kind: &str, mut properties: Value) -> Value {
    properties["UserPoolId"] = json!({ "Ref": "Pool" });
    let mut resource = json!({ "Type": format!("AWS::Cognito::{kind}") });
    resource["Properties"] = properties;
    resource
}

async fn described(pool: &Pool) -> Value {
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    described["UserPool"].clone()
}

#[tokio::test]
async fn users_of_template_pool_sign_in() {
    let user = json!({
        "Username": "ann@example.com",
        "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
    });
    let member = json!({ "Username": { "Ref": "Ann" }, "GroupName": { "Ref": "Staff" } });
    let template = with(
        json!({ "UsernameAttributes": ["email"] }),
        json!({
            "Member": resource("UserPoolUserToGroupAttachment", member),
            "Ann": resource("UserPoolUser", user),
            "Staff": resource("UserPoolGroup", json!({ "Precedence": "3" })),
        }),
    );
    let pool = pool(&template).await;
    let password =
        json!({ "Username": "ann@example.com", "Password": PASSWORD, "Permanent": true });
    for _ in 0..2 {
        pool.admin("AdminSetUserPassword", password.clone())
            .await
            .ok();
        let client = json!(pool.emulator.client_id());
        let answer = pool.call("InitiateAuth", password_fields(&client, "ann@example.com"));
        let tokens = Tokens::read(&answer.await.ok());
        pool.get_user(&tokens.access).await.ok();
        let groups = json!({ "Username": "ann@example.com" });
        let groups = pool.admin("AdminListGroupsForUser", groups).await.ok();
        assert_eq!(groups["Groups"][0]["Precedence"], 3);
        let name = groups["Groups"][0]["GroupName"].as_str().expect("a name");
        assert!(name.starts_with("template-Staff-"), "{name}");
        // A reset creates the groups and users of the template again.
        pool.emulator.reset();
    }
}

#[tokio::test]
async fn reset_skips_deleted_pools() {
    let user = |pool: &str, name: &str| {
        let id = json!({ "Ref": pool });
        let properties = json!({ "UserPoolId": id, "Username": name, "MessageAction": "SUPPRESS" });
        json!({ "Type": "AWS::Cognito::UserPoolUser", "Properties": properties })
    };
    let others = json!({
        "Ann": user("Second", "ann"),
        "Bob": user("Pool", "bob"),
        "Second": { "Type": "AWS::Cognito::UserPool" },
    });
    let pool = pool(&with(json!({}), others)).await;
    let first = pool.emulator.user_pool_id();
    let ids = pool.emulator.user_pool_ids();
    let second = ids.iter().find(|id| *id != first).expect("a second pool");
    let deleted = json!({ "UserPoolId": second });
    pool.operator("DeleteUserPool", deleted).await.ok();
    pool.emulator.reset();
    assert_eq!(pool.emulator.user_pool_ids(), [first]);
    let bob = json!({ "Username": "bob" });
    pool.admin("AdminGetUser", bob).await.ok();
}

#[tokio::test]
async fn properties_become_settings_of_pool() {
    let template = with(
        json!({
            "UserPoolName": "people",
            "Policies": { "PasswordPolicy": { "MinimumLength": "10", "RequireNumbers": "true" } },
            "MfaConfiguration": "ON",
            "EnabledMfas": ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"],
            "EmailAuthenticationMessage": "Your code is {####}.",
            "EmailAuthenticationSubject": "Your code",
            "SmsConfiguration": { "SnsCallerArn": { "Fn::GetAtt": ["Role", "Arn"] } },
            "WebAuthnRelyingPartyID": "example.com",
            "WebAuthnUserVerification": "required",
            "WebAuthnFactorConfiguration": "SINGLE_FACTOR",
            "UserPoolTags": { "team": "people" },
            "Schema": [{ "Name": "plan", "AttributeDataType": "String", "Mutable": "true" }],
        }),
        json!({ "Role": { "Type": "AWS::IAM::Role" } }),
    );
    let pool = pool(&template).await;
    let described = described(&pool).await;
    assert_eq!(described["Name"], "people");
    assert_eq!(described["UserPoolTags"], json!({ "team": "people" }));
    let policy = &described["Policies"]["PasswordPolicy"];
    assert_eq!(
        (&policy["MinimumLength"], &policy["RequireNumbers"]),
        (&json!(10), &json!(true))
    );
    let role = "arn:aws:iam::123456789012:role/Role";
    assert_eq!(described["SmsConfiguration"]["SnsCallerArn"], role);
    let attributes = described["SchemaAttributes"].as_array().expect("a list");
    assert!(
        attributes
            .iter()
            .any(|attribute| attribute["Name"] == "custom:plan")
    );
    let mfa = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
    let expected = json!({
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": role } },
        "EmailMfaConfiguration": { "Message": "Your code is {####}.", "Subject": "Your code" },
        "WebAuthnConfiguration": {
            "RelyingPartyId": "example.com",
            "UserVerification": "required",
            "FactorConfiguration": "SINGLE_FACTOR",
        },
    });
    assert_eq!(mfa, expected);
}

/// The style of a customization of the hosted pages.
const CSS: &str = ".banner-customizable { padding: 25px; }";

/// Returns resources of a user pool: a resource server, a provider, a domain and settings.
fn of_pool() -> Value {
    let details = json!({
        "client_id": "id",
        "client_secret": { "Fn::Sub": "{{resolve:ssm:/google/secret}}" },
        "authorize_scopes": "openid email",
    });
    let logs = json!({ "LogConfigurations": [{
        "LogLevel": "ERROR",
        "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": { "LogGroupArn": { "Fn::Sub": "arn:aws:logs:us-east-1:123456789012:log-group:${Logs}" } },
    }] });
    let compromised = json!({ "Actions": { "EventAction": "BLOCK" } });
    json!({
        "Domain": resource("UserPoolDomain", json!({ "Domain": "people-test" })),
        "Google": resource("UserPoolIdentityProvider", json!({
            "ProviderName": "Google",
            "ProviderType": "Google",
            "ProviderDetails": details,
            "AttributeMapping": { "email": "email" },
        })),
        "Logs": { "Type": "AWS::Logs::LogGroup" },
        "Logging": resource("LogDeliveryConfiguration", logs),
        "Risks": resource("UserPoolRiskConfigurationAttachment", json!({
            "ClientId": "ALL",
            "CompromisedCredentialsRiskConfiguration": compromised,
        })),
        "Server": resource("UserPoolResourceServer", json!({
            "Identifier": "https://api.example.com",
            "Name": "api",
            "Scopes": [{ "ScopeName": "read", "ScopeDescription": "read" }],
        })),
    })
}

/// Returns resources that refer to the app client: branding, terms and an identity pool.
fn of_client() -> Value {
    let client = json!({ "Ref": "Client" });
    let provider = json!({ "Fn::GetAtt": ["Pool", "ProviderName"] });
    // A customization needs the domain of the pool.
    let mut css = resource(
        "UserPoolUICustomizationAttachment",
        json!({
            "ClientId": "ALL",
            "CSS": CSS,
        }),
    );
    css["DependsOn"] = json!(["Domain"]);
    json!({
        "Branding": resource("ManagedLoginBranding", json!({
            "ClientId": client,
            "UseCognitoProvidedValues": true,
            "ReturnMergedResources": true,
        })),
        "Css": css,
        "Guests": { "Type": "AWS::Cognito::IdentityPool", "Properties": {
            "AllowUnauthenticatedIdentities": "true",
            "CognitoIdentityProviders": [{ "ClientId": client, "ProviderName": provider }],
            "IdentityPoolTags": [{ "Key": "team", "Value": "people" }],
            "PushSync": { "RoleArn": "arn:aws:iam::123456789012:role/sync" },
        } },
        "Role": { "Type": "AWS::IAM::Role" },
        "Roles": { "Type": "AWS::Cognito::IdentityPoolRoleAttachment", "Properties": {
            "IdentityPoolId": { "Ref": "Guests" },
            "Roles": { "unauthenticated": { "Fn::GetAtt": ["Role", "Arn"] } },
        } },
        "Tags": { "Type": "AWS::Cognito::IdentityPoolPrincipalTag", "Properties": {
            "IdentityPoolId": { "Ref": "Guests" },
        } },
        "Terms": resource("Terms", json!({
            "ClientId": client,
            "TermsName": "terms-of-use",
            "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": { "cognito:default": "https://example.com/terms" },
        })),
    })
}

/// Returns a template with every resource type except groups and users.
fn every_type() -> Value {
    let add_ons = json!({
        "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" },
        "UserPoolTier": "PLUS",
    });
    let mut template = with(add_ons, of_pool());
    if let (Some(resources), Value::Object(others)) =
        (template["Resources"].as_object_mut(), of_client())
    {
        resources.extend(others);
    }
    template
}

#[tokio::test]
async fn every_resource_type_is_created() {
    let pool = pool(&every_type()).await;
    let client = json!({ "ClientId": pool.emulator.client_id() });
    let scope = "/ResourceServer/Scopes/0/ScopeName";
    let server = json!({ "Identifier": "https://api.example.com" });
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:Logs";
    let log = "/LogDeliveryConfiguration/LogConfigurations/0/CloudWatchLogsConfiguration";
    let risk = "/RiskConfiguration/CompromisedCredentialsRiskConfiguration/Actions/EventAction";
    let branding = "/ManagedLoginBranding/UseCognitoProvidedValues";
    let secret = "/IdentityProvider/ProviderDetails/client_secret";
    for (operation, fields, path, expected) in [
        (
            "DescribeManagedLoginBrandingByClient",
            client,
            branding,
            json!(true),
        ),
        (
            "GetUICustomization",
            json!({}),
            "/UICustomization/CSS",
            json!(CSS),
        ),
        (
            "DescribeIdentityProvider",
            json!({ "ProviderName": "Google" }),
            secret,
            json!("{{resolve:ssm:/google/secret}}"),
        ),
        (
            "GetLogDeliveryConfiguration",
            json!({}),
            log,
            json!({ "LogGroupArn": arn }),
        ),
        ("DescribeRiskConfiguration", json!({}), risk, json!("BLOCK")),
        ("DescribeResourceServer", server, scope, json!("read")),
        (
            "ListTerms",
            json!({ "MaxResults": 5 }),
            "/Terms/0/TermsName",
            json!("terms-of-use"),
        ),
        (
            "DescribeUserPoolDomain",
            json!({ "Domain": "people-test" }),
            "/DomainDescription/UserPoolId",
            json!(pool.emulator.user_pool_id()),
        ),
    ] {
        let answer = pool.admin(operation, fields).await.ok();
        assert_eq!(
            answer.pointer(path),
            Some(&expected),
            "{operation}: {answer}"
        );
    }
}

#[tokio::test]
async fn identity_pool_and_roles_are_created() {
    let pool = pool(&every_type()).await;
    let call = async |operation: &str, fields: Value| {
        let target = format!("AWSCognitoIdentityService.{operation}");
        pool.signed(&target, fields).await.ok()
    };
    let list = call("ListIdentityPools", json!({ "MaxResults": 5 })).await;
    let id = json!({ "IdentityPoolId": list["IdentityPools"][0]["IdentityPoolId"] });
    let described = call("DescribeIdentityPool", id.clone()).await;
    let provider = &described["CognitoIdentityProviders"][0];
    assert_eq!(provider["ClientId"], pool.emulator.client_id());
    let name = format!(
        "cognito-idp.us-east-1.amazonaws.com/{}",
        pool.emulator.user_pool_id()
    );
    assert_eq!(provider["ProviderName"], name);
    assert_eq!(described["IdentityPoolTags"], json!({ "team": "people" }));
    let roles = call("GetIdentityPoolRoles", id).await;
    assert_eq!(
        roles["Roles"]["unauthenticated"],
        "arn:aws:iam::123456789012:role/Role"
    );
}

#[tokio::test]
async fn parts_without_effect_are_listed() {
    let pool = pool(&every_type()).await;
    assert_eq!(
        pool.emulator.template_notes(),
        [
            "Resources.Google.Properties.ProviderDetails: dynamic references ({{resolve:…}}) are \
             not resolved",
            "Resources.Guests.Properties.PushSync: the property has no effect in the emulator",
            "Resources.Tags: AWS::Cognito::IdentityPoolPrincipalTag has no effect in the emulator",
            "skipped AWS::IAM::Role: Role",
            "skipped AWS::Logs::LogGroup: Logs",
        ]
    );
}

/// Returns a template with outputs of the attributes and references of its resources.
fn with_outputs() -> Value {
    let att = |name: &str, attribute: &str| json!({ "Fn::GetAtt": [name, attribute] });
    let mut template = every_type();
    let client = &mut template["Resources"]["Client"]["Properties"];
    client["GenerateSecret"] = json!(true);
    client["ClientName"] = json!("web");
    let values = [
        ("PoolArn", att("Pool", "Arn")),
        ("PoolId", att("Pool", "UserPoolId")),
        ("PoolUrl", att("Pool", "ProviderURL")),
        ("ClientId", att("Client", "ClientId")),
        ("ClientName", att("Client", "Name")),
        (
            "ClientSecret",
            json!({ "Fn::GetAtt": "Client.ClientSecret" }),
        ),
        ("Distribution", att("Domain", "CloudFrontDistribution")),
        ("Domain", json!({ "Ref": "Domain" })),
        ("Provider", json!({ "Ref": "Google" })),
        ("Server", json!({ "Ref": "Server" })),
        ("Logging", att("Logging", "Id")),
        ("Guests", json!({ "Ref": "Guests" })),
        ("GuestsId", att("Guests", "Id")),
        ("Branding", att("Branding", "ManagedLoginBrandingId")),
        ("BrandingRef", json!({ "Ref": "Branding" })),
    ];
    for (name, value) in values {
        template["Outputs"][name] = json!({ "Value": value });
    }
    template
}

#[tokio::test]
async fn outputs_have_references_and_attributes() {
    let pool = pool(&with_outputs()).await;
    let value = |name: &str| pool.emulator.output(name).expect(name);
    let id = pool.emulator.user_pool_id();
    let secret = pool.emulator.client_secret().expect("a secret");
    for (name, expected) in [
        (
            "PoolArn",
            &*format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}"),
        ),
        ("PoolId", id),
        ("PoolUrl", pool.emulator.issuer()),
        ("ClientId", pool.emulator.client_id()),
        ("ClientName", "web"),
        ("ClientSecret", &secret),
        ("Domain", "people-test"),
        ("Provider", "Google"),
        ("Server", "https://api.example.com"),
        ("Logging", id),
        ("GuestsId", value("Guests")),
        ("BrandingRef", &format!("{id}|{}", value("Branding"))),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
    assert!(value("Distribution").ends_with(".cloudfront.net"));
    assert!(value("Guests").starts_with("us-east-1:"));
    assert!(!format!("{:?}", pool.emulator.outputs()).contains(&secret));
}

#[tokio::test]
async fn ids_are_equal_at_each_start() {
    let mut all = Vec::new();
    for _ in 0..2 {
        let pool = pool(&with_outputs()).await;
        let outputs = pool.emulator.outputs().iter();
        // The URL of the provider has the port of the emulator.
        let outputs = outputs.filter(|output| output.name != "PoolUrl");
        let pairs = outputs.map(|output| (output.name.clone(), output.value.clone()));
        all.push(pairs.collect::<Vec<_>>());
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0].len(), 14);
}

#[test]
fn seed_and_template_exclude_each_other() {
    let seed = r#"{ "pools": [{ "id": "us-east-1_Example01" }] }"#;
    let seed = cognito_emulator::Seed::from_json(seed).expect("a seed");
    let template = read(&with(json!({}), json!({})));
    let started = Emulator::builder()
        .prepared(seed)
        .template(template)
        .build();
    let error = started.expect_err("both").to_string();
    assert_eq!(error, "invalid template: use either a template or a seed");
}

#[cfg(feature = "yaml")]
#[tokio::test]
async fn yaml_template_has_short_forms() {
    let template = Template::from_yaml(
        "
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: test}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: replaced
      UserPoolName: !Sub '${AWS::StackName}-${Stage}'
      AdminCreateUserConfig:
        AllowAdminCreateUserOnly: yes
      DeletionProtection: !If [IsTest, !Ref AWS::NoValue, ACTIVE]
Outputs:
  Arn:
    Value: !GetAtt Pool.Arn
",
    );
    let pool = start(template.expect("a template")).await;
    let described = described(&pool).await;
    assert_eq!(described["Name"], "template-test");
    assert_eq!(
        pool.emulator.template_notes(),
        ["line 12, column 7: the key `UserPoolName` is a duplicate, the last value is used"]
    );
    assert_eq!(
        described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"],
        true
    );
    assert_eq!(pool.emulator.output("Arn"), described["Arn"].as_str());
    let (path, reason) = fault(Template::from_yaml("Resources: *pools\n"));
    assert_eq!(path, "line 1, column 12");
    assert!(!reason.is_empty());
}
