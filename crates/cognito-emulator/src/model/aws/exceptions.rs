//! The observed differences between Cognito and its model.

use std::collections::HashMap;

use super::pattern::Pattern;
use super::shape::Shape;

/// A difference between Cognito and the model of a shape.
#[derive(Debug)]
enum Change {
    /// Cognito uses this pattern instead.
    Pattern(&'static str),
    /// Error messages contain the value, although the model marks the shape as sensitive.
    Shown,
}

/// The differences between Cognito and its model. Each has the name of the shape, the change, and
/// the source of the observation.
const EXCEPTIONS: [(&str, Change, &str); 3] = [
    (
        "ClientIdType",
        Change::Shown,
        "recorded in 2023: github.com/boto/boto3/issues/3581",
    ),
    // The model allows prefix domains only. A custom domain has dots.
    (
        "DomainType",
        Change::Pattern(r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$"),
        "API reference, CreateUserPoolDomain: auth.example.com",
    ),
    // Applications that translate Cognito's messages quote this pattern from 2019 to 2026. Before,
    // it was the model's. It allows spaces inside, like the developer guide.
    (
        "PasswordType",
        Change::Pattern(r"^[\S]+.*[\S]+$"),
        "quoted: github.com/aws-amplify/amplify-js/issues/6898; developer guide, \"Password policy\"",
    ),
];

/// The structures with ARNs of Lambda functions. The emulator also accepts URLs of this host there.
const TRIGGERS: [&str; 5] = [
    "CustomEmailLambdaVersionConfigType",
    "CustomSMSLambdaVersionConfigType",
    "InboundFederationLambdaType",
    "LambdaConfigType",
    "PreTokenGenerationVersionConfigType",
];

/// The shape of the ARNs of Lambda functions.
const ARN: &str = "ArnType";

/// Applies the differences to the shapes of the model.
pub(super) fn apply(shapes: &mut HashMap<String, Shape>) {
    if let Some(arn) = shapes.get(ARN) {
        let name = format!("{ARN} of a trigger");
        let arn = Shape {
            extension: Some("http://"),
            ..arn.clone()
        };
        shapes.insert(name.clone(), arn);
        for structure in TRIGGERS {
            let members = shapes.get_mut(structure).map(|shape| &mut shape.members);
            for member in members.into_iter().flat_map(|members| members.values_mut()) {
                if *member == ARN {
                    member.clone_from(&name);
                }
            }
        }
    }
    for (name, change, _) in EXCEPTIONS {
        let Some(shape) = shapes.get_mut(name) else {
            continue;
        };
        match change {
            Change::Pattern(pattern) => shape.pattern = Some(Pattern::from(pattern.to_owned())),
            Change::Shown => shape.sensitive = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::aws::shape::Model;
    use crate::model::aws::table::TABLE;

    #[test]
    fn exceptions_name_shapes_of_the_model() {
        let model: Model = serde_json::from_str(TABLE).expect("a table");
        for (name, change, source) in EXCEPTIONS {
            let shape = &model.shapes[name];
            assert!(!source.is_empty(), "{name}");
            let differs = match change {
                Change::Pattern(text) => shape.pattern.as_ref().map(Pattern::text) != Some(text),
                Change::Shown => shape.sensitive,
            };
            assert!(differs, "{name} is no exception any more");
        }
        for name in TRIGGERS {
            assert!(
                model.shapes[name]
                    .members
                    .values()
                    .any(|member| member == ARN)
            );
        }
    }
}
