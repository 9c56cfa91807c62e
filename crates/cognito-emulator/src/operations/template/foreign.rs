//! Creates values for template resources that the emulator does not create, such as the ARN of an
//! IAM role. Other resources of the template can refer to these values.

use serde_json::Value;

use super::fault::Fault;
use super::scope::Scope;
use crate::model::settings::DEFAULT_ACCOUNT;

/// A resource type of another service, with the formats of its values. In a format, `{name}` is the
/// physical name of the resource, `{id}` is a UUID, and `{region}` and `{account}` are the region
/// and the account of the stack.
struct Kind {
    name: &'static str,
    /// The property that sets the physical name of the resource, such as `RoleName`. If it is empty
    /// or the template omits the property, the physical name is the logical id.
    named_by: &'static str,
    /// The format of the value that `Ref` returns for a resource of this type.
    reference: &'static str,
    /// The format of the attribute `Arn`. Empty if the type has no such attribute.
    arn: &'static str,
}

/// The resource types to which resources of Cognito often refer. The formats of their ids and ARNs
/// are from AWS's CloudFormation template reference.
const KINDS: [Kind; 11] = [
    Kind {
        name: "AWS::CertificateManager::Certificate",
        named_by: "",
        reference: "arn:aws:acm:{region}:{account}:certificate/{id}",
        arn: "",
    },
    Kind {
        name: "AWS::IAM::Role",
        named_by: "RoleName",
        reference: "{name}",
        arn: "arn:aws:iam::{account}:role/{name}",
    },
    Kind {
        name: "AWS::KMS::Key",
        named_by: "",
        reference: "{id}",
        arn: "arn:aws:kms:{region}:{account}:key/{id}",
    },
    Kind {
        name: "AWS::KinesisFirehose::DeliveryStream",
        named_by: "DeliveryStreamName",
        reference: "{name}",
        arn: "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
    },
    Kind {
        name: "AWS::Lambda::Function",
        named_by: "FunctionName",
        reference: "{name}",
        arn: "arn:aws:lambda:{region}:{account}:function:{name}",
    },
    Kind {
        name: "AWS::Logs::LogGroup",
        named_by: "LogGroupName",
        reference: "{name}",
        arn: "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    },
    Kind {
        name: "AWS::S3::Bucket",
        named_by: "BucketName",
        reference: "{name}",
        arn: "arn:aws:s3:::{name}",
    },
    Kind {
        name: "AWS::SES::EmailIdentity",
        named_by: "EmailIdentity",
        reference: "{name}",
        arn: "",
    },
    Kind {
        name: "AWS::SNS::Topic",
        named_by: "TopicName",
        reference: "arn:aws:sns:{region}:{account}:{name}",
        arn: "",
    },
    Kind {
        name: "AWS::SecretsManager::Secret",
        named_by: "Name",
        reference: "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        arn: "",
    },
    Kind {
        name: "AWS::Serverless::Function",
        named_by: "FunctionName",
        reference: "{name}",
        arn: "arn:aws:lambda:{region}:{account}:function:{name}",
    },
];

/// Returns the value of an attribute of a resource. If `attribute` is `None`, returns the value of
/// `Ref`. Returns `None` if the format of the value is not known.
pub(super) fn value(
    scope: &Scope<'_>,
    (logical_id, resource): (&str, &Value),
    attribute: Option<&str>,
) -> Result<Option<String>, Fault> {
    let kind = resource["Type"].as_str().unwrap_or_default();
    if let ("AWS::Lambda::Alias" | "AWS::Lambda::Version", None) = (kind, attribute) {
        return qualified(scope, kind, resource).map(Some);
    }
    let Some(kind) = KINDS.iter().find(|known| known.name == kind) else {
        return Ok(None);
    };
    let form = match attribute {
        None => kind.reference,
        Some("Arn") => kind.arn,
        Some(_) => "",
    };
    if form.is_empty() {
        return Ok(None);
    }
    let name = match resource["Properties"].get(kind.named_by) {
        Some(name) => scope.text(name)?,
        // The name of a bucket has lower-case letters only.
        None if kind.name == "AWS::S3::Bucket" => logical_id.to_ascii_lowercase(),
        None => logical_id.to_owned(),
    };
    let value = form
        .replace("{name}", &name)
        .replace("{id}", &scope.stable_uuid(logical_id))
        .replace("{region}", scope.region())
        .replace("{account}", DEFAULT_ACCOUNT);
    Ok(Some(value))
}

/// Returns the ARN of a version or an alias of a Lambda function. The number of a version is always
/// 1.
fn qualified(scope: &Scope<'_>, kind: &str, resource: &Value) -> Result<String, Fault> {
    let properties = &resource["Properties"];
    let function = scope.text(&properties["FunctionName"])?;
    let qualifier = match kind {
        "AWS::Lambda::Alias" => scope.text(&properties["Name"])?,
        _ => "1".to_owned(),
    };
    if function.starts_with("arn:") {
        return Ok(format!("{function}:{qualifier}"));
    }
    let region = scope.region();
    Ok(format!(
        "arn:aws:lambda:{region}:{DEFAULT_ACCOUNT}:function:{function}:{qualifier}"
    ))
}

/// Returns a placeholder for a value that the emulator cannot determine. If the name of the
/// attribute ends with `Arn`, the placeholder is an ARN.
pub(super) fn placeholder(
    logical_id: &str,
    kind: &str,
    attribute: Option<&str>,
    region: &str,
) -> String {
    let service = kind.split("::").nth(1).unwrap_or("custom");
    match attribute {
        None => logical_id.to_owned(),
        Some(attribute) if attribute.to_ascii_lowercase().ends_with("arn") => {
            let service = service.to_ascii_lowercase();
            format!("arn:aws:{service}:{region}:{DEFAULT_ACCOUNT}:{logical_id}")
        }
        Some(attribute) => format!("{logical_id}.{attribute}"),
    }
}
