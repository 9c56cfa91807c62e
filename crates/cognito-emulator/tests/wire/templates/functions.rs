//! The functions of templates, and the names of Lambda functions.

use cognito_emulator::Template;
use serde_json::json;

use super::{described, read, start, with};
use crate::support::pool_with;

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
