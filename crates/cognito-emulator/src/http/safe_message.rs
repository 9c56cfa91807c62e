//! Error messages without values, for the log of requests ([`safe_message`]).

use crate::model::failure::Failure;
use crate::model::trigger::lambda_config;

/// The character that replaces each value in an error message.
const REMOVED: char = '…';

/// The formats of error messages. [`REMOVED`] stands for a value. If a message has several of these
/// formats, the first one is used. Therefore a more general format comes after a more specific one.
///
/// Security: a value must be replaced even if it is harmless in most requests. For example, users
/// can choose the names of attributes and of members.
const FORMATS: &[&str] = &[
    // Sign-in.
    "Access Token has expired",
    "Already found an entry for username …",
    "Cannot modify an already provided …",
    "Client … is configured with secret but SECRET_HASH was not received",
    "Client … is not configured for secret but secret hash was received",
    "Custom auth lambda trigger … is not configured for the user pool.",
    "Email MFA is not enabled for the user pool.",
    "Invalid Access Token",
    "Invalid attributes given, … is missing",
    "Invalid SAML response received: …",
    "Invalid user attributes: …",
    "Missing required parameter ANSWER",
    "Missing required parameter CREDENTIAL",
    "Missing required parameter DEVICE_KEY",
    "Missing required parameter NEW_PASSWORD",
    "Missing required parameter PASSWORD",
    "Missing required parameter REFRESH_TOKEN",
    "Missing required parameter SOFTWARE_TOKEN_MFA_CODE",
    "Missing required parameter SRP_A",
    "Missing required parameter USERNAME",
    "Missing required parameter …",
    "Resource server … does not exist.",
    "SMS MFA is not enabled for the user pool.",
    "SecretHash does not match for the client: …",
    "Software Token MFA is not enabled for the user pool.",
    "The credential is not valid: …",
    "The identity provider … does not exist",
    "Unable to verify secret for client …",
    "Unable to verify secret hash for client …",
    // Sign-up and attributes.
    "An account with the email already exists.",
    "An account with the given email already exists.",
    "An account with the given phone_number already exists.",
    "An account with the phone_number already exists.",
    "An account with the … already exists.",
    "Attribute value for … must be a boolean.",
    "Attributes did not conform to the schema: …: Attribute cannot be updated.",
    "Attributes did not conform to the schema: …: Attribute does not exist in the schema.",
    "Attributes did not conform to the schema: …: Number cannot be greater than ….",
    "Attributes did not conform to the schema: …: Number cannot be less than ….",
    "Attributes did not conform to the schema: …: String cannot be longer than … characters.",
    "Attributes did not conform to the schema: …: String must be at least … characters long.",
    "Attributes did not conform to the schema: …: The attribute is required",
    "Attributes did not conform to the schema: …: Value must be a boolean.",
    "Attributes did not conform to the schema: …: Value must be a number.",
    "Attributes did not conform to the schema: …",
    "Resend not possible. … status is not FORCE_CHANGE_PASSWORD",
    "User cannot be confirmed. Current status is …",
    "User does not have attribute … that can be verified.",
    "Username should be a phone number.",
    "Username should be an email.",
    "Username should be either an email or a phone number.",
    "user.…: Attribute cannot be updated.",
    "user.…: Attribute does not exist in the schema.",
    "user.…: Number cannot be greater than ….",
    "user.…: Number cannot be less than ….",
    "user.…: String cannot be longer than … characters.",
    "user.…: String must be at least … characters long.",
    "user.…: Value must be a boolean.",
    "user.…: Value must be a number.",
    // Any operation.
    "1 validation error detected: Value … failed to satisfy constraint: Member must have length greater than or equal to …",
    "1 validation error detected: Value … failed to satisfy constraint: Member must have length less than or equal to …",
    "1 validation error detected: Value … failed to satisfy constraint: Member must have value greater than or equal to …",
    "1 validation error detected: Value … failed to satisfy constraint: Member must have value less than or equal to …",
    "1 validation error detected: Value … failed to satisfy constraint: Member must not be null",
    "1 validation error detected: Value … failed to satisfy constraint: Member must satisfy enum value set: …",
    "1 validation error detected: Value … failed to satisfy constraint: Member must satisfy regular expression pattern: …",
    "1 validation error detected: Value …",
    "Identity provider … does not exist.",
    "User pool client … does not exist.",
    "User pool … does not exist.",
    "class … can not be converted to …",
    "… validation errors detected: Value …",
];

/// Returns an error message without its values: `…` replaces them. Returns an empty string if the format
/// of the message is not known. The message of a trigger is removed.
///
/// Security: the result contains only fixed strings of the source code. It cannot contain a value of a
/// request or of a user.
pub(super) fn safe_message(failure: &Failure) -> String {
    if let Some(fixed) = failure.fixed_message() {
        return fixed.to_owned();
    }
    // AWS's messages about attributes end with a line break.
    let message = failure.message().trim_end();
    let mut formats = FORMATS.iter();
    let known = formats.find(|format| has_format(message, format));
    let known = known.map(|format| (*format).to_owned());
    known.or_else(|| of_trigger(message)).unwrap_or_default()
}

