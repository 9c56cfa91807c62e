//! Pools from a CloudFormation template.

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

const FUNCTIONS: &str = r#"{
    "Parameters": {
        "Stage": { "Type": "String", "Default": "test", "AllowedValues": ["test", "live"] },
        "Urls": { "Type": "CommaDelimitedList", "Default": "http://localhost/a, http://localhost/b" },
        "Days": { "Type": "Number", "Default": 3 },
        "Unused": { "Type": "String" }
    },
    "Mappings": { "Hosts": { "live": { "Name": "example.com" }, "test": { "Name": "localhost" } } },
    "Conditions": {
        "IsLive": { "Fn::Equals": [{ "Ref": "Stage" }, "live"] },
        "IsTest": { "Fn::Not": [{ "Condition": "IsLive" }] },
        "Both": { "Fn::And": [{ "Condition": "IsLive" }, { "Condition": "IsTest" }] },
        "Any": { "Fn::Or": [{ "Condition": "IsLive" }, { "Condition": "IsTest" }] }
    },
    "Resources": {
        "Pool": { "Type": "AWS::Cognito::UserPool", "Properties": {
            "DeletionProtection": { "Fn::If": ["IsLive", "ACTIVE", { "Ref": "AWS::NoValue" }] }
        } },
        "Live": { "Type": "AWS::Cognito::UserPool", "Condition": "IsLive" },
        "Client": { "Type": "AWS::Cognito::UserPoolClient", "Properties": {
            "UserPoolId": { "Ref": "Pool" },
            "RefreshTokenValidity": { "Ref": "Days" },
            "LogoutURLs": { "Ref": "Urls" }
        } },
        "Bucket": { "Type": "AWS::S3::Bucket" },
        "Site": { "Type": "AWS::CloudFront::Distribution" }
    },
    "Outputs": {
        "Base64": { "Value": { "Fn::Base64": "text" } },
        "FindInMap": { "Value": { "Fn::FindInMap": ["Hosts", { "Ref": "Stage" }, "Name"] } },
        "If": { "Value": { "Fn::If": ["Both", "both", { "Fn::If": ["Any", "any", "none"] }] } },
        "Join": { "Value": { "Fn::Join": ["-", ["a", 1, { "Ref": "Stage" }]] } },
        "Length": { "Value": { "Fn::Length": { "Ref": "Urls" } } },
        "Select": { "Value": { "Fn::Select": ["1", { "Fn::Split": ["/", "a/b/c"] }] } },
        "Sub": { "Value": { "Fn::Sub": [
            "${AWS::Region} ${AWS::AccountId} ${AWS::Partition} ${AWS::URLSuffix} ${Bucket.Arn} ${!Raw} ${Own}",
            { "Own": { "Ref": "Stage" } }
        ] } },
        "Stack": {
            "Value": { "Ref": "AWS::StackName" },
            "Export": { "Name": { "Fn::Sub": "${AWS::StackName}:Name" } }
        },
        "Json": { "Value": { "Fn::ToJsonString": { "a": [1, { "Ref": "Stage" }] } } },
        "Live": { "Condition": "IsLive", "Value": { "Ref": "Live" } },
        "Site": { "Value": { "Fn::Sub": "https://${Site.DomainName}" } },
        "Import": { "Value": { "Fn::ImportValue": "Other:Id" } },
        "Cidr": { "Value": { "Fn::Select": [0, { "Fn::Cidr": ["10.0.0.0/24", 1, 8] }] } }
    }
}"#;

