//! Accounts: the access key in the signature names the account, as in LocalStack.

use serde_json::json;

use crate::support::{new_pool, pool};

const OTHER: &str = "000000000001";
const IDENTITY: [(&str, &str); 2] = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];

#[tokio::test]
async fn caller_identity_names_the_account() {
    let pool = pool().await;
    for (key, account) in [
        ("test", "123456789012"),
        ("AKIAIOSFODNN7EXAMPLE", "123456789012"),
        ("00000000000a", "123456789012"),
        ("0000000000001", "123456789012"),
        (OTHER, OTHER),
    ] {
        let reply = pool.query(key, &IDENTITY).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, "text/xml")
        );
        let id = reply.header("x-amzn-requestid").to_owned();
        assert_eq!(id.len(), 36);
        let expected = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Account>{account}</Account>\
             <Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId>\
             </GetCallerIdentityResult><ResponseMetadata><RequestId>{id}</RequestId>\
             </ResponseMetadata></GetCallerIdentityResponse>"
        );
        assert_eq!(reply.body, expected);
    }
    assert_eq!(pool.emulator.calls("GetCallerIdentity"), 5);
}

#[tokio::test]
async fn query_protocol_errors_are_xml() {
    let pool = pool().await;
    let error = |code: &str, message: &str| {
        format!("<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>")
    };
    let unknown = [("Action", "GetSessionToken<"), ("Version", "2011-06-15")];
    let reply = pool.query("test", &unknown).await;
    let message = "the emulator does not have the operation GetSessionToken&lt; of sts";
    assert_eq!(reply.status, 400);
    assert!(
        reply
            .body
            .to_string()
            .contains(&error("InvalidAction", message))
    );

    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let reply = pool.send("POST", "/", &[], body).await;
    let message = "Missing Authentication Token";
    assert_eq!(reply.status, 403);
    assert!(
        reply
            .body
            .to_string()
            .contains(&error("MissingAuthenticationToken", message))
    );

    let foreign = [
        ("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e"),
        ("origin", "https://attacker.example"),
    ];
    let reply = pool.send("POST", "/", &foreign, body).await;
    assert_eq!(reply.status, 403);
    assert!(reply.body.to_string().contains("<Code>AccessDenied</Code>"));

    // A version that no service has.
    let reply = pool
        .query("test", &[("Action", "SignUp"), ("Version", "1")])
        .await;
    reply.fails("UnknownOperationException", "Unknown Operation");
}

#[tokio::test]
async fn accounts_share_no_user_pools() {
    let pool = pool().await;
    let own = new_pool(&pool, json!({})).await;
    let idp = |name: &str| format!("AWSCognitoIdentityProviderService.{name}");
    let created = pool
        .signed_by(
            OTHER,
            &idp("CreateUserPool"),
            json!({ "PoolName": "other" }),
        )
        .await
        .ok();
    let (arn, other) = (&created["UserPool"]["Arn"], &created["UserPool"]["Id"]);
    let other = other.as_str().expect("an id");
    assert_eq!(
        *arn,
        format!("arn:aws:cognito-idp:us-east-1:{OTHER}:userpool/{other}")
    );

    let list = |key| {
        pool.signed_by(
            key,
            "AWSCognitoIdentityProviderService.ListUserPools",
            json!({ "MaxResults": 60 }),
        )
    };
    let pools = list(OTHER).await.ok();
    assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(1));
    assert_eq!(pools["UserPools"][0]["Id"], other);
    let pools = list("test").await.ok();
    assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(2));

    for (key, id) in [("test", other), (OTHER, own.as_str())] {
        let message = format!("User pool {id} does not exist.");
        let target = idp("DescribeUserPool");
        let reply = pool
            .signed_by(key, &target, json!({ "UserPoolId": id }))
            .await;
        reply.fails("ResourceNotFoundException", &message);
    }

    // Requests without a signature belong to no account.
    let client = json!({ "UserPoolId": other, "ClientName": "web", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] });
    let client = pool
        .signed_by(OTHER, &idp("CreateUserPoolClient"), client)
        .await
        .ok();
    let fields = json!({
        "ClientId": client["UserPoolClient"]["ClientId"],
        "Username": "someone",
        "Password": "SecurePass123!",
    });
    pool.call("SignUp", fields).await.ok();
}

#[tokio::test]
async fn accounts_share_no_parameters() {
    let pool = pool().await;
    let fields = json!({ "Name": "/a", "Value": "1", "Type": "String" });
    pool.signed_by(OTHER, "AmazonSSM.PutParameter", fields)
        .await
        .ok();
    let get = json!({ "Name": "/a" });
    let reply = pool
        .signed_by(OTHER, "AmazonSSM.GetParameter", get.clone())
        .await
        .ok();
    let arn = format!("arn:aws:ssm:us-east-1:{OTHER}:parameter/a");
    assert_eq!(reply["Parameter"]["ARN"], arn);
    pool.signed("AmazonSSM.GetParameter", get)
        .await
        .fails("ParameterNotFound", "");
}
