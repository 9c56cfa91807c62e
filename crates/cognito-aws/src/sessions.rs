//! Lists and revokes the sessions of a user.

use cognito_core::account::sessions::{SessionDescription, SessionPage, SessionType};
use cognito_core::administration::page::PageToken;
use cognito_core::id::{ClientId, SessionId};
use cognito_core::ports::{JsonDocument, RepliedAt};
use cognito_core::{Operation, Result};
use serde_json::{Value, json};

use crate::AwsCognito;
use crate::attributes::page;
use crate::error::{from_response, missing, not_valid};
use crate::json_call::{send_json, text, time};

/// Sends `ListUserSessions` or `AdminListUserSessions` with these members and this page token.
pub(crate) async fn list(
    aws: &AwsCognito,
    operation: Operation,
    mut members: Value,
    page_token: Option<PageToken>,
) -> Result<SessionPage> {
    if let Some(token) = page_token {
        members["NextToken"] = String::from(token).into();
    }
    let response = send_json(aws, operation, &members).await?;
    session_page(response.members)
}

/// Sends `RevokeUserSession` or `AdminRevokeUserSession` with these members and this session.
pub(crate) async fn revoke(
    aws: &AwsCognito,
    operation: Operation,
    mut members: Value,
    (session_id, linked_sessions): (SessionId, bool),
) -> Result<RepliedAt> {
    members["SessionId"] = json!(session_id);
    members["RevokeAssociatedSessions"] = associated(linked_sessions).into();
    let response = send_json(aws, operation, &members).await?;
    Ok(response.replied_at)
}

/// Converts the response of `ListUserSessions` or `AdminListUserSessions`.
///
/// Security: a list with a wrong type is an error. If it was read as an empty list, the user would
/// not see the session of an attacker.
fn session_page(response: JsonDocument) -> Result<SessionPage> {
    let mut response = response.into_json();
    let entries = match response["Sessions"].take() {
        Value::Array(entries) => Some(entries),
        Value::Null => None,
        _ => return Err(not_valid("list of sessions")),
    };
    let next = match response["NextToken"].take() {
        Value::String(next) => Some(next),
        Value::Null => None,
        _ => return Err(not_valid("page token")),
    };
    page(entries, |entry| session(&entry), next, SessionPage::new)
}

fn session(entry: &Value) -> Result<SessionDescription> {
    let id = text(entry, "SessionId").ok_or_else(|| missing("session id"))?;
    let mut session = SessionDescription::new(from_response(SessionId::new(id))?);
    session.session_type = text(entry, "SessionType").map(SessionType::from);
    session.client_id = text(entry, "ClientId").and_then(|id| ClientId::new(id).ok());
    session.is_current = entry["IsCurrentSession"].as_bool().unwrap_or_default();
    session.created = time(entry, "CreateDate");
    session.last_active = time(entry, "LastActiveDate");
    session.device = known(entry, "DeviceType");
    session.ip_address = known(entry, "LastIPAddress");
    session.city = known(&entry["LastLocation"], "City");
    session.country = known(&entry["LastLocation"], "Country");
    let origin = text(entry, "OriginSessionId");
    session.origin_session_id = origin.and_then(|id| SessionId::new(id).ok());
    Ok(session)
}

/// Returns a value that is not empty and not `unknown`, which is AWS's name for an unknown value.
fn known(object: &Value, name: &str) -> Option<String> {
    let value = text(object, name).filter(|value| !matches!(*value, "" | "unknown"));
    value.map(ToOwned::to_owned)
}

/// Returns the value of `RevokeAssociatedSessions`.
pub(crate) const fn associated(linked_sessions: bool) -> &'static str {
    if linked_sessions { "LINKED" } else { "NONE" }
}

#[cfg(test)]
mod tests {
    use cognito_core::ErrorKind;

    use super::*;

    fn read(response: Value) -> Result<SessionPage> {
        session_page(JsonDocument::try_from(response).unwrap())
    }

    #[test]
    fn page_without_sessions_is_empty() {
        for response in [
            json!({}),
            json!({"Sessions": []}),
            json!({"Sessions": null}),
        ] {
            assert!(read(response).unwrap().sessions.is_empty());
        }
    }

    #[test]
    fn session_at_managed_login_is_read() {
        let sso = "sso0123456789abcdefghijklmno";
        let page = read(json!({
            "NextToken": "next",
            "Sessions": [{
                "SessionId": sso, "SessionType": "SSO", "DeviceType": "unknown",
                "LastLocation": {"City": "", "Country": "Italy"},
            }, {
                "SessionId": "tkn0123456789abcdefghijklmno", "SessionType": "LATER",
                "OriginSessionId": sso, "IsCurrentSession": true,
            }],
        }));
        let page = page.unwrap();
        let [browser, tokens] = page.sessions.as_slice() else {
            panic!("two sessions were expected");
        };
        assert_eq!(browser.session_type, Some(SessionType::SingleSignOn));
        assert_eq!(
            (browser.device.as_deref(), browser.city.as_deref()),
            (None, None)
        );
        assert_eq!(browser.country.as_deref(), Some("Italy"));
        assert!(!browser.is_current && tokens.is_current);
        let later = SessionType::Other("LATER".to_owned());
        assert_eq!(tokens.session_type, Some(later));
        assert_eq!(tokens.origin_session_id.as_ref(), Some(&browser.session_id));
        assert_eq!(page.next_token.unwrap().as_str(), "next");
    }

    #[test]
    fn wrong_types_are_errors() {
        for response in [
            json!({"Sessions": {}}),
            json!({"Sessions": "none"}),
            json!({"Sessions": [], "NextToken": 1}),
            json!({"NextToken": {}}),
        ] {
            assert_eq!(read(response).unwrap_err().kind(), ErrorKind::Unknown);
        }
    }

    #[test]
    fn session_without_valid_id_is_an_error() {
        for entry in [json!({}), json!({"SessionId": "tkn1"})] {
            let error = read(json!({"Sessions": [entry]})).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unknown);
        }
    }
}
