//! Requests and responses as JSON documents, for the operations that read and change user pools.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::input::InvalidInput;
use crate::operations::Operation;

/// The members of a request or of a response, as a JSON object. The names and types are those of
/// AWS's API reference, such as `{"UserPool": {"Id": "eu-west-1_Ab1Cd2Ef3"}}`. A time is the number
/// of seconds since 1970.
///
/// The `Debug` output does not contain the members, because they can include the secret of an app
/// client or of an identity provider.
#[derive(Clone, PartialEq)]
pub struct JsonDocument(Value);

crate::impl_debug!(JsonDocument);

impl JsonDocument {
    /// Creates a document without members.
    pub fn new() -> Self {
        Self(Value::Object(Map::new()))
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
        &self.0
    }

    /// Returns the JSON object. It can contain the secret of an app client.
    pub fn into_json(self) -> Value {
        self.0
    }

    /// Adds a member. Does nothing if the document has a member with this name.
    pub fn add_default(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(members) = &mut self.0 {
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
            Ok(Self(value))
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
