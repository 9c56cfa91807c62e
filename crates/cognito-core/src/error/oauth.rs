//! Errors of OAuth 2.0 endpoints and of managed login.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, MOST_MESSAGE, bounded, messages};

impl Error {
    /// Creates an error from the error response of an OAuth 2.0 endpoint. `code` is its `error`,
    /// and `description` is its `error_description`.
    ///
    /// The known codes are the codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1,
    /// RFC 7009 section 2.2.1, RFC 8707 section 2, and OpenID Connect Core section 3.1.2.6. For any other code, the
    /// kind is [`ErrorKind::Unknown`]. The error then does not contain the code, because the code
    /// in a callback may be forged.
    ///
    /// `invalid_grant` becomes [`ErrorKind::ChallengeExpired`]. This is correct if the endpoint
    /// rejected an authorization code. If it rejected a refresh token, replace the kind with
    /// [`with_kind`](Self::with_kind).
    ///
    /// For an invalid scope, the standard requires the code `invalid_scope`, but Cognito returns
    /// `invalid_request` with the description `invalid_scope`. Therefore, if the code is
    /// `invalid_request` and the description is a known code, the description is used as the code.
    ///
    /// Known descriptions of `access_denied`, `invalid_request` and `server_error` determine a more
    /// specific kind, like messages of the API. Examples are a rejection by a trigger, a disabled
    /// user, and an account that was just linked.
    pub fn from_oauth(code: &str, description: &str) -> Self {
        let is_known = |code: &str| CODES.iter().any(|(known, _)| *known == code);
        let code = if code == "invalid_request" && is_known(description) {
            description
        } else {
            code
        };
        let Some((code, kind)) = CODES.iter().find(|(known, _)| *known == code) else {
            return Self::new(ErrorKind::Unknown)
                .with_detail("an OAuth 2.0 error with an unknown code: check the login domain");
        };
        let narrowed = match *code {
            "access_denied" | "invalid_request" | "server_error" => {
                messages::managed_login(description)
            }
            _ => None,
        };
        let (kind, hint) = narrowed.unwrap_or((*kind, None));
        let mut error = Self::new(kind);
        error.0.code = Some((*code).into());
        error.0.detail = hint.map(Cow::Borrowed);
        error.0.aws_message =
            (!description.is_empty()).then(|| bounded(description, MOST_MESSAGE).into());
        error
    }
}

const CODES: &[(&str, ErrorKind)] = &[
    ("access_denied", ErrorKind::NotAuthorized),
    ("account_selection_required", ErrorKind::NotAuthorized),
    ("consent_required", ErrorKind::NotAuthorized),
    ("insufficient_scope", ErrorKind::InsufficientScope),
    ("interaction_required", ErrorKind::NotAuthorized),
    ("invalid_client", ErrorKind::ClientAuth),
    ("invalid_grant", ErrorKind::ChallengeExpired),
    ("invalid_request", ErrorKind::InvalidParameter),
    ("invalid_scope", ErrorKind::Configuration),
    ("invalid_target", ErrorKind::Configuration),
    ("invalid_token", ErrorKind::AccessRevoked),
    ("login_required", ErrorKind::NotAuthorized),
    ("server_error", ErrorKind::Upstream),
    ("temporarily_unavailable", ErrorKind::Upstream),
    ("unauthorized_client", ErrorKind::ClientAuth),
    ("unsupported_grant_type", ErrorKind::NotEnabled),
    ("unsupported_response_type", ErrorKind::NotEnabled),
    ("unsupported_token_type", ErrorKind::InvalidParameter),
];
