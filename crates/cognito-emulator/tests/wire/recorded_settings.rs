//! Settings of pools, clients and domains, as AWS was recorded to treat them.

use serde_json::{Value, json};

use crate::pools::{described, sign_up};
use crate::support::{EMAIL, new_client, new_pool, pool};

#[tokio::test]
async fn case_rule_is_described_when_set() {
    let pool = pool().await;
    for rule in [true, false] {
        let told = json!({ "CaseSensitive": rule });
        let id = new_pool(&pool, json!({ "UsernameConfiguration": told })).await;
        assert_eq!(described(&pool, &id).await["UsernameConfiguration"], told);
    }
}

#[tokio::test]
async fn verification_messages_are_described_twice() {
    let pool = pool().await;
    let outer = |sms: &str, email: &str, subject: &str| {
        json!({
            "SmsVerificationMessage": sms,
            "EmailVerificationMessage": email,
            "EmailVerificationSubject": subject,
        })
    };
    let inner = |sms: &str, email: &str, subject: &str| {
        json!({
            "SmsMessage": sms,
            "EmailMessage": email,
            "EmailSubject": subject,
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        })
    };
    let texts = ("{####} s", "{####} e", "x");
    let template = inner(texts.0, texts.1, texts.2);
    let mut both = outer("{####} other", "{####} other", "other");
    both["VerificationMessageTemplate"] = template.clone();
    for fields in [
        json!({ "VerificationMessageTemplate": template }),
        outer(texts.0, texts.1, texts.2),
        both,
    ] {
        let id = new_pool(&pool, fields).await;
        let described = described(&pool, &id).await;
        assert_eq!(described["VerificationMessageTemplate"], template);
        let expected = outer(texts.0, texts.1, texts.2);
        for (name, text) in expected.as_object().expect("texts") {
            assert_eq!(&described[name], text, "{name}");
        }
    }
}

#[tokio::test]
async fn templates_need_their_placeholders() {
    let pool = pool().await;
    let invitation = |text: &str| json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": { "EmailMessage": text } } });
    let link =
        |text: &str| json!({ "VerificationMessageTemplate": { "EmailMessageByLink": text } });
    for fields in [
        invitation("Hello {username}"),
        invitation("Hello {####}"),
        link("CODE {####}."),
    ] {
        let reply = pool.admin("UpdateUserPool", fields).await;
        reply.invalid_parameter("The message is invalid");
    }
    for fields in [invitation("{username} {####}"), link("{##Verify##}")] {
        pool.admin("UpdateUserPool", fields).await.ok();
    }
    let reply = pool
        .admin(
            "UpdateUserPool",
            json!({ "EmailVerificationMessage": "no code" }),
        )
        .await;
    let message = reply.body["message"].as_str().expect("a message");
    assert!(message.contains("'emailVerificationMessage'"), "{message}");
}

#[tokio::test]
async fn temporary_passwords_have_one_validity() {
    let pool = pool().await;
    let fields = |unused: u32| {
        json!({
            "AdminCreateUserConfig": { "UnusedAccountValidityDays": unused },
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
        })
    };
    pool.admin("UpdateUserPool", fields(7))
        .await
        .invalid_parameter(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
         UnusedAccountValidityDays",
        );
    pool.admin("UpdateUserPool", fields(0)).await.ok();
}

#[tokio::test]
async fn schema_bounds_are_whole_numbers_in_order() {
    let pool = pool().await;
    let text = |bounds: Value| {
        json!({
            "Name": "email", "AttributeDataType": "String", "StringAttributeConstraints": bounds,
        })
    };
    let number = |bounds: Value| {
        json!({
            "Name": "updated_at", "AttributeDataType": "Number",
            "NumberAttributeConstraints": bounds,
        })
    };
    for (attribute, fault) in [
        (
            text(json!({ "MinLength": "2", "MaxLength": "1" })),
            "user.email: Max length cannot be less than min length.",
        ),
        (
            text(json!({ "MaxLength": "2049" })),
            "user.email: String attributes cannot have a length of more than 2048",
        ),
        (
            text(json!({ "MinLength": "x" })),
            "Invalid StringAttributeConstraints for schema attribute email",
        ),
        (
            number(json!({ "MinValue": "2", "MaxValue": "1" })),
            "user.updated_at: Max value cannot be less than min value.",
        ),
        (
            number(json!({ "MaxValue": "x" })),
            "Invalid NumberAttributeConstraints for schema attribute updated_at",
        ),
        (
            json!({ "AttributeDataType": "String" }),
            "A schema attribute needs a name.",
        ),
    ] {
        let fields = json!({ "PoolName": "people", "Schema": [attribute] });
        let reply = pool.operator("CreateUserPool", fields).await;
        reply.invalid_parameter(fault);
    }
}

