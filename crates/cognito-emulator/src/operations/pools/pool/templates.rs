//! Checks the placeholders in the message templates of a pool. Also synchronizes the pairs of
//! members that contain the same verification message, such as `EmailVerificationMessage` and
//! `VerificationMessageTemplate.EmailMessage`.

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;

/// Pairs of members of a pool. Both members of a pair contain the same text of a verification
/// message. The first is a member of `VerificationMessageTemplate`, and the second is a member of
/// the pool itself.
const MIRRORED: [(&str, &str); 3] = [
    ("SmsMessage", "SmsVerificationMessage"),
    ("EmailMessage", "EmailVerificationMessage"),
    ("EmailSubject", "EmailVerificationSubject"),
];

const TEMPLATE: &str = "VerificationMessageTemplate";

/// Fails if an invitation or a message with a link lacks a placeholder. The patterns in AWS's model
/// check the placeholders of the other templates.
pub(super) fn check(members: &Map<String, Value>) -> Result<(), Failure> {
    let text = |structure: &str, path: &str| members.get(structure)?.pointer(path)?.as_str();
    let link = text(TEMPLATE, "/EmailMessageByLink");
    let mut is_right = link.is_none_or(has_link);
    for path in ["EmailMessage", "SMSMessage"] {
        let path = format!("/InviteMessageTemplate/{path}");
        let invitation = text("AdminCreateUserConfig", &path);
        is_right &=
            invitation.is_none_or(|text| text.contains("{####}") && text.contains("{username}"));
    }
    if is_right {
        return Ok(());
    }
    // github.com/aws/aws-cli/issues/8280. For invitations, the same response is assumed.
    Err(Failure::invalid_parameter("The message is invalid"))
}

/// Returns `true` if a message has the placeholder for a link, such as `{##Verify##}`. AWS rejects
/// the empty placeholder `{####}`, although it matches the pattern of the model.
fn has_link(text: &str) -> bool {
    let rest = text.split_once("{##").map(|(_, rest)| rest);
    let length = rest.and_then(|rest| rest.find("##}"));
    length.is_some_and(|length| length > 0)
}

/// Makes the two members of each pair in [`MIRRORED`] equal. If only one member is set, its value is
/// copied to the other member. If both members are set, the value in the template is used (the
/// project moto has observed this in AWS). Also sets the default of `DefaultEmailOption`.
pub(super) fn mirror(members: &mut Map<String, Value>) {
    let mut template = match members.remove(TEMPLATE) {
        Some(Value::Object(template)) => template,
        _ => Map::new(),
    };
    for (inner, outer) in MIRRORED {
        if let Some(text) = template.get(inner) {
            members.insert(outer.to_owned(), text.clone());
        } else if let Some(text) = members.get(outer) {
            template.insert(inner.to_owned(), text.clone());
        }
    }
    template
        .entry("DefaultEmailOption")
        .or_insert_with(|| json!("CONFIRM_WITH_CODE"));
    members.insert(TEMPLATE.to_owned(), Value::Object(template));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_between_marks() {
        for good in ["{##Verify##}", "Click {##here ##} now"] {
            assert!(has_link(good), "{good}");
        }
        for bad in ["{####}", "##}{##", "{##Verify}", ""] {
            assert!(!has_link(bad), "{bad}");
        }
    }
}