/// Returns `true` if the message consists of the parts of the format, with any strings in place of
/// [`REMOVED`].
fn has_format(message: &str, format: &str) -> bool {
    let Some((start, rest)) = format.split_once(REMOVED) else {
        return message == format;
    };
    let (middle, end) = rest.rsplit_once(REMOVED).unwrap_or(("", rest));
    let values = message.strip_prefix(start);
    let Some(mut values) = values.and_then(|values| values.strip_suffix(end)) else {
        return false;
    };
    for part in middle.split(REMOVED) {
        let Some((_, rest)) = values.split_once(part) else {
            return false;
        };
        values = rest;
    }
    true
}

/// Replaces the trigger's own message in an error message about a failed trigger with `…`. Returns
/// `None` for any other error message.
fn of_trigger(message: &str) -> Option<String> {
    let (name, rest) = message.split_once(' ')?;
    let name = lambda_config::trigger(name)?.setting();
    let kinds = ["failed with error ", "invocation failed due to error "];
    let kind = kinds.into_iter().find(|kind| rest.starts_with(kind))?;
    Some(format!("{name} {kind}{REMOVED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> String {
        safe_message(&Failure::invalid_parameter(message.to_owned()))
    }

    /// Error messages, each with the text that the log shows in its place.
    const CASES: &[(&str, &str)] = &[
        (
            "Resend not possible. ann status is not FORCE_CHANGE_PASSWORD",
            "Resend not possible. … status is not FORCE_CHANGE_PASSWORD",
        ),
        ("ann: USER_AUTH of us-east-1_EmuPool01", ""),
        ("sent to bob@example.com or +15550101234", ""),
        (
            "1 validation error detected: Value 'x1' at 'clientMetadata.Carl' failed to satisfy \
             constraint: Member must not be null",
            "1 validation error detected: Value … failed to satisfy constraint: Member must not be null",
        ),
        (
            "1 validation error detected: Value 'x1' at 'y'",
            "1 validation error detected: Value …",
        ),
        (
            "1 validation error detected: Value 'ann' at 'username' failed to satisfy constraint: \
             Member must have length less than or equal to 2",
            "1 validation error detected: Value … failed to satisfy constraint: Member must have \
             length less than or equal to …",
        ),
        (
            "2 validation errors detected: Value 'ann' at 'a' failed; Value 'bob' at 'b' failed",
            "… validation errors detected: Value …",
        ),
        (
            "User pool client my secret does not exist.",
            "User pool client … does not exist.",
        ),
        (
            "User pool ann does not exist.",
            "User pool … does not exist.",
        ),
        ("Invalid Access Token", "Invalid Access Token"),
        ("Invalid Access Token of ann", ""),
        (
            "Missing required parameter USERNAME",
            "Missing required parameter USERNAME",
        ),
        (
            "Missing required parameter ann",
            "Missing required parameter …",
        ),
        (
            "An account with the given email already exists.",
            "An account with the given email already exists.",
        ),
        (
            "An account with the name of ann already exists.",
            "An account with the … already exists.",
        ),
        (
            "Attributes did not conform to the schema: custom:ann: The attribute is required\n\
             bob: The attribute is required\n",
            "Attributes did not conform to the schema: …: The attribute is required",
        ),
        (
            "Attributes did not conform to the schema: ann: String cannot be longer than 5 \
             characters.\n",
            "Attributes did not conform to the schema: …: String cannot be longer than … \
             characters.",
        ),
        (
            "PreSignUp failed with error Bob is not invited.",
            "PreSignUp failed with error …",
        ),
        ("PreSignUp of Bob failed with error x.", ""),
        ("Bob failed with error x.", ""),
    ];

    #[test]
    fn only_fixed_parts_of_messages_are_shown() {
        for (message, expected) in CASES {
            assert_eq!(shown(message), *expected, "{message}");
        }
        let fixed = Failure::incorrect();
        assert_eq!(safe_message(&fixed), "Incorrect username or password.");
    }

    // A value can also look like a part of a message.
    #[test]
    fn every_format_hides_its_values() {
        for format in FORMATS {
            assert_eq!(shown(format), *format, "a more general format is first");
            for value in ["ann@example.com", "1 ann", "", " does not exist. ann at: "] {
                let message = format.replace(REMOVED, value);
                let shown = shown(&message);
                let is_format = shown.is_empty() || FORMATS.contains(&shown.as_str());
                assert!(is_format, "{message}: {shown}");
            }
        }
    }
}
