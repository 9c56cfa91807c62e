//! The Parameter Store.

use serde_json::{Value, json};

use crate::support::{Pool, Reply, pool};

async fn ssm(pool: &Pool, operation: &str, fields: Value) -> Reply {
    pool.signed(&format!("AmazonSSM.{operation}"), fields).await
}

#[tokio::test]
async fn parameters_are_read() {
    let pool = pool().await;
    pool.emulator.ssm().put("/cognito/client_id", "abc");
    pool.emulator
        .ssm()
        .put_secure("/cognito/client_secret", "shh");
    let answer = ssm(
        &pool,
        "GetParameter",
        json!({ "Name": "/cognito/client_id" }),
    )
    .await
    .ok();
    let parameter = &answer["Parameter"];
    assert_eq!(
        (
            &parameter["Name"],
            &parameter["Type"],
            &parameter["Value"],
            &parameter["Version"]
        ),
        (
            &json!("/cognito/client_id"),
            &json!("String"),
            &json!("abc"),
            &json!(1)
        )
    );
    assert_eq!(
        parameter["ARN"],
        "arn:aws:ssm:us-east-1:123456789012:parameter/cognito/client_id"
    );
    for (decrypt, is_plain) in [(true, true), (false, false)] {
        let fields = json!({
            "Names": ["/cognito/client_secret", "/cognito/none"],
            "WithDecryption": decrypt,
        });
        let answer = ssm(&pool, "GetParameters", fields).await.ok();
        assert_eq!(answer["InvalidParameters"], json!(["/cognito/none"]));
        assert_eq!(answer["Parameters"][0]["Type"], "SecureString");
        assert_eq!(answer["Parameters"][0]["Value"] == "shh", is_plain);
        assert!(is_plain || !answer.to_string().contains("shh"));
    }
    assert!(pool.emulator.ssm().remove("/cognito/client_id"));
    ssm(
        &pool,
        "GetParameter",
        json!({ "Name": "/cognito/client_id" }),
    )
    .await
    .fails("ParameterNotFound", "");
}

#[tokio::test]
async fn parameters_are_written_once_or_over() {
    let pool = pool().await;
    let put = |more: Value| {
        let mut fields = json!({ "Name": "/a", "Value": "1" });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        fields
    };
    ssm(&pool, "PutParameter", put(json!({}))).await.fails(
        "ValidationException",
        "A parameter type is required when you create a parameter.",
    );
    let first = ssm(
        &pool,
        "PutParameter",
        put(json!({ "Type": "SecureString" })),
    )
    .await
    .ok();
    assert_eq!(first["Version"], 1);
    ssm(&pool, "PutParameter", put(json!({ "Type": "String" }))).await.fails(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the \
         request to true.",
    );
    let second = ssm(
        &pool,
        "PutParameter",
        put(json!({ "Overwrite": true, "Value": "2" })),
    )
    .await
    .ok();
    assert_eq!(second["Version"], 2);
    let fields = json!({ "Name": "/a", "WithDecryption": true });
    let answer = ssm(&pool, "GetParameter", fields).await.ok();
    assert_eq!(
        (&answer["Parameter"]["Value"], &answer["Parameter"]["Type"]),
        (&json!("2"), &json!("SecureString"))
    );
}

#[tokio::test]
async fn bad_requests() {
    let pool = pool().await;
    ssm(&pool, "GetParameter", json!({})).await.fails(
        "ValidationException",
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must \
         not be null",
    );
    let names: Vec<_> = (0..11).map(|number| format!("/{number}")).collect();
    ssm(&pool, "GetParameters", json!({ "Names": names }))
        .await
        .fails(
            "ValidationException",
            "1 validation error detected: Value '[/0, /1, /2, /3, /4, /5, /6, /7, /8, /9, /10]' at \
         'names' failed to satisfy constraint: Member must have length less than or equal to 10",
        );
    pool.send(
        "POST",
        "/",
        &[("x-amz-target", "AmazonSSM.GetParameter")],
        "{}",
    )
    .await
    .fails(
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );
}
