//! The verifier and the tokens of a pool with a replica.

use cognito::UserPoolId;
use cognito::verifier::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use cognito_emulator::{Emulator, EmulatorBuilder, Request};
use serde_json::{Value, json};

use crate::fixture::{EMAIL, PASSWORD};

const PRIMARY: &str = "us-east-1";
const SECONDARY: &str = "eu-west-1";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";

/// An emulator whose pool has an active replica and a user.
struct Replicated(Emulator);

impl Replicated {
    async fn start(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let emulator = settings(Emulator::builder()).start().await.unwrap();
        emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
        let pool = Self(emulator);
        let key = json!({ "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY });
        let status = json!({ "RegionName": SECONDARY, "Status": "ACTIVE" });
        for (operation, mut fields) in [
            ("UpdateUserPool", json!({ "KeyConfiguration": key })),
            ("CreateUserPoolReplica", json!({ "RegionName": SECONDARY })),
            ("UpdateUserPoolReplica", status),
        ] {
            fields["UserPoolId"] = json!(pool.0.user_pool_id());
            pool.call(PRIMARY, operation, &fields).await;
        }
        pool
    }

    /// Calls an operation in a region, with a signature.
    async fn call(&self, region: &str, operation: &str, fields: &Value) -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let signature = format!("AWS4-HMAC-SHA256 Credential=a/20260101/{region}/b/aws4_request");
        let request = Request::new("POST", "/")
            .header("x-amz-target", &target)
            .header("authorization", &signature)
            .body(fields.to_string());
        let response = self.0.respond(request).await.unwrap();
        assert_eq!(response.status(), 200, "{operation}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Returns an access token of a sign-in in a region.
    async fn token(&self, region: &str) -> String {
        let fields = json!({
            "ClientId": self.0.client_id(),
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": EMAIL, "PASSWORD": PASSWORD },
        });
        let signed_in = self.call(region, "InitiateAuth", &fields).await;
        let token = signed_in["AuthenticationResult"]["AccessToken"].as_str();
        token.unwrap().to_owned()
    }

    fn verifier(&self) -> CognitoVerifierBuilder {
        let id: UserPoolId = self.0.user_pool_id().parse().unwrap();
        CognitoVerifier::builder(id).client_id(self.0.client_id())
    }

    /// Returns a verifier that has the keys of the emulator and accepts the issuers of AWS.
    async fn verifier_of_aws(&self) -> CognitoVerifierBuilder {
        let path = format!("/{}/.well-known/jwks.json", self.0.user_pool_id());
        let response = self.0.respond(Request::new("GET", &path)).await.unwrap();
        let keys = String::from_utf8(response.into_body()).unwrap();
        self.verifier().jwks_source(StaticJwks::new(keys))
    }
}

#[tokio::test]
async fn verifier_accepts_tokens_of_both_regions() {
    let pool = Replicated::start(|builder| builder).await;
    let (endpoint, id) = (pool.0.endpoint(), pool.0.user_pool_id());
    let primary = || pool.verifier().issuer(pool.0.issuer());
    let secondary = || {
        pool.verifier()
            .issuer(format!("{endpoint}/{SECONDARY}/{id}"))
    };
    let both = CognitoVerifier::any_of([primary(), secondary()]).unwrap();
    let (primary, secondary) = (primary().build().unwrap(), secondary().build().unwrap());
    let home = pool.token(PRIMARY).await;
    let away = pool.token(SECONDARY).await;
    for token in [&home, &away] {
        both.verify_access(token).await.unwrap();
    }
    primary.verify_access(&home).await.unwrap();
    secondary.verify_access(&away).await.unwrap();
    primary.verify_access(&away).await.unwrap_err();
    secondary.verify_access(&home).await.unwrap_err();
}

#[tokio::test]
async fn verifier_accepts_region_of_replica() {
    let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EmuPool01";
    let pool = Replicated::start(|builder| builder.issuer(issuer)).await;
    let away = pool.token(SECONDARY).await;
    let alone = pool.verifier_of_aws().await.build().unwrap();
    alone.verify_access(&away).await.unwrap_err();
    let with_replica = pool.verifier_of_aws().await.replica(SECONDARY);
    let with_replica = with_replica.build().unwrap();
    with_replica.verify_access(&away).await.unwrap();
    let home = pool.token(PRIMARY).await;
    with_replica.verify_access(&home).await.unwrap();
}

#[tokio::test]
async fn updated_issuer_needs_no_replica_setting() {
    let issuer = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_EmuPool01";
    let pool = Replicated::start(|builder| builder.issuer(issuer)).await;
    let update = json!({
        "UserPoolId": pool.0.user_pool_id(),
        "IssuerConfiguration": { "Type": "UPDATED" },
    });
    pool.call(PRIMARY, "UpdateUserPool", &update).await;
    let verifier = pool.verifier_of_aws().await.build().unwrap();
    for region in [PRIMARY, SECONDARY] {
        let token = pool.token(region).await;
        verifier.verify_access(&token).await.unwrap();
    }
}
