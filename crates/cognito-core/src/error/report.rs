//! Defines who gets information about an error ([`Audience`]), and which part of AWS's message
//! operators can read.

use crate::error::{Error, ErrorKind, MOST_MESSAGE};
use crate::mask::masked_message;

/// The recipient of information about an error: the caller, the operator, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// Only the caller is informed. The response describes the error, and the operator need not
    /// act.
    Caller,
    /// Only the operator is informed. The response to the public is generic, and the error is
    /// logged as a warning.
    Operator,
    /// The caller and the operator are informed. The response describes what the caller can do, and
    /// the error is logged as a warning.
    Both,
}

impl Error {
    /// Returns the recipients that must be informed about this error.
    pub fn audience(&self) -> Audience {
        match self.0.kind {
            ErrorKind::Delivery
            | ErrorKind::DeliveryQuota
            | ErrorKind::Quota
            | ErrorKind::RefreshReuse
            | ErrorKind::ReplyLost
            | ErrorKind::Throttled
            | ErrorKind::WafBlocked => Audience::Both,
            kind if kind.status() >= 500 => Audience::Operator,
            _ => Audience::Caller,
        }
    }

    /// Returns `true` if the error lasts until an operator changes a setting, a permission or a
    /// quota.
    ///
    /// Security: anyone can forge an error that managed login sends through a browser. Therefore
    /// returns `false` for such an error. Otherwise an attacker could report a fault that does not
    /// exist.
    pub fn is_configuration_fault(&self) -> bool {
        !self.0.via_browser
            && matches!(
                self.0.kind,
                ErrorKind::ClientAuth
                    | ErrorKind::Configuration
                    | ErrorKind::Credentials
                    | ErrorKind::DeliveryQuota
                    | ErrorKind::FlowNotEnabled
            )
    }

    /// Returns AWS's message for a log. Words that may be a name, an id or a secret are masked. The
    /// part from a Lambda trigger is removed.
    ///
    /// Returns `None` if there is no message, if operators do not need it ([`Audience::Caller`]),
    /// or if managed login sent it through a browser.
    pub fn operator_message(&self) -> Option<String> {
        if self.0.via_browser || self.audience() == Audience::Caller {
            return None;
        }
        let message = self.aws_message()?;
        let own = message
            .split_once(" with error")
            .map_or(message, |(own, _)| own);
        let is_cut = own.len() == message.len() && message.chars().count() >= MOST_MESSAGE;
        Some(masked_message(own, is_cut)).filter(|text| !text.is_empty())
    }
}
