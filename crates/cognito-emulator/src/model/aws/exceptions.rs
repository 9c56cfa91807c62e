//! The observed differences between Cognito's behaviour and AWS's service model of Cognito.

use std::collections::HashMap;

use super::pattern::Pattern;
use super::shape::Shape;

/// The shapes whose pattern in Cognito differs from the pattern in the service model, with
/// Cognito's pattern.
const PATTERNS: [(&str, &str); 2] = [
    // The model allows prefix domains only. A custom domain has dots: API reference,
    // `CreateUserPoolDomain`, "auth.example.com".
    ("DomainType", r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$"),
    // Applications that translate Cognito's messages quote this pattern from 2019 to 2026, for
    // example github.com/aws-amplify/amplify-js/issues/6898. Earlier, Cognito used the pattern of
    // the model. This pattern allows spaces inside a password, as the developer guide does
    // ("Password policy").
    ("PasswordType", r"^[\S]+.*[\S]+$"),
];

/// A shape that the service model marks as sensitive: its values must not be logged. Cognito writes
/// the values of this shape into error messages, but not the values of other sensitive shapes.
/// Source: github.com/boto/boto3/issues/3581 (2023).
const SHOWN: &str = "ClientIdType";

/// The structures that contain ARNs of Lambda functions. In these structures, validation also
/// accepts strings that begin with `http://`, because the emulator can call a URL as a trigger.
/// `lambda_config.rs` later rejects URLs of other hosts.
const TRIGGERS: [&str; 5] = [
    "CustomEmailLambdaVersionConfigType",
    "CustomSMSLambdaVersionConfigType",
    "InboundFederationLambdaType",
    "LambdaConfigType",
    "PreTokenGenerationVersionConfigType",
];

/// The shape of the elements of `ExplicitAuthFlows`, and a value that the emulator accepts in
/// addition. The API reference requires this value for `GetClientToken`, but the model does not
/// list it.
const FLOWS: (&str, &str) = ("ExplicitAuthFlowsType", "ALLOW_CLIENT_TOKEN_AUTH");

/// The name of the type for ARNs in the service model (a Smithy shape).
const ARN: &str = "ArnType";

/// The name of the additional shape for the ARN or the URL of a trigger.
const TRIGGER_ARN: &str = "ArnType of a trigger";

/// Changes the shapes of the service model so that they match Cognito and accept the URLs of
/// triggers.
pub(super) fn apply(shapes: &mut HashMap<&'static str, Shape>) {
    if let Some(arn) = shapes.get(ARN) {
        let arn = Shape {
            extension: Some("http://"),
            ..arn.clone()
        };
        shapes.insert(TRIGGER_ARN, arn);
        for structure in TRIGGERS {
            let members = shapes.get_mut(structure).map(|shape| &mut shape.members);
            for member in members.into_iter().flat_map(|members| members.values_mut()) {
                if *member == ARN {
                    *member = TRIGGER_ARN;
                }
            }
        }
    }
    if let Some(shape) = shapes.get_mut(FLOWS.0) {
        shape.extension = Some(FLOWS.1);
    }
    if let Some(shape) = shapes.get_mut(SHOWN) {
        shape.sensitive = false;
    }
    for (name, pattern) in PATTERNS {
        if let Some(shape) = shapes.get_mut(name) {
            shape.pattern = Some(Pattern::from(pattern.to_owned()));
        }
    }
}
