//! Sends operations as JSON (the protocols AWS JSON 1.0 and 1.1), without the types of the SDK.
//!
//! Three kinds of operations need this module: operations that are newer than the SDK, operations
//! whose types in the SDK lack members, and operations of other services, for which a second SDK
//! would be too much. The module calls `ListUserPools` or `GlobalSignOut` with the SDK's client. An
//! interceptor then replaces the name of the operation and the body of the request. The client
//! still chooses the endpoint, signs if necessary, and retries.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::Client;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use cognito_core::operations::Access;
use cognito_core::ports::{JsonDocument, RepliedAt};
use cognito_core::{ErrorKind, Operation, Result};
use parking_lot::Mutex;
use serde_json::Value;

use crate::AwsCognito;
use crate::attempts::recorded;
use crate::error::{of_operation, unreadable};
use crate::quiet::SdkCall;
use crate::server_date::ServerDate;

/// The header that contains the name of the operation.
const TARGET: &str = "x-amz-target";

/// A service that speaks AWS JSON.
pub(crate) struct Protocol {
    /// The prefix of the operation's name in the header [`TARGET`].
    pub(crate) service: &'static str,
    /// The value of the header `Content-Type`. It contains the version of AWS JSON.
    pub(crate) content_type: &'static str,
}

/// The protocol of Cognito.
const COGNITO: Protocol = Protocol {
    service: "AWSCognitoIdentityProviderService",
    content_type: "application/x-amz-json-1.1",
};

/// The response of an operation that was sent as JSON.
pub(crate) struct JsonResponse {
    /// The members of the response.
    pub(crate) members: JsonDocument,
    /// The time of the response by AWS's clock.
    pub(crate) replied_at: RepliedAt,
}

/// Sends an operation with these members. The request is signed if IAM checks the operation.
///
/// Operations that IAM does not check are sent without a signature, because they need no AWS
/// credentials. If AWS could require a signature anyway, use [`send_json_unsigned_first`].
///
/// Security: nothing is logged, because the members can be secrets.
pub(crate) async fn send_json(
    aws: &AwsCognito,
    operation: Operation,
    members: &Value,
) -> Result<JsonResponse> {
    let signed = operation.access() == Access::Iam;
    send(aws, operation, members, signed).await
}

/// Sends an operation like [`send_json`]. If AWS rejects the request because it is not signed, sends
/// it again with a signature.
///
/// The AWS SDKs sign some operations that need no AWS credentials, by AWS's documentation.
pub(crate) async fn send_json_unsigned_first(
    aws: &AwsCognito,
    operation: Operation,
    members: &Value,
) -> Result<JsonResponse> {
    match send(aws, operation, members, false).await {
        Err(error) if error.kind() == ErrorKind::Credentials => {
            send(aws, operation, members, true).await
        }
        outcome => outcome,
    }
}

async fn send(
    aws: &AwsCognito,
    operation: Operation,
    members: &Value,
    signed: bool,
) -> Result<JsonResponse> {
    let request = JsonRequest::new(&COGNITO, operation.name(), members);
    let sent = request.send(aws.client(operation), signed);
    let response = recorded(operation, sent).await;
    response.map_err(|error| of_operation(error, operation))
}

/// A request for an operation of a service that speaks AWS JSON.
pub(crate) struct JsonRequest {
    /// The value of the header [`TARGET`].
    target: String,
    content_type: &'static str,
    body: String,
}

impl JsonRequest {
    pub(crate) fn new(protocol: &Protocol, operation: &str, members: &Value) -> Self {
        Self {
            target: format!("{}.{operation}", protocol.service),
            content_type: protocol.content_type,
            body: members.to_string(),
        }
    }

    /// Sends the request to the endpoint of `client`. The attempts are not recorded.
    pub(crate) async fn send(self, client: &Client, signed: bool) -> Result<JsonResponse> {
        let exchange = Exchange {
            request: Arc::new(self),
            response: Arc::default(),
        };
        let date = ServerDate::default();
        // The SDK ignores the members of the response, because all members of both responses are
        // optional.
        if signed {
            let call = client.list_user_pools().max_results(1).customize();
            let call = call.interceptor(exchange.clone()).interceptor(date.clone());
            SdkCall::unrecorded(call.send()).await?;
        } else {
            let call = client.global_sign_out().customize();
            let call = call.interceptor(exchange.clone()).interceptor(date.clone());
            SdkCall::unrecorded(call.send()).await?;
        }
        let body = std::mem::take(&mut *exchange.response.lock());
        let replied_at = date.replied_at();
        let members = members_of(&body).map_err(|error| error.with_replied_at(replied_at))?;
        Ok(JsonResponse {
            members,
            replied_at,
        })
    }
}

