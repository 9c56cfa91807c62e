//! The response of managed login. The browser delivers it to the application.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use crate::error::{Error, ErrorKind, Result};
use crate::secret::AuthorizationCode;

/// The maximum length of the query of a callback, in bytes. The queries of managed login are
/// shorter.
const MOST_QUERY: usize = 16 * 1024;

/// The response of managed login: the state, and a code or an error. The browser delivers the
/// response.
pub struct Callback {
    state: Option<SecretString>,
    answer: Answer,
}

pub(super) enum Answer {
    Code(AuthorizationCode),
    Refused(Error),
}

impl Callback {
    /// Parses the query of the URL that the browser requested: `code=…&state=…`. A whole URL is
    /// accepted too.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) in these cases:
    ///
    /// - the query has neither a code nor an error, or has both;
    /// - a parameter occurs twice (RFC 6749 section 3.1);
    /// - the code is empty, too long or not printable ASCII;
    /// - the query is not UTF-8, or is longer than 16 KiB.
    ///
    /// An error of managed login is not an error of this function.
    /// [`PendingLogin::answered_by`](crate::hosted_login::pending::PendingLogin::answered_by)
    /// returns it.
    pub fn from_query(query: &str) -> Result<Self> {
        let refused =
            |what: &'static str| Err(Error::new(ErrorKind::InvalidParameter).with_detail(what));
        if query.len() > MOST_QUERY {
            return refused("the response of managed login is too long: start the sign-in again");
        }
        let query = query_of(query);
        let mut found = Parameters::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(place) = found.place(name) else {
                continue;
            };
            let Some(value) = decoded(value) else {
                return refused(
                    "the response of managed login is not UTF-8: start the sign-in again",
                );
            };
            if place.replace(value).is_some() {
                return refused(
                    "the response of managed login has a parameter twice: start the sign-in again",
                );
            }
        }
        let answer = match (found.code, found.error) {
            (Some(code), None) => Answer::Code(AuthorizationCode::new(code)?),
            (None, Some(error)) => {
                let description = found.error_description.unwrap_or_default();
                let error = Error::from_oauth(&error, &description);
                Answer::Refused(error.via_browser())
            }
            _ => {
                return refused(
                    "the response of managed login has no code and no error, or both: start the sign-in again",
                );
            }
        };
        Ok(Self {
            state: found.state.map(SecretString::from),
            answer,
        })
    }

    pub(super) fn into_parts(self) -> (Option<SecretString>, Answer) {
        (self.state, self.answer)
    }
}

redacted!(Callback);

#[derive(Default)]
struct Parameters {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    state: Option<String>,
}

impl Parameters {
    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "code" => Some(&mut self.code),
            "error" => Some(&mut self.error),
            "error_description" => Some(&mut self.error_description),
            "state" => Some(&mut self.state),
            _ => None,
        }
    }
}

/// Returns the query in `text`, without the question mark before it and without a fragment. `text`
/// is a URL, a path with a query, or only a query (a bare query). A question mark within a bare
/// query belongs to a value (RFC 3986 section 3.4).
fn query_of(text: &str) -> &str {
    let is_location = text.starts_with(['/', '?'])
        || text.split_once("://").is_some_and(|(scheme, _)| {
            scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        });
    let query = match text.split_once('?') {
        Some((_, query)) if is_location => query,
        _ => text,
    };
    query.split_once('#').map_or(query, |(query, _)| query)
}

/// Decodes a value of `application/x-www-form-urlencoded`, where a plus sign is a space. Returns
/// `None` if the result is not UTF-8.
fn decoded(value: &str) -> Option<String> {
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> Option<String> {
        match Callback::from_query(query).ok()?.answer {
            Answer::Code(code) => Some(code.expose().to_owned()),
            Answer::Refused(_) => None,
        }
    }

    #[test]
    fn finds_code_in_query_and_url() {
        for query in [
            "code=a-b&state=s",
            "?state=s&code=a-b",
            "https://shop.example/callback?code=a%2Db&state=s#_=_",
            "/callback?tenant=7&tenant=8&code=a-b",
            "com.shop.app://callback?code=a-b",
            "code=a-b&from=https://shop.example/?page=1",
        ] {
            assert_eq!(code(query).as_deref(), Some("a-b"), "{query}");
        }
    }

    #[test]
    fn rejects_ambiguous_callback() {
        for query in [
            "",
            "state=s",
            "code=",
            "code=a&code=b",
            "code=a&code=a",
            "code=a&state=s&state=t",
            "code=a&error=access_denied",
            "code=%ff",
            "code=a%0Ab",
            &format!("code={}", "a".repeat(MOST_QUERY)),
        ] {
            let error = Callback::from_query(query).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{query}");
        }
    }

    #[test]
    fn an_error_has_the_kind_of_its_code() {
        let callback =
            Callback::from_query("error=invalid_scope&error_description=no+way").unwrap();
        let Answer::Refused(error) = callback.answer else {
            panic!("there is no code");
        };
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.aws_message(), Some("no way"));
    }

    #[test]
    fn question_mark_in_value_belongs_to_it() {
        let query = "error=invalid_request&error_description=Who+are+you?&state=s";
        let Answer::Refused(error) = Callback::from_query(query).unwrap().answer else {
            panic!("there is no code");
        };
        assert_eq!(error.aws_message(), Some("Who are you?"));
    }

    #[test]
    fn it_does_not_show_itself() {
        let callback = Callback::from_query("code=abcdef&state=ghijkl").unwrap();
        assert_eq!(format!("{callback:?}"), "Callback(** redacted **)");
    }
}
