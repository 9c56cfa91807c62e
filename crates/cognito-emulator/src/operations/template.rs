//! The initial content of an emulator, from a template of CloudFormation or the CDK ([`Template`]).

mod conditions;
mod create;
mod fault;
mod foreign;
mod functions;
mod mfa;
mod order;
mod outputs;
mod parameters;
mod scope;
pub(crate) mod stack;
mod types;
#[cfg(feature = "yaml")]
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::model::aws;
use crate::model::error::StartError;
use crate::model::settings::is_region;
use crate::state::pools::Pools;
use create::Creator;
use fault::Fault;
use scope::{REGION, STACK_NAME, Scope};
use stack::Stack;

/// The maximum size of a template in bytes: CloudFormation's quota.
const MOST_BYTES: usize = 1024 * 1024;

/// The names of the sections that a template can have. `Globals` belongs to the AWS Serverless
/// Application Model.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The initial content of an emulator: the Cognito resources of a CloudFormation template.
///
/// The template is the JSON that `cdk synth` writes to `cdk.out`, or a template in JSON or YAML. Its
/// resources with a type such as `AWS::Cognito::UserPool` are created by the same requests as in
/// CloudFormation. Resources of other services are skipped. While the resources are created, the
/// emulator calls no Lambda trigger and no other server. The page docs/reference/templates.md of
/// the repository lists the resource types and the functions.
///
/// Ids, generated client secrets and the temporary passwords of users are the same at each start,
/// because they depend only on the logical id and the name of the stack. The ids of pools also
/// start with the region. Anyone who knows the template and the name of the stack can compute
/// these secrets and passwords.
///
/// ```
/// use cognito_emulator::{Emulator, Template};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let template = Template::from_json(
///     r#"{
///         "Parameters": { "Stage": { "Type": "String", "Default": "test" } },
///         "Resources": {
///             "People": {
///                 "Type": "AWS::Cognito::UserPool",
///                 "Properties": {
///                     "UserPoolName": { "Fn::Sub": "people-${Stage}" },
///                     "UsernameAttributes": ["email"]
///                 }
///             },
///             "Web": {
///                 "Type": "AWS::Cognito::UserPoolClient",
///                 "Properties": { "UserPoolId": { "Ref": "People" } }
///             }
///         },
///         "Outputs": { "PoolId": { "Value": { "Ref": "People" } } }
///     }"#,
/// )?;
/// let template = template.parameter("Stage", "local");
/// let emulator = Emulator::builder().template(template).start().await?;
/// assert_eq!(emulator.output("PoolId"), Some(emulator.user_pool_id()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Template {
    document: Map<String, Value>,
    given: BTreeMap<String, String>,
    /// Notes for the user about the YAML of the template: one sentence for each duplicate key.
    notes: Vec<String>,
}

impl Template {
    /// Parses a template in JSON. Its resources are validated when the emulator starts.
    ///
    /// # Errors
    ///
    /// [`StartError::Template`] if `text` is larger than 1 MB, is not JSON, has an unknown section,
    /// or a resource without a type.
    pub fn from_json(text: &str) -> Result<Self, StartError> {
        check_size(text)?;
        let document: Value = serde_json::from_str(text).map_err(|error| {
            // Security: an error of syntax contains no value.
            Fault::new(error.to_string())
        })?;
        Ok(Self::new(document)?)
    }

    /// Parses a template in YAML or JSON, with short forms of functions such as `!Ref`. Its resources
    /// are validated when the emulator starts. If an object has a key twice, the last value is used,
    /// and [`Emulator::template_notes`](crate::Emulator::template_notes) has the position of the key.
    ///
    /// # Errors
    ///
    /// [`StartError::Template`] if `text` is larger than 1 MB, is not YAML, has an alias, has more
    /// than 64 levels, has an unknown section, or a resource without a type.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, StartError> {
        check_size(text)?;
        let mut notes = Vec::new();
        let template = Self::new(yaml::read(text, &mut notes)?)?;
        Ok(Self { notes, ..template })
    }

    fn new(document: Value) -> Result<Self, Fault> {
        let Value::Object(document) = document else {
            return Err(Fault::new("use an object with the member Resources"));
        };
        let is_known = |name: &&String| SECTIONS.contains(&name.as_str());
        if let Some(section) = document.keys().find(|name| !is_known(name)) {
            let sections = SECTIONS.into_iter();
            return Err(Fault::new(aws::unknown_property(sections)).within(section));
        }
        for section in [
            "Conditions",
            "Mappings",
            "Outputs",
            "Parameters",
            "Resources",
        ] {
            if document
                .get(section)
                .is_some_and(|section| !section.is_object())
            {
                return Err(Fault::new("use an object").within(section));
            }
        }
        let resources = document.get("Resources").and_then(Value::as_object);
        for (name, resource) in resources.into_iter().flatten() {
            let within = |reason| Err(Fault::new(reason).within(name).within("Resources"));
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return within("use a name of letters and digits");
            }
            if !resource["Type"].is_string() {
                return within("add a Type");
            }
        }
        Ok(Self {
            document,
            given: BTreeMap::new(),
            notes: Vec::new(),
        })
    }

    /// Sets the value of a parameter, or another value to which the template refers by `name`. If
    /// the method is called again with the same name, the last value is used. `name` is one of:
    ///
    /// - a parameter of the template;
    /// - `AWS::Region` (default: `us-east-1`) or `AWS::StackName` (default: `template`);
    /// - the logical id of a resource of another service: the value is the result of `Ref`;
    /// - `RESOURCE.ATTRIBUTE`, such as `Distribution.DomainName`, for a resource of another
    ///   service: the value is the result of `Fn::GetAtt`;
    /// - the name of an export: the value is the result of `Fn::ImportValue`.
    ///
    /// If the template does not use the name, the emulator does not start.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.given.insert(name.into(), value.into());
        self
    }

    fn scope(&self) -> Scope<'_> {
        Scope::new(&self.document, &self.given)
    }

    /// Returns the region of the pools. Fails if the value of `AWS::Region` is not the name of a
    /// region.
    pub(crate) fn region(&self) -> Result<String, StartError> {
        let region = self.scope().region().to_owned();
        if is_region(&region) {
            return Ok(region);
        }
        let reason = "use a region such as eu-west-1";
        Err(Fault::new(reason).of_entry("Parameters", REGION).into())
    }

    /// Creates the resources of the template in `pools`. Fails if the template is invalid, a
    /// request is rejected, or no user pool is created.
    pub(crate) fn open(&self, pools: &Pools) -> Result<Stack, StartError> {
        let scope = self.scope();
        // These may be set even if no value of the template depends on them.
        let _ = (scope.given(REGION), scope.given(STACK_NAME));
        Ok(Creator::new(pools, scope, self.notes.clone()).run()?)
    }
}

fn check_size(text: &str) -> Result<(), Fault> {
    if text.len() > MOST_BYTES {
        return Err(Fault::new(
            "the template is larger than 1 MB, use a smaller one",
        ));
    }
    Ok(())
}

/// Security: `Debug` shows only the names of the values, because the values can be secrets.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("given", &self.given.keys())
            .finish_non_exhaustive()
    }
}
