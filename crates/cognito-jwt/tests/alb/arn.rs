//! The ARN of a load balancer, and the URL of its keys.

use cognito_core::ErrorKind;
use cognito_jwt::AlbVerifierBuilder;

use crate::fixture::{ARN, Answer, KID, LoadBalancer, Script, builder};

fn arn(partition: &str, region: &str) -> String {
    ARN.replace("arn:aws:", &format!("arn:{partition}:"))
        .replace("eu-central-1", region)
}

fn detail(builder: AlbVerifierBuilder) -> String {
    let error = builder.build().expect_err("it should not build");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn key_url_follows_partition_and_region() {
    let load_balancer = LoadBalancer::new();
    for (partition, region, expected) in [
        (
            "aws",
            "eu-central-1",
            Some("https://public-keys.auth.elb.eu-central-1.amazonaws.com"),
        ),
        (
            "aws-us-gov",
            "us-gov-west-1",
            Some("https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1"),
        ),
        (
            "aws-us-gov",
            "us-gov-east-1",
            Some("https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1"),
        ),
        ("aws-eusc", "eusc-de-east-1", None),
        ("aws-iso-b", "us-isob-east-1", None),
    ] {
        let script = Script::new(&load_balancer);
        script.answer_otherwise(Answer::Document(load_balancer.pem()));
        let arn = arn(partition, region);
        let builder = builder().load_balancer(&arn).key_source(script.clone());
        let Some(expected) = expected else {
            assert!(detail(builder).contains("key URI"), "{arn}");
            continue;
        };
        let token = load_balancer
            .token(|header, _| drop(header.insert("signer".to_owned(), arn.as_str().into())));
        let claims = builder.build().unwrap().verify(&token).await.unwrap();
        assert_eq!(claims.signer, arn);
        assert_eq!(script.asked(), [format!("{expected}/{KID}")]);
    }
}

/// Checks that a string is not the ARN of an Application Load Balancer.
fn assert_rejected(arn: &str) {
    let detail = detail(builder().load_balancer(arn));
    assert!(
        detail.contains("must be the ARN of an Application"),
        "{arn:?}: {detail}"
    );
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
        assert_rejected(&arn(partition, region));
    }
}

#[test]
fn rejects_malformed_load_balancer_arn() {
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
        let bad = ARN.replacen(from, to, 1);
        assert_ne!(bad, ARN);
        assert_rejected(&bad);
    }
    assert_rejected("");
}
