//! The query protocol of IAM and STS: parameters in a form, and responses in XML.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value};

use crate::http::page::Page;
use crate::model::aws;
use crate::model::aws::{Api, Query};
use crate::model::failure::{Answer, Failure};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// The parameters of a request with the query protocol.
pub(super) struct Parameters<'a> {
    pub(super) action: Cow<'a, str>,
    /// The AWS service, which the parameter `Version` of the request selects. `None` for an unknown
    /// version.
    pub(super) api: Option<Api>,
    all: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Parameters<'a> {
    /// Parses the body of a request. Returns `None` if the body has no parameter `Action`.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let all: Vec<_> = form_urlencoded::parse(body).collect();
        let value = |name: &str| {
            let found = all.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let action = value("Action")?;
        let version = value("Version").unwrap_or_default();
        Some(Self {
            action,
            api: Api::of_version(&version),
            all,
        })
    }

    /// Converts the parameters to the members that the same request has in AWS JSON.
    pub(super) fn members(&self, api: Api) -> Map<String, Value> {
        let all = self.all.iter();
        let all: Vec<_> = all.map(|(name, value)| (&**name, &**value)).collect();
        aws::members(api, &self.action, &all)
    }
}

/// Returns the HTTP response for the result of an operation.
pub(super) fn response(query: Query, action: &str, answer: &Answer, request_id: &str) -> Page {
    let mut text = String::new();
    let status = match answer {
        Ok(value) => {
            text.push_str(&format!("<{action}Response xmlns=\"{}\">", query.namespace));
            if !value.is_null() {
                element(&mut text, &format!("{action}Result"), value);
            }
            text.push_str("<ResponseMetadata>");
            element(&mut text, "RequestId", &Value::from(request_id));
            text.push_str(&format!("</ResponseMetadata></{action}Response>"));
            StatusCode::OK
        }
        Err(failure) => {
            let (code, status) = code(failure);
            let kind = if status.is_server_error() {
                "Receiver"
            } else {
                "Sender"
            };
            text.push_str(&format!(
                "<ErrorResponse xmlns=\"{}\"><Error><Type>{kind}</Type>",
                query.namespace
            ));
            element(&mut text, "Code", &Value::from(code));
            element(&mut text, "Message", &Value::from(failure.message()));
            text.push_str("</Error>");
            element(&mut text, "RequestId", &Value::from(request_id));
            text.push_str("</ErrorResponse>");
            status
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, XML);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Returns the code and the status of an error. The errors that all services share have other names
/// in the query protocol.
fn code(failure: &Failure) -> (&str, StatusCode) {
    let code = match failure.code() {
        "AccessDeniedException" => "AccessDenied",
        "IncompleteSignatureException" => "IncompleteSignature",
        "InternalErrorException" => "InternalFailure",
        "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
        "SerializationException" => "MalformedInput",
        "UnknownOperationException" => "InvalidAction",
        other => other,
    };
    let status = match code {
        "AccessDenied" | "MissingAuthenticationToken" => StatusCode::FORBIDDEN,
        "DeleteConflict" | "EntityAlreadyExists" | "LimitExceeded" => StatusCode::CONFLICT,
        "InternalFailure" => StatusCode::INTERNAL_SERVER_ERROR,
        "NoSuchEntity" => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    (code, status)
}

/// Writes a value as an XML element. The elements of a list have the name `member`.
fn element(text: &mut String, name: &str, value: &Value) {
    let _ = write!(text, "<{name}>");
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
        Value::String(value) => escape(text, value),
        Value::Array(items) => {
            for item in items {
                element(text, "member", item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                element(text, name, member);
            }
        }
    }
    let _ = write!(text, "</{name}>");
}

/// Writes a string as XML character data. A control character that XML 1.0 does not allow becomes a
/// space.
fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\r' => text.push_str("&#xD;"),
            '\t' | '\n' => text.push(letter),
            other if other.is_control() => text.push(' '),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_elements() {
        let mut text = String::new();
        let value = json!({ "A": ["<&>", "\u{1}"], "B": { "C": true, "D": 1 }, "E": null });
        element(&mut text, "R", &value);
        let expected = "<R><A><member>&lt;&amp;&gt;</member><member> </member></A>\
                        <B><C>true</C><D>1</D></B><E></E></R>";
        assert_eq!(text, expected);
    }
}