#[tokio::test]
async fn every_unknown_attribute_is_named() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    let attributes = json!([
        { "Name": "custom:a", "Value": "1" },
        { "Name": "custom:b", "Value": "1" },
    ]);
    let id = new_pool(&pool, json!({})).await;
    let fault = "Attribute does not exist in the schema.\n";
    // A header has only one line, so only the body is compared.
    let reply = sign_up(&pool, &id, "ann", attributes.clone()).await;
    let expected =
        format!("Attributes did not conform to the schema: custom:a: {fault}custom:b: {fault}");
    assert_eq!(reply.body["message"], expected);
    let expected = format!("user.custom:a: {fault}user.custom:b: {fault}");
    let own = json!({ "AccessToken": tokens.access, "UserAttributes": attributes });
    let reply = pool.call("UpdateUserAttributes", own).await;
    assert_eq!(reply.body["message"], expected);
    let theirs = json!({ "Username": EMAIL, "UserAttributes": attributes });
    let reply = pool.admin("AdminUpdateUserAttributes", theirs).await;
    assert_eq!(reply.body["message"], expected);
    let names = json!({ "Username": EMAIL, "UserAttributeNames": ["custom:a", "custom:b"] });
    let reply = pool.admin("AdminDeleteUserAttributes", names).await;
    assert_eq!(reply.body["message"], expected);
}

#[tokio::test]
async fn clients_name_providers_of_the_pool() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let fields = json!({
        "UserPoolId": id, "ClientName": "web", "SupportedIdentityProviders": ["COGNITO", "Google"],
    });
    let reply = pool.operator("CreateUserPoolClient", fields).await;
    reply.invalid_parameter(&format!(
        "The provider Google does not exist for User Pool {id}"
    ));
    let own = json!({ "SupportedIdentityProviders": ["COGNITO"] });
    new_client(&pool, &id, own).await;
}

#[tokio::test]
async fn oauth_settings_fail_with_aws_messages() {
    let pool = pool().await;
    let fields = |addresses: Value| {
        json!({
            "ClientName": "web",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthScopes": ["openid"],
            "CallbackURLs": addresses,
        })
    };
    pool.admin("CreateUserPoolClient", fields(json!([])))
        .await
        .fails(
            "InvalidOAuthFlowException",
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        );
    pool.admin("CreateUserPoolClient", fields(json!(["http://x/"])))
        .await
        .invalid_parameter("http://x/ cannot use the HTTP protocol.");
    let mut loopback = fields(json!(["http://[::1]:3000/cb"]));
    loopback["LogoutURLs"] = json!(["http://[::1]:3000/"]);
    pool.admin("CreateUserPoolClient", loopback).await.ok();
}

#[tokio::test]
async fn values_of_the_newest_model_are_accepted() {
    let pool = pool().await;
    let id = new_pool(
        &pool,
        json!({ "Policies": { "SignInPolicy": {
            "AllowedFirstAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"],
        } } }),
    )
    .await;
    let policies = &described(&pool, &id).await["Policies"];
    let factors = &policies["SignInPolicy"]["AllowedFirstAuthFactors"];
    assert_eq!(factors, &json!(["PASSWORD", "SOFTWARE_TOKEN"]));
    let flows = json!([
        "ALLOW_TOKEN_EXCHANGE_DELEGATION",
        "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
    ]);
    let client = new_client(&pool, &id, json!({ "ExplicitAuthFlows": flows })).await;
    assert_eq!(client["ExplicitAuthFlows"], flows);
    // For a name of 33 characters, the error is that for an unknown name, not that for a long one.
    let fields = json!({ "ClientName": "web", "ReadAttributes": ["a".repeat(33)] });
    let reply = pool.admin("CreateUserPoolClient", fields).await;
    reply.invalid_parameter("Invalid read attributes specified while creating a client");
}