#[tokio::test]
async fn functions_are_evaluated() {
    let template = Template::from_json(FUNCTIONS).expect("a template");
    let pool = start(template).await;
    let arn = "arn:aws:s3:::bucket";
    let sub = format!("us-east-1 123456789012 aws amazonaws.com {arn} ${{Raw}} test");
    for (name, expected) in [
        ("Base64", Some("dGV4dA==")),
        ("FindInMap", Some("localhost")),
        ("If", Some("any")),
        ("Join", Some("a-1-test")),
        ("Length", Some("2")),
        ("Select", Some("b")),
        ("Sub", Some(&*sub)),
        ("Stack", Some("template")),
        ("template:Name", Some("template")),
        ("Json", Some(r#"{"a":[1,"test"]}"#)),
        ("Live", None),
        ("Site", None),
        ("Import", None),
        ("Cidr", None),
    ] {
        assert_eq!(pool.emulator.output(name), expected, "{name}");
    }
    assert_eq!(
        pool.emulator.template_notes()[2..],
        [
            "Outputs.Cidr: omitted, the emulator does not have this function",
            "Outputs.Import: omitted, no value for the export `Other:Id`, set it with \
             --parameter 'Other:Id=VALUE'",
            "Outputs.Site: omitted, the emulator has no `Site.DomainName` \
             (AWS::CloudFront::Distribution), set it with --parameter Site.DomainName=VALUE",
        ]
    );
    let client = json!({ "ClientId": pool.emulator.client_id() });
    let client = pool.admin("DescribeUserPoolClient", client).await.ok();
    let client = &client["UserPoolClient"];
    assert_eq!(
        client["LogoutURLs"],
        json!(["http://localhost/a", "http://localhost/b"])
    );
    assert_eq!(client["RefreshTokenValidity"], 3);
    assert_eq!(described(&pool).await["DeletionProtection"], "INACTIVE");
}

#[tokio::test]
async fn given_values_replace_defaults() {
    let template = Template::from_json(FUNCTIONS).expect("a template");
    let given = [
        ("Stage", "live"),
        ("AWS::Region", "eu-west-1"),
        ("AWS::StackName", "shop"),
        ("Site.DomainName", "localhost:3000"),
        ("Other:Id", "42"),
    ];
    let set = |it: Template, (name, value): (&str, &str)| it.parameter(name, value);
    let pool = start(given.into_iter().fold(template, set)).await;
    assert_eq!(pool.emulator.region(), "eu-west-1");
    assert_eq!(pool.emulator.user_pool_ids().len(), 2);
    assert_eq!(pool.emulator.output("Site"), Some("https://localhost:3000"));
    assert_eq!(pool.emulator.output("shop:Name"), Some("shop"));
    assert_eq!(pool.emulator.output("Import"), Some("42"));
    assert!(pool.emulator.output("Live").is_some());
}

/// Checks the path and the beginning of the reason of the error that each template causes.
fn check_faults<const N: usize>(cases: [(Value, &str, &str); N]) {
    for (template, path, reason) in cases {
        let (found, said) = fault(Template::from_json(&template.to_string()));
        assert_eq!(found, path, "{template}: {said}");
        assert!(said.starts_with(reason), "{template}: {said}");
    }
}

#[test]
fn invalid_documents_name_the_path() {
    let others = |others: Value| with(json!({}), others);
    check_faults([
        (
            json!([]),
            "the document",
            "use an object with the member Resources",
        ),
        (
            json!({ "Resource": {} }),
            "Resource",
            "unknown property, use one of `AWSTempl",
        ),
        (json!({ "Resources": [] }), "Resources", "use an object"),
        (json!({}), "Resources", "use an object"),
        (
            json!({ "Resources": {} }),
            "Resources",
            "add an AWS::Cognito::UserPool",
        ),
        (
            json!({ "Resources": { "A-B": {} } }),
            "Resources.A-B",
            "use a name of letters",
        ),
        (others(json!({ "A": {} })), "Resources.A", "add a Type"),
        (
            others(json!({ "A": { "Type": "AWS::Cognito::Pool" } })),
            "Resources.A.Type",
            "unknown type, use one of `AWS::Cognito::IdentityPool`",
        ),
    ]);
}

#[test]
fn invalid_properties_name_the_path() {
    let pool = |properties: Value| with(properties, json!({}));
    check_faults([
        (
            pool(json!({ "Policy": {} })),
            "Resources.Pool.Properties.Policy",
            "unknown property, use one of `AccountRecoverySetting`",
        ),
        (
            pool(json!({ "Policies": { "PasswordPolicy": { "MinimumLength": [] } } })),
            "Resources.Pool.Properties.Policies.PasswordPolicy.MinimumLength",
            "use an integer",
        ),
        (
            pool(json!({ "Schema": [{}, { "Names": "x" }] })),
            "Resources.Pool.Properties.Schema[1].Names",
            "unknown property, use one of `AttributeDataType`",
        ),
        (
            pool(json!({ "UserPoolName": null })),
            "Resources.Pool.Properties.UserPoolName",
            "null is not allowed in templates",
        ),
        (
            pool(json!({ "MfaConfiguration": "MAYBE" })),
            "Resources.Pool.Properties",
            "InvalidParameterException: 1 validation error detected: Value 'MAYBE' at",
        ),
        (
            pool(json!({ "EnabledMfas": ["PUSH"] })),
            "Resources.Pool.Properties.EnabledMfas",
            "use a list of SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP",
        ),
    ]);
}

#[test]
fn invalid_references_name_the_path() {
    let name = |name: Value| with(json!({ "UserPoolName": name }), json!({}));
    let secret = json!({ "Domain": { "Fn::GetAtt": "Client.ClientSecret" } });
    let domain = json!({ "Domain": resource("UserPoolDomain", secret) });
    let path = "Resources.Pool.Properties.UserPoolName";
    check_faults([
        (
            name(json!({ "Ref": "Nothing" })),
            &format!("{path}.Ref"),
            "there is no parameter or resource `Nothing`",
        ),
        (
            name(json!({ "Fn::GetAtt": ["Client", "Secret"] })),
            "Resources.Pool",
            "`Pool` and `Client` depend on each other",
        ),
        (
            with(json!({}), domain),
            "Resources.Domain.Properties.Domain.Fn::GetAtt",
            "`Client` has no attribute `ClientSecret`, use one of `ClientId`, `Name`",
        ),
        (
            name(json!({ "Fn::Cidr": [] })),
            &format!("{path}.Fn::Cidr"),
            "the emulator does not have this function",
        ),
        (
            name(json!({ "Fn::Sub": "${Na" })),
            &format!("{path}.Fn::Sub"),
            "use } after ${",
        ),
    ]);
}

#[test]
fn values_of_parameters_are_checked() {
    for (parameter, reason) in [
        (
            json!({}),
            "the parameter has no value, set it with --parameter NAME=VALUE",
        ),
        (
            json!({ "Default": "ab", "MinLength": "3" }),
            "the value is shorter than MinLength or longer than MaxLength",
        ),
        (
            json!({ "Default": "ab", "AllowedPattern": "a" }),
            "the value does not match AllowedPattern",
        ),
        (
            json!({ "Default": "a b", "AllowedPattern": r"[\w-]{1,128}" }),
            "the value does not match AllowedPattern",
        ),
        (
            json!({ "Default": "a@b", "AllowedPattern": r".+@[^@]+\..+" }),
            "the value does not match AllowedPattern",
        ),
        (
            json!({ "Default": "ab", "AllowedValues": ["a"] }),
            "the value is not one of AllowedV",
        ),
        (
            json!({ "Type": "Number", "Default": 5, "MaxValue": 4 }),
            "the value is less than MinValue or greater than MaxValue",
        ),
        (
            json!({ "Type": "Number", "Default": "x" }),
            "the value is not a number",
        ),
    ] {
        let mut template = with(json!({ "UserPoolName": { "Ref": "Name" } }), json!({}));
        template["Parameters"]["Name"] = parameter;
        check_faults([(template, "Parameters.Name", reason)]);
    }
}

#[test]
fn conditions_must_exist_and_end() {
    for (conditions, path, reason) in [
        (json!({}), "Resources.Pool", "there is no condition `A`"),
        (
            json!({ "A": { "Condition": "B" }, "B": { "Fn::Not": [{ "Condition": "A" }] } }),
            "Conditions.B",
            "the condition `A` refers to itself",
        ),
        (
            json!({ "A": true }),
            "Conditions.A",
            "use a condition function such as Fn::Equals",
        ),
    ] {
        let mut template = with(json!({}), json!({}));
        template["Resources"]["Pool"]["Condition"] = json!("A");
        template["Conditions"] = conditions;
        let (found, said) = fault(Template::from_json(&template.to_string()));
        assert!(found.starts_with(path), "{found}");
        assert_eq!(said, reason);
    }
}

#[test]
fn absent_resources_cannot_be_used() {
    let mut template = with(json!({}), json!({}));
    template["Conditions"] = json!({ "No": { "Fn::Equals": ["a", "b"] } });
    template["Resources"]["Other"] = template["Resources"]["Pool"].clone();
    template["Resources"]["Pool"]["Condition"] = json!("No");
    let (path, reason) = fault(Template::from_json(&template.to_string()));
    assert_eq!(path, "Resources.Client.Properties.UserPoolId.Ref");
    assert_eq!(reason, "the condition of the resource `Pool` is false");
}

#[test]
fn unknown_values_and_regions_are_rejected() {
    let template = || read(&with(json!({}), json!({})));
    let (path, reason) = fault(Ok(template().parameter("Stage", "live")));
    assert_eq!(path, "Parameters");
    assert_eq!(
        reason,
        "the template does not use `Stage`, which was set with --parameter"
    );
    let (path, reason) = fault(Ok(template().parameter("AWS::Region", "the_moon")));
    assert_eq!(
        (&*path, &*reason),
        ("Parameters.AWS::Region", "use a region such as eu-west-1")
    );
    let debug = format!("{:?}", template().parameter("Secret", "hidden value"));
    assert!(
        debug.contains("Secret") && !debug.contains("hidden"),
        "{debug}"
    );
}

#[test]
fn growing_templates_are_rejected() {
    // Each level doubles the string of the next one.
    let mut name = json!("0123456789abcdef");
    for _ in 0..30 {
        name = json!({ "Fn::Sub": ["${A}${A}", { "A": name }] });
    }
    let (path, reason) = fault(Ok(read(&with(json!({ "UserPoolName": name }), json!({})))));
    assert!(path.starts_with("Resources.Pool.Properties.UserPoolName.Fn::Sub"));
    assert_eq!(reason, "the functions create more than 16 MB");

    let large = format!("{{ \"Description\": {:?} }}", "x".repeat(1024 * 1024));
    let (_, reason) = fault(Template::from_json(&large));
    assert_eq!(
        reason,
        "the template is larger than 1 MB, use a smaller one"
    );

    // The name of each function refers to the next function.
    let function = |place: usize| {
        let next = format!("F{}", place + 1);
        json!({ "Type": "AWS::Lambda::Function", "Properties": { "FunctionName": { "Ref": next } } })
    };
    let functions = (0..500).map(|place| (format!("F{place}"), function(place)));
    let mut others: serde_json::Map<_, _> = functions.collect();
    others.insert(
        "F500".to_owned(),
        json!({ "Type": "AWS::Lambda::Function" }),
    );
    let pool = json!({ "UserPoolName": { "Ref": "F0" } });
    let (_, reason) = fault(Ok(read(&with(pool, Value::Object(others)))));
    assert_eq!(
        reason,
        "more than 128 values contain or refer to each other"
    );
}

/// Checks that a template is rejected because its evaluated values are too large.
fn check_too_large(template: &Value) {
    let (path, reason) = fault(Ok(read(template)));
    assert_eq!(reason, "the functions create more than 16 MB", "{path}");
}

/// Returns a template whose pool has this name. Its parameter `Long` has a default of 400 KB.
fn with_long_parameter(name: &Value) -> Value {
    let mut template = with(json!({ "UserPoolName": name }), json!({}));
    let long = "x".repeat(400_000);
    template["Parameters"]["Long"] = json!({ "Type": "String", "Default": long });
    template["Mappings"]["Long"]["Of"]["Stage"] = json!("x".repeat(400_000));
    template
}

#[test]
fn repeated_references_are_counted() {
    for one in [
        json!({ "Ref": "Long" }),
        json!({ "Fn::FindInMap": ["Long", "Of", "Stage"] }),
    ] {
        let all = json!({ "Fn::Length": vec![one; 1000] });
        check_too_large(&with_long_parameter(&all));
    }
    let items = json!({ "Fn::Join": [{ "Ref": "Long" }, vec![""; 1_000]] });
    check_too_large(&with_long_parameter(&items));
}

#[test]
fn repeated_evaluations_are_counted() {
    // Each entry of the mapping has the next entry twice.
    let next = |place: usize| json!({ "Fn::FindInMap": ["Map", format!("E{}", place + 1), "x"] });
    let entries = (0..40).map(|place| {
        let entry = json!({ "x": [next(place), next(place)] });
        (format!("E{place}"), entry)
    });
    let mut entries: serde_json::Map<_, _> = entries.collect();
    entries.insert("E40".to_owned(), json!({ "x": [] }));
    let name = json!({ "Fn::Length": { "Fn::FindInMap": ["Map", "E0", "x"] } });
    let mut template = with(json!({ "UserPoolName": name }), json!({}));
    template["Mappings"]["Map"] = Value::Object(entries);
    check_too_large(&template);

    // The name of each function is the name of the next function twice. The last name is empty.
    let function = |name: Value| json!({ "Type": "AWS::Lambda::Function", "Properties": { "FunctionName": name } });
    let functions = (0..30).map(|place| {
        let next = place + 1;
        let name = json!({ "Fn::Sub": format!("${{F{next}}}${{F{next}}}") });
        (format!("F{place}"), function(name))
    });
    let mut others: serde_json::Map<_, _> = functions.collect();
    others.insert("F30".to_owned(), function(json!("")));
    let pool = json!({ "UserPoolName": { "Ref": "F0" } });
    check_too_large(&with(pool, Value::Object(others)));
}

#[test]
fn long_chains_of_conditions_are_rejected() {
    let condition = |place: usize| json!({ "Condition": format!("C{}", place + 1) });
    let conditions = (0..20_000).map(|place| (format!("C{place}"), condition(place)));
    let mut template = with(json!({}), json!({}));
    template["Resources"]["Pool"]["Condition"] = json!("C0");
    template["Conditions"] = Value::Object(conditions.collect());
    let (path, reason) = fault(Ok(read(&template)));
    assert!(path.starts_with("Conditions.C"), "{path}");
    assert_eq!(
        reason,
        "more than 128 values contain or refer to each other"
    );
}

#[test]
fn errors_show_no_evaluated_names() {
    let secret = json!({ "Ref": "Secret" });
    for (name, expected) in [
        (
            json!({ "Fn::FindInMap": ["Hosts", secret, "Name"] }),
            "there is no `Mappings.Hosts.….Name`",
        ),
        (
            json!({ "Fn::ImportValue": secret }),
            "no value for the export `…`, set it with --parameter '…=VALUE'",
        ),
        (
            json!({ "Fn::ImportValue": "Other" }),
            "no value for the export `Other`, set it with --parameter 'Other=VALUE'",
        ),
        (
            json!({ "Fn::GetAtt": ["Users", secret] }),
            "`Users` has no attribute `…`, use one of `Arn`, `ProviderName`, `ProviderURL`, \
             `UserPoolId`",
        ),
    ] {
        let users = json!({ "Users": { "Type": "AWS::Cognito::UserPool" } });
        let mut template = with(json!({ "UserPoolName": name }), users);
        template["Parameters"]["Secret"] =
            json!({ "Type": "String", "NoEcho": true, "Default": "hidden" });
        let (_, reason) = fault(Ok(read(&template)));
        assert_eq!(reason, expected);
    }
}

#[tokio::test]
async fn functions_of_template_have_names() {
    let template = with(
        json!({ "LambdaConfig": {
            "PreSignUp": { "Fn::GetAtt": ["Gate", "Arn"] },
            "PostConfirmation": { "Ref": "Live" },
            "CustomMessage": "arn:aws:lambda:us-east-1:123456789012:function:mapped",
        } }),
        json!({
            "Gate": { "Type": "AWS::Lambda::Function" },
            "Named": { "Type": "AWS::Serverless::Function", "Properties": { "FunctionName": "own" } },
            "Live": { "Type": "AWS::Lambda::Alias", "Properties": {
                "FunctionName": { "Ref": "Named" },
                "Name": "live",
            } },
        }),
    );
    let template = read(&template);
    let pool = pool_with(|builder| {
        builder
            .template(template)
            .function("mapped", "http://127.0.0.1:9/")
    });
    let pool = pool.await;
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let config = &described(&pool).await["LambdaConfig"];
    assert_eq!(config["PreSignUp"], arn("Gate"));
    assert_eq!(config["PostConfirmation"], arn("own:live"));
    let notes = pool.emulator.template_notes();
    let path = "Resources.Pool.Properties.LambdaConfig: the function";
    assert_eq!(
        notes[..2],
        [
            format!("{path} Gate is not called, set its URL with --function Gate=URL"),
            format!("{path} own:live is not called, set its URL with --function own:live=URL"),
        ]
    );
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
