//! Requests and responses as JSON documents, for the operations that read and change user pools.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::input::InvalidInput;
use crate::operations::Operation;
use crate::replied_at::RepliedAt;

/// The members of a request or of a response, as a JSON object. The names and types are those of
/// AWS's API reference, such as `{"UserPool": {"Id": "eu-west-1_Ab1Cd2Ef3"}}`. A time is the number
/// of seconds since 1970.
///
/// Two documents are equal if their members are equal.
///
/// The `Debug` output does not contain the members, because they can include the secret of an app
/// client or of an identity provider.
#[derive(Clone)]
pub struct JsonDocument {
    members: Value,
    replied_at: RepliedAt,
}

crate::impl_debug!(JsonDocument { replied_at });

impl PartialEq for JsonDocument {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members
    }
}

impl JsonDocument {
    /// Creates a document without members.
    pub fn new() -> Self {
        Self::of(Value::Object(Map::new()))
    }

    const fn of(members: Value) -> Self {
        Self {
            members,
            replied_at: RepliedAt::unknown(),
        }
    }

    /// Parses a JSON object.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the text is not a JSON object.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, InvalidInput> {
        let value: Option<Value> = serde_json::from_slice(json.as_ref()).ok();
        value.unwrap_or_default().try_into()
    }

    /// Returns the document as a JSON object. It can contain the secret of an app client.
    pub const fn as_json(&self) -> &Value {
        &self.members
    }

    /// Returns the JSON object. It can contain the secret of an app client.
    pub fn into_json(self) -> Value {
        self.members
    }

    /// Returns the time of the response by AWS's clock. It is unknown for the members of a request.
    pub const fn replied_at(&self) -> RepliedAt {
        self.replied_at
    }

    /// Sets the time of the response. For an implementation of a [port](crate::ports).
    #[must_use]
    pub const fn with_replied_at(mut self, replied_at: RepliedAt) -> Self {
        self.replied_at = replied_at;
        self
    }

    /// Adds a member. Does nothing if the document has a member with this name.
    pub fn add_default(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(members) = &mut self.members {
            members.entry(name).or_insert_with(|| value.into());
        }
    }
}

impl Default for JsonDocument {
    /// Creates a document without members.
    fn default() -> Self {
        Self::new()
    }
}

impl TryFrom<Value> for JsonDocument {
    type Error = InvalidInput;

    fn try_from(value: Value) -> Result<Self, InvalidInput> {
        if value.is_object() {
            Ok(Self::of(value))
        } else {
            Err(InvalidInput::new("JSON document", "must be a JSON object"))
        }
    }
}

/// The request for an operation whose request and response are JSON documents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DocumentRequest {
    /// The operation. [`Operation::has_document`] is `true` for it.
    pub operation: Operation,
    /// The members of the request. If the operation has the member `UserPoolId` and this document
    /// does not contain it, the id of the configured user pool is sent.
    pub members: JsonDocument,
}

impl DocumentRequest {
    /// Creates a request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Misuse`] if [`Operation::has_document`] is `false`. Such an operation, for
    /// example `AdminGetUser`, has its own Rust types for the request and the response.
    pub fn new(operation: Operation, members: JsonDocument) -> Result<Self> {
        if operation.has_document() {
            return Ok(Self { operation, members });
        }
        let detail = "the operation has a typed request: call its own method of the facade";
        let error = Error::new(ErrorKind::Misuse).with_detail(detail);
        Err(error.with_operation(operation))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_are_documents() {
        assert_eq!(JsonDocument::from_json("{}").unwrap(), JsonDocument::new());
        assert!(JsonDocument::default().as_json().is_object());
        for text in ["", "[]", "null", "{", "\"a\""] {
            assert!(JsonDocument::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn existing_member_is_kept() {
        let mut document = JsonDocument::from_json(r#"{"UserPoolId": "a"}"#).unwrap();
        document.add_default("UserPoolId", "b");
        document.add_default("MaxResults", 60);
        let expected = json!({"UserPoolId": "a", "MaxResults": 60});
        assert_eq!(document.into_json(), expected);
    }

    #[test]
    fn time_of_response_is_kept() {
        let dated = JsonDocument::new().with_replied_at(RepliedAt::at(7));
        assert_eq!(dated.replied_at(), RepliedAt::at(7));
        assert_eq!(dated, JsonDocument::new());
        assert_eq!(JsonDocument::new().replied_at(), RepliedAt::unknown());
    }

    #[test]
    fn debug_hides_members() {
        let document = JsonDocument::from_json(r#"{"ClientSecret": "s3cret"}"#).unwrap();
        let request = DocumentRequest::new(Operation::UpdateUserPoolClient, document).unwrap();
        assert!(!format!("{request:?}").contains("s3cret"), "{request:?}");
    }

    #[test]
    fn typed_operation_is_rejected() {
        let error = DocumentRequest::new(Operation::AdminGetUser, JsonDocument::new());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Misuse);
    }
}