/// Returns the members in the body of a successful response. If the body is no JSON object, AWS may
/// have processed the request anyway.
fn members_of(body: &[u8]) -> Result<JsonDocument> {
    if body.is_empty() {
        // The response of an operation without output can be empty.
        return Ok(JsonDocument::new());
    }
    JsonDocument::from_json(body).map_err(|_| unreadable(200))
}

/// Returns the member `name` of a JSON object, if it is a string.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object[name].as_str()
}

/// Returns the member `name` of a JSON object, if it is a time: the number of seconds since 1970.
pub(crate) fn time(object: &Value, name: &str) -> Option<SystemTime> {
    let seconds = object[name].as_f64()?;
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// An interceptor that replaces the operation and the body of a request with those of `request`,
/// and keeps the body of the response. Clones share the kept body.
#[derive(Clone)]
struct Exchange {
    request: Arc<JsonRequest>,
    /// The body of the response, or empty if there was no response.
    response: Arc<Mutex<Vec<u8>>>,
}

cognito_core::impl_debug!(Exchange as exchange { target: exchange.request.target });

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "JSON call"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let length = self.request.body.len().to_string();
        let headers = request.headers_mut();
        headers.try_insert(TARGET, self.request.target.clone())?;
        headers.try_insert("content-type", self.request.content_type)?;
        headers.try_insert("content-length", length)?;
        *request.body_mut() = SdkBody::from(self.request.body.as_str());
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.response.lock() = body.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use cognito_core::ErrorKind;
    use serde_json::json;

    use super::*;

    /// The return type of the methods of [`Missing`]. No method of the SDK returns this type.
    struct Absent;

    /// The operations that the SDK lacks. A method of the SDK has precedence over a method of this
    /// trait. If the SDK has one of these operations, the test below therefore does not compile.
    trait Missing {
        fn admin_list_user_sessions(&self) -> Absent {
            Absent
        }

        fn admin_revoke_user_session(&self) -> Absent {
            Absent
        }

        fn get_derived_token(&self) -> Absent {
            Absent
        }

        fn list_user_sessions(&self) -> Absent {
            Absent
        }

        fn revoke_user_session(&self) -> Absent {
            Absent
        }
    }

    impl Missing for Client {}

    /// Checks that the SDK lacks the operations of [`Missing`]. If this test does not compile, the
    /// SDK has one of them: send this operation with the types of the SDK.
    #[test]
    fn sdk_lacks_these_operations() {
        let _: [fn(&Client) -> Absent; 5] = [
            |sdk| sdk.admin_list_user_sessions(),
            |sdk| sdk.admin_revoke_user_session(),
            |sdk| sdk.get_derived_token(),
            |sdk| sdk.list_user_sessions(),
            |sdk| sdk.revoke_user_session(),
        ];
    }

    #[test]
    fn unreadable_success_may_have_taken_effect() {
        assert_eq!(members_of(b"").unwrap(), JsonDocument::new());
        assert_eq!(members_of(b"{}").unwrap(), JsonDocument::new());
        // `serde_json` rejects a number of this size and half of a surrogate pair.
        for body in ["[]", "null", "{\"a\": 1e999}", "{\"a\": \"\\ud800\"}"] {
            let error = members_of(body.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ReplyLost, "{body}");
            assert!(error.may_have_taken_effect(), "{body}");
        }
    }

    #[test]
    fn times_are_seconds_since_1970() {
        let object = json!({"a": 1.5, "b": -1, "c": 1e300, "d": "1"});
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        assert_eq!(time(&object, "a"), Some(expected));
        for name in ["b", "c", "d", "e"] {
            assert_eq!(time(&object, name), None, "{name}");
        }
    }
}