#[tokio::test]
async fn pools_are_in_the_signed_region() {
    let pool = pool().await;
    for (credential, expected) in [
        (
            "a/20260101/eu-central-1/cognito-idp/aws4_request",
            "eu-central-1",
        ),
        // An access key may contain slashes.
        (
            "a/b/20260101/eu-west-1/cognito-idp/aws4_request",
            "eu-west-1",
        ),
        ("a/20260101/NOWHERE/cognito-idp/aws4_request", "us-east-1"),
        ("a/20260101/EU_1/cognito-idp/aws4_request", "us-east-1"),
        ("a/20260101//cognito-idp/aws4_request", "us-east-1"),
        ("a", "us-east-1"),
    ] {
        let signature = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host");
        let headers = [
            (
                "x-amz-target",
                "AWSCognitoIdentityProviderService.CreateUserPool",
            ),
            ("authorization", &signature),
        ];
        let body = json!({ "PoolName": "people" }).to_string();
        let answer = pool.send("POST", "/", &headers, body).await.ok();
        let described = &answer["UserPool"];
        let id = described["Id"].as_str().expect("an id");
        assert!(id.starts_with(&format!("{expected}_")), "{id}");
        let arn = described["Arn"].as_str().expect("an ARN");
        assert!(arn.contains(expected), "{arn}");
    }
}

#[tokio::test]
async fn prefix_domains_have_no_reserved_words() {
    let pool = pool().await;
    for word in ["aws", "amazon", "cognito"] {
        let fields = json!({ "Domain": format!("my-{word}-shop") });
        let reply = pool.admin("CreateUserPoolDomain", fields).await;
        reply.invalid_parameter(&format!("Domain cannot contain reserved word: {word}"));
    }
    let fields = json!({ "Domain": "login.example.com" });
    let reply = pool.admin("CreateUserPoolDomain", fields).await;
    reply.invalid_parameter(
        "The domain name contains an invalid character. Domain names can only contain lower-case \
         letters, numbers, and hyphens. Please enter a different name that follows this format: \
         ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
    );
}

#[tokio::test]
async fn custom_domains_have_a_distribution() {
    let pool = pool().await;
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
    let mut fields = json!({
        "Domain": "cognito.example.com", "CustomDomainConfig": { "CertificateArn": arn },
    });
    let made = pool
        .admin("CreateUserPoolDomain", fields.clone())
        .await
        .ok();
    let distribution = made["CloudFrontDomain"].as_str().expect("a name");
    assert!(distribution.ends_with(".cloudfront.net"), "{distribution}");
    fields["ManagedLoginVersion"] = json!(2);
    let changed = pool.admin("UpdateUserPoolDomain", fields).await.ok();
    let expected = json!({ "CloudFrontDomain": distribution, "ManagedLoginVersion": 2 });
    assert_eq!(changed, expected);
    let domain = json!({ "Domain": "cognito.example.com" });
    let described = pool.operator("DescribeUserPoolDomain", domain).await.ok();
    let described = &described["DomainDescription"];
    assert_eq!(described["CloudFrontDistribution"], distribution);
    assert_eq!(described["ManagedLoginVersion"], 2);
}

#[tokio::test]
async fn pools_with_a_domain_are_not_deleted() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let (named, domain) = (
        json!({ "UserPoolId": id }),
        json!({ "UserPoolId": id, "Domain": "shop" }),
    );
    pool.operator("CreateUserPoolDomain", domain.clone())
        .await
        .ok();
    let reply = pool.operator("DeleteUserPool", named.clone()).await;
    reply.invalid_parameter(
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    );
    pool.operator("DeleteUserPoolDomain", domain).await.ok();
    pool.operator("DeleteUserPool", named).await.ok();
}
