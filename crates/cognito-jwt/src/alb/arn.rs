//! The ARN of a load balancer, and the URL of its keys.

use cognito_core::InvalidInput;
use cognito_core::id::Region;

/// The longest name of a load balancer.
const MAX_NAME_LENGTH: usize = 32;

/// The partitions other than `aws`, each with the prefix of its region names.
const PARTITIONS: [(&str, &str); 7] = [
    ("aws-cn", "cn-"),
    ("aws-eusc", "eusc-"),
    ("aws-iso", "us-iso-"),
    ("aws-iso-b", "us-isob-"),
    ("aws-iso-e", "eu-isoe-"),
    ("aws-iso-f", "us-isof-"),
    ("aws-us-gov", "us-gov-"),
];

/// An Application Load Balancer whose signature is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoadBalancer {
    pub(super) arn: Box<str>,
    /// The base URL of the load balancer's keys. `None` if AWS documents none.
    pub(super) key_uri: Option<Box<str>>,
}

impl LoadBalancer {
    /// Parses an ARN: `arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>`.
    ///
    /// Rejects an ARN that could change the host or path of the key URL.
    pub(super) fn parse(arn: &str) -> Result<Self, InvalidInput> {
        let refused = || {
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
            return Err(refused());
        };
        if !is_region_of(partition, region) || !is_account(account) || !is_resource(resource) {
            return Err(refused());
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

/// Returns the base URL of a region's keys. Returns `None` for partitions without a documented URL.
/// Source: Elastic Load Balancing user guide, "Authenticate users using an Application Load
/// Balancer".
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

/// Returns `true` if the region is valid and can belong to the partition.
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

/// Returns `true` for `loadbalancer/app/<name>/<id>`, an Application Load Balancer. Network and
/// Gateway Load Balancers do not authenticate users.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(partition: &str, region: &str) -> String {
        format!(
            "arn:{partition}:elasticloadbalancing:{region}:123456789012:\
             loadbalancer/app/my-lb/50dc6c495c0c9188"
        )
    }

    #[test]
    fn key_url_follows_partition_and_region() {
        for (partition, region, expected) in [
            (
                "aws",
                "eu-central-1",
                Some("https://public-keys.auth.elb.eu-central-1.amazonaws.com"),
            ),
            (
                "aws-us-gov",
                "us-gov-west-1",
                Some(
                    "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1",
                ),
            ),
            (
                "aws-us-gov",
                "us-gov-east-1",
                Some(
                    "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1",
                ),
            ),
            ("aws-eusc", "eusc-de-east-1", None),
            ("aws-iso-b", "us-isob-east-1", None),
        ] {
            let arn = arn(partition, region);
            let parsed = LoadBalancer::parse(&arn).unwrap();
            assert_eq!(*parsed.arn, *arn);
            assert_eq!(parsed.key_uri.as_deref(), expected, "{arn}");
        }
    }

    #[test]
    fn rejects_partition_without_user_pools() {
        let error = LoadBalancer::parse(&arn("aws-cn", "cn-north-1")).unwrap_err();
        assert!(error.rule().contains("aws-cn"), "{error}");
    }

    #[test]
    fn a_region_belongs_to_one_partition() {
        for (partition, region) in [
            ("aws", "us-gov-west-1"),
            ("aws", "cn-north-1"),
            ("aws", "eusc-de-east-1"),
            ("aws-us-gov", "us-east-1"),
            ("aws-eusc", "eu-central-1"),
            ("aws-iso", "us-isob-east-1"),
            ("aws-other", "eu-central-1"),
            ("aws", "local"),
            ("", "eu-central-1"),
        ] {
            assert!(
                LoadBalancer::parse(&arn(partition, region)).is_err(),
                "{partition} {region}"
            );
        }
    }

    #[test]
    fn rejects_malformed_load_balancer_arn() {
        let good = arn("aws", "eu-central-1");
        for (from, to) in [
            ("arn:aws", "ARN:aws"),
            ("arn:aws", " arn:aws"),
            ("eu-central-1", "evil.example/"),
            ("eu-central-1", "eu-central-1.evil.example"),
            ("eu-central-1", "eu-central-1@evil"),
            ("eu-central-1", "EU-CENTRAL-1"),
            ("eu-central-1", ""),
            ("elasticloadbalancing", "elasticache"),
            ("123456789012", "12345678901"),
            ("123456789012", "12345678901a"),
            ("loadbalancer/app", "loadbalancer/net"),
            ("loadbalancer/app", "targetgroup"),
            ("my-lb", ""),
            ("my-lb", "-lb"),
            ("my-lb", "lb-"),
            ("my-lb", "my_lb"),
            ("my-lb", "a123456789b123456789c123456789d12"),
            ("50dc6c495c0c9188", ""),
            ("50dc6c495c0c9188", "50DC6C495C0C9188"),
            ("50dc6c495c0c9188", "50dc6c495c0c9188/x"),
            ("50dc6c495c0c9188", "50dc6c495c0c9188\n"),
            ("50dc6c495c0c9188", "50dc6c495c0c9188:x"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(LoadBalancer::parse(&bad).is_err(), "{bad:?}");
        }
        assert!(LoadBalancer::parse("").is_err());
    }
}
