//! The triggers of a sign-in through an identity provider.

use std::sync::Arc;

use cognito_emulator::{EmulatorBuilder, Trigger};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{ann, federated_with};
use crate::support::attribute;

type Events = Arc<Mutex<Vec<Value>>>;

/// Records the events of all triggers.
fn recorded(events: &Events) -> impl FnOnce(EmulatorBuilder) -> EmulatorBuilder {
    let events = Arc::clone(events);
    move |builder| {
        let triggers = [
            Trigger::InboundFederation,
            Trigger::PreSignUp,
            Trigger::PostConfirmation,
            Trigger::PreAuthentication,
            Trigger::PostAuthentication,
            Trigger::PreTokenGeneration,
        ];
        triggers.into_iter().fold(builder, |builder, trigger| {
            let events = Arc::clone(&events);
            builder.trigger(trigger, move |event| {
                events.lock().push(event.clone());
                Ok(event)
            })
        })
    }
}

fn sources(events: &Events) -> Vec<String> {
    let mut events = events.lock();
    let sources = events.iter().map(|event| event["triggerSource"].as_str());
    let sources = sources.flatten().map(ToOwned::to_owned).collect();
    events.clear();
    sources
}

// AWS developer guide, "Lambda triggers for federated users".
#[tokio::test]
async fn first_and_further_sign_ins_call_triggers() {
    let events = Events::default();
    let it = federated_with(|client| client, recorded(&events)).await;
    it.id_token(ann()).await;
    let first = events.lock().clone();
    let expected = [
        "InboundFederation_ExternalProvider",
        "PreSignUp_ExternalProvider",
        "PostConfirmation_ConfirmSignUp",
        "TokenGeneration_HostedAuth",
    ];
    assert_eq!(sources(&events), expected);
    let attributes = &first[0]["request"]["attributes"];
    assert_eq!(first[0]["request"]["providerName"], "Example");
    assert_eq!(first[0]["request"]["providerType"], "OIDC");
    assert_eq!(attributes["idToken"]["email_verified"], "true");
    assert_eq!(attributes["userInfo"]["name"], "Ann");
    assert_eq!(attributes["tokenResponse"]["token_type"], "Bearer");
    let pre_sign_up = &first[1];
    assert_eq!(pre_sign_up["userName"], "example_ann-1");
    let expected = json!({
        "cognito:email_alias": "", "cognito:phone_number_alias": "",
        "email": "ann@example.com", "email_verified": "false", "name": "Ann",
    });
    assert_eq!(pre_sign_up["request"]["userAttributes"], expected);
    let attributes = &first[2]["request"]["userAttributes"];
    assert_eq!(attributes["cognito:user_status"], "EXTERNAL_PROVIDER");
    assert!(
        attributes["identities"]
            .as_str()
            .is_some_and(|text| text.contains("ann-1"))
    );

    it.id_token(ann()).await;
    let expected = [
        "InboundFederation_ExternalProvider",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_HostedAuth",
    ];
    assert_eq!(sources(&events), expected);
}

#[tokio::test]
async fn rejection_by_trigger_reaches_client() {
    let it = federated_with(
        |client| client,
        |builder| builder.trigger(Trigger::PreSignUp, |_| Err("not invited".into())),
    )
    .await;
    assert_eq!(
        it.error(ann()).await,
        "PreSignUp failed with error not invited."
    );
    let users = it.pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn pre_sign_up_verifies_address() {
    let it = federated_with(
        |client| client,
        |builder| {
            builder.trigger(Trigger::PreSignUp, |mut event| {
                event["response"]["autoVerifyEmail"] = true.into();
                Ok(event)
            })
        },
    )
    .await;
    it.id_token(ann()).await;
    let user = it.user("example_ann-1").await;
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified"),
        Some("true")
    );
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
}

#[tokio::test]
async fn inbound_federation_replaces_claims_but_subject() {
    let it = federated_with(
        |client| client,
        |builder| {
            builder.trigger(Trigger::InboundFederation, |mut event| {
                event["response"]["userAttributesToMap"] =
                    json!({ "name": "From the trigger", "sub": "somebody-else" });
                Ok(event)
            })
        },
    )
    .await;
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["cognito:username"], "example_ann-1");
    let user = it.user("example_ann-1").await;
    assert_eq!(
        attribute(&user["UserAttributes"], "name"),
        Some("From the trigger")
    );
    // Claims that the trigger omits are dropped.
    assert_eq!(attribute(&user["UserAttributes"], "email"), None);
}

// The trigger calls AdminLinkProviderForUser (amplify-flutter#1716).
#[tokio::test]
async fn link_in_pre_sign_up_fails_once() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<std::sync::mpsc::Sender<()>>();
    let it = federated_with(
        |client| client,
        |builder| {
            builder.trigger(Trigger::PreSignUp, move |event| {
                let (done, wait) = std::sync::mpsc::channel();
                sender.send(done).map_err(|_| "no operator")?;
                wait.recv().map_err(|_| "no operator")?;
                Ok(event)
            })
        },
    )
    .await;
    let sub = it.pool.person();
    let mut receiver = receiver;
    let operator = async {
        let done = receiver.recv().await.expect("a trigger");
        let fields = json!({
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": sub },
            "SourceUser": {
                "ProviderName": "Example",
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": "ann-1",
            },
        });
        it.pool.admin("AdminLinkProviderForUser", fields).await.ok();
        done.send(()).expect("a trigger");
    };
    let (error, ()) = tokio::join!(it.error(ann()), operator);
    assert_eq!(error, "Already found an entry for username example_ann-1");
    assert_eq!(it.id_token(ann()).await["sub"], sub);
}

#[tokio::test]
async fn inbound_federation_can_have_url() {
    let it = super::federated().await;
    let url = it.provider.url("/trigger");
    let response = json!({ "response": { "userAttributesToMap": { "name": "By URL" } } });
    it.provider.replace("/trigger", 200, response.to_string());
    let config = json!({ "InboundFederation": { "LambdaVersion": "V1_0", "LambdaArn": url } });
    let fields = json!({ "LambdaConfig": config });
    it.pool.admin("UpdateUserPool", fields).await.ok();
    it.id_token(ann()).await;
    let user = it.user("example_ann-1").await;
    assert_eq!(attribute(&user["UserAttributes"], "name"), Some("By URL"));
}
