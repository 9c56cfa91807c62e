//! Parses the ARN of a load balancer, and derives the URL of its keys.

use cognito_core::InvalidInput;
use cognito_core::id::Region;

/// The maximum length of a load balancer's name, in bytes.
const MAX_NAME_LENGTH: usize = 32;

/// The AWS partitions other than `aws`, each with the prefix of the names of its regions.
const PARTITIONS: [(&str, &str); 7] = [
    ("aws-cn", "cn-"),
    ("aws-eusc", "eusc-"),
    ("aws-iso", "us-iso-"),
    ("aws-iso-b", "us-isob-"),
    ("aws-iso-e", "eu-isoe-"),
    ("aws-iso-f", "us-isof-"),
    ("aws-us-gov", "us-gov-"),
];

/// An Application Load Balancer whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoadBalancer {
    pub(super) arn: Box<str>,
    /// The base URL of the load balancer's keys. `None` if AWS documents no key URL for the
    /// partition.
    pub(super) key_uri: Option<Box<str>>,
}

impl LoadBalancer {
    /// Parses the ARN of an Application Load Balancer: service `elasticloadbalancing`, resource
    /// `loadbalancer/app/<name>/<id>`.
    ///
    /// Fails if the ARN has another format or is in the partition `aws-cn`, which has no user
    /// pools. All parts are validated, so the ARN cannot change the host or path of the key URL.
    pub(super) fn parse(arn: &str) -> Result<Self, InvalidInput> {
        let invalid = || {
            InvalidInput::new(
                "load balancer",
                "must be the ARN of an Application Load Balancer, like arn:aws:elasticloadbalancing:\
                 eu-central-1:123456789012:loadbalancer/app/my-lb/50dc6c495c0c9188",
            )
        };
        let parts: Vec<&str> = arn.split(':').collect();
        let [
            "arn",
            partition,
            "elasticloadbalancing",
            region,
            account,
            resource,
        ] = parts[..]
        else {
            return Err(invalid());
        };
        if !is_region_of(partition, region) || !is_account(account) || !is_resource(resource) {
            return Err(invalid());
        }
        if partition == "aws-cn" {
            return Err(InvalidInput::new(
                "load balancer",
                "must not be in the partition aws-cn: there are no user pools",
            ));
        }
        Ok(Self {
            arn: arn.into(),
            key_uri: key_uri(partition, region).map(String::into_boxed_str),
        })
    }
}

/// Returns the base URL of the keys of a region, or `None` if AWS documents no key URL for the
/// partition. Source: Elastic Load Balancing user guide, "Authenticate users using an Application
/// Load Balancer".
fn key_uri(partition: &str, region: &str) -> Option<String> {
    match partition {
        "aws" => Some(format!(
            "https://public-keys.auth.elb.{region}.amazonaws.com"
        )),
        "aws-us-gov" => Some(format!(
            "https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}"
        )),
        _ => None,
    }
}

/// Returns `true` if the region is valid and belongs to the partition. The prefix of a region's
/// name determines its partition.
fn is_region_of(partition: &str, region: &str) -> bool {
    if Region::new(region).is_err() || region == "local" {
        return false;
    }
    PARTITIONS
        .iter()
        .find(|(_, prefix)| region.starts_with(prefix))
        .map_or("aws", |(partition, _)| partition)
        == partition
}

fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns `true` if the resource of an ARN is `loadbalancer/app/<name>/<id>`, an Application Load
/// Balancer. Network and Gateway Load Balancers do not authenticate users.
fn is_resource(resource: &str) -> bool {
    let Some(rest) = resource.strip_prefix("loadbalancer/app/") else {
        return false;
    };
    rest.split_once('/').is_some_and(|(name, id)| {
        let is_id = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=MAX_NAME_LENGTH).contains(&name.len())
            && name.bytes().all(is_name)
            && !name.starts_with('-')
            && !name.ends_with('-')
            && (1..=32).contains(&id.len())
            && id.bytes().all(is_id)
    })
}
