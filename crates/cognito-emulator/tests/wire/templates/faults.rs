//! Templates that are rejected.

use cognito_emulator::Template;
use serde_json::{Value, json};

use super::{fault, read, resource, with};

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
fn condition_of_part_must_be_name() {
    let condition = json!({ "Fn::Equals": ["a", "b"] });
    let mut resource = with(json!({}), json!({}));
    resource["Resources"]["Pool"]["Condition"] = condition.clone();
    let mut output = with(json!({}), json!({}));
    output["Outputs"]["Id"] = json!({ "Condition": condition, "Value": "value" });
    let reason = "use the name of a condition";
    check_faults([
        (resource, "Resources.Pool.Condition", reason),
        (output, "Outputs.Id.Condition", reason),
    ]);
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
