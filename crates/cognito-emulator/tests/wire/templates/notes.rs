//! The notes about parts of a template that have no effect.

use serde_json::json;

use super::{pool, with};

#[tokio::test]
async fn outputs_with_unsupported_condition_are_omitted() {
    let mut template = with(json!({}), json!({}));
    template["Conditions"]["Imported"] = json!({ "Fn::Equals": [{ "Fn::ImportValue": "X" }, "a"] });
    for name in ["First", "Second"] {
        template["Outputs"][name] = json!({ "Condition": "Imported", "Value": "value" });
    }
    let pool = pool(&template).await;
    let reason = "omitted, no value for the export `X`, set it with --parameter 'X=VALUE'";
    assert_eq!(
        pool.emulator.template_notes(),
        [
            format!("Outputs.First: {reason}"),
            format!("Outputs.Second: {reason}"),
        ]
    );
    assert!(pool.emulator.outputs().is_empty());
}

#[tokio::test]
async fn conditions_have_their_own_notes() {
    let protection = json!({ "Fn::If": ["HasName", "INACTIVE", "ACTIVE"] });
    let mut template = with(json!({ "DeletionProtection": protection }), json!({}));
    template["Parameters"]["Stage"] =
        json!({ "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/stage" });
    let condition = json!({ "Fn::Equals": [{ "Ref": "Stage" }, "/shop/stage"] });
    template["Conditions"]["HasName"] = condition;
    for name in ["First", "Second"] {
        template["Outputs"][name] = json!({ "Condition": "HasName", "Value": "value" });
    }
    let pool = pool(&template).await;
    assert_eq!(
        pool.emulator.template_notes(),
        ["Conditions.HasName: the parameter `Stage` has the name of an SSM parameter"]
    );
    for name in ["First", "Second"] {
        assert_eq!(pool.emulator.output(name), Some("value"), "{name}");
    }
}

#[tokio::test]
async fn notes_show_no_secret_parameters() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function";
    let template = |no_echo: bool| {
        let config = json!({ "PreSignUp": { "Fn::Sub": format!("{arn}:gate-${{Secret}}") } });
        let mut template = with(json!({ "LambdaConfig": config }), json!({}));
        template["Parameters"]["Secret"] =
            json!({ "Type": "String", "NoEcho": no_echo, "Default": "hidden" });
        template
    };
    for (no_echo, shown) in [(true, "…"), (false, "gate-hidden")] {
        let pool = pool(&template(no_echo)).await;
        assert_eq!(
            pool.emulator.template_notes(),
            [format!(
                "Resources.Pool.Properties.LambdaConfig: the function {shown} is not called, set \
                 its URL with --function {shown}=URL"
            )]
        );
    }
}

#[tokio::test]
async fn dynamic_references_in_parameters_have_notes() {
    let mut template = with(json!({}), json!({}));
    template["Parameters"] = json!({
        "Team": { "Type": "String", "Default": "{{resolve:ssm:/shop/team}}" },
        "Teams": { "Type": "CommaDelimitedList", "Default": "a,{{resolve:ssm:/shop/team}}" },
    });
    template["Outputs"] = json!({
        "Joined": { "Value": { "Fn::Join": ["-", { "Ref": "Teams" }] } },
        "One": { "Value": { "Ref": "Team" } },
        "Sub": { "Value": { "Fn::Sub": "team ${Team}" } },
    });
    let pool = pool(&template).await;
    let reason = "omitted, dynamic references ({{resolve:…}}) are not resolved";
    let notes = ["Joined", "One", "Sub"].map(|name| format!("Outputs.{name}: {reason}"));
    assert_eq!(pool.emulator.template_notes(), notes);
}

#[tokio::test]
async fn unused_email_properties_have_notes() {
    let message = ("EmailAuthenticationMessage", "Your code is {####}.");
    let subject = ("EmailAuthenticationSubject", "Your code");
    for given in [vec![message], vec![subject], vec![message, subject]] {
        let mut properties = json!({});
        for (name, value) in &given {
            properties[*name] = json!(value);
        }
        let pool = pool(&with(properties, json!({}))).await;
        let notes = given.iter().map(|(name, _)| {
            format!(
                "Resources.Pool.Properties.{name}: no effect, because EnabledMfas does not have \
                 EMAIL_OTP"
            )
        });
        let notes: Vec<_> = notes.collect();
        assert_eq!(pool.emulator.template_notes(), notes);
    }
}
