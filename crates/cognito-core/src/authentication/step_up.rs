//! A required strength of a sign-in, and its form in an HTTP challenge (RFC 9470).

use std::time::Duration;

use crate::id::AcrValue;

/// The error code of a challenge that requires a stronger or a more recent sign-in (RFC 9470
/// section 3).
pub const INSUFFICIENT_USER_AUTHENTICATION: &str = "insufficient_user_authentication";

/// The maximum length of a challenge that is parsed, in bytes.
const LONGEST_CHALLENGE: usize = 8 * 1024;

/// The maximum number of levels in a challenge. Cognito has four levels.
const MOST_LEVELS: usize = 16;

/// A required strength of a sign-in: the accepted authentication levels, and the maximum age.
///
/// ```
/// use cognito_core::authentication::step_up::StepUp;
///
/// let header = r#"Bearer error="insufficient_user_authentication", max_age="600",
///     acr_values="urn:cognito:loa:3 urn:cognito:loa:4""#;
/// let step_up = StepUp::from_challenge(header).unwrap();
/// assert_eq!(step_up.levels[0].as_str(), "urn:cognito:loa:3");
/// assert_eq!(step_up.max_age.unwrap().as_secs(), 600);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct StepUp {
    /// The accepted authentication levels, in order of preference. Empty: every level is accepted.
    pub levels: Vec<AcrValue>,
    /// The maximum time since the user signed in, in whole seconds. `None`: every age is accepted.
    pub max_age: Option<Duration>,
}

impl StepUp {
    /// Creates a `StepUp` that requires neither a level nor a maximum age.
    pub const fn new() -> Self {
        Self {
            levels: Vec::new(),
            max_age: None,
        }
    }

    crate::setters! {
        /// Adds an accepted authentication level. The level that was added first is preferred.
        pub fn with_level(level: AcrValue) { levels.push(level) }

        /// Sets the maximum time since the user signed in. Fractions of a second are ignored.
        pub fn with_max_age(age: Duration) { max_age = Some(age) }
    }

    /// Returns `true` if neither a level nor a maximum age is required.
    pub const fn is_empty(&self) -> bool {
        self.levels.is_empty() && self.max_age.is_none()
    }

    /// Returns the accepted levels, separated by spaces, or `None` if every level is accepted. It is
    /// the value of `acr_values` and of `TARGET_ACR_VALUES`.
    pub fn acr_values(&self) -> Option<String> {
        let levels: Vec<_> = self.levels.iter().map(AcrValue::as_str).collect();
        (!levels.is_empty()).then(|| levels.join(" "))
    }

    /// Parses the header `WWW-Authenticate` of a response with status 401. Returns the requirement
    /// of the first challenge with the error `insufficient_user_authentication` (RFC 9470 section
    /// 3). Returns `None` if there is no such challenge, or if the header is invalid.
    ///
    /// The result can be an empty requirement, because the challenge need not name levels or an age.
    /// The user must then sign in again.
    ///
    /// Security: the header is from another service. It decides how often a user must sign in, and
    /// which levels the sign-in requests, so it can also request a lower level than the application
    /// wants. Parse only challenges of services that the application knows, remove the levels that
    /// are not in the application's own list, and do not sign in if none is left: an empty list
    /// accepts every level.
    pub fn from_challenge(www_authenticate: &str) -> Option<Self> {
        let text = Some(www_authenticate).filter(|text| text.len() <= LONGEST_CHALLENGE)?;
        let challenges = challenges(text)?;
        let found = challenges.iter().find(|parameters| {
            let error = find(parameters, "error");
            error == Some(INSUFFICIENT_USER_AUTHENTICATION)
        })?;
        let levels = find(found, "acr_values").unwrap_or_default();
        let levels = levels.split_ascii_whitespace().take(MOST_LEVELS);
        let levels = levels.map(AcrValue::new).collect::<Result<_, _>>().ok()?;
        let max_age = match find(found, "max_age") {
            Some(age) => Some(Duration::from_secs(seconds(age)?.into())),
            None => None,
        };
        Some(Self { levels, max_age })
    }
}

/// Parses a number of seconds, which contains only digits. (`str::parse` also accepts a plus sign.)
fn seconds(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// The parameters of one challenge: lower-case names and values.
type Parameters = Vec<(String, String)>;

fn find<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let mut found = parameters.iter().filter(|(known, _)| known == name);
    let (_, value) = found.next()?;
    Some(value)
}

/// Parses the challenges of a header `WWW-Authenticate` (RFC 9110 section 11.6.1). Returns `None` if
/// the syntax is invalid, or if a parameter occurs twice in a challenge.
fn challenges(text: &str) -> Option<Vec<Parameters>> {
    let mut challenges: Vec<Parameters> = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let (name, after) = token(rest)?;
        match after.trim_start_matches(is_space).strip_prefix('=') {
            Some(after) => {
                let (value, after) = value(after.trim_start_matches(is_space))?;
                let challenge = challenges.last_mut()?;
                let name = name.to_ascii_lowercase();
                if challenge.iter().any(|(known, _)| *known == name) {
                    return None;
                }
                challenge.push((name, value));
                rest = after;
            }
            None => {
                challenges.push(Parameters::new());
                rest = after;
            }
        }
        rest = rest.trim_start_matches(is_separator);
    }
    Some(challenges)
}

const fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

const fn is_separator(c: char) -> bool {
    c == ',' || is_space(c)
}

/// Parses a token (RFC 9110 section 5.6.2) at the start of `text`. Returns the token and the rest
/// of `text`. The characters of `token68` (section 11.2) are accepted too, so that challenges of
/// other schemes are skipped.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Parses the value of a parameter at the start of `text`: a token or a quoted string. Returns the
/// value and the rest of `text`.
///
/// `text` can also be the padding of a `token68`, without its first equals sign. The value is then
/// empty.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let text = text.trim_start_matches('=');
        let (value, rest) = token(text).unwrap_or(("", text));
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<(String, Option<u64>)> {
        let step_up = StepUp::from_challenge(header)?;
        let age = step_up.max_age.map(|age| age.as_secs());
        Some((step_up.acr_values().unwrap_or_default(), age))
    }

    #[test]
    fn examples_of_rfc_9470_are_read() {
        let by_level = "Bearer error=\"insufficient_user_authentication\",\n  \
                        error_description=\"A different authentication level is required\",\n  \
                        acr_values=\"myACR\"";
        assert_eq!(read(by_level), Some(("myACR".to_owned(), None)));
        let by_age = "Bearer error=\"insufficient_user_authentication\",\n  \
                      error_description=\"More recent authentication is required\",\n  \
                      max_age=\"5\"";
        assert_eq!(read(by_age), Some((String::new(), Some(5))));
    }

    #[test]
    fn other_challenges_are_skipped() {
        let header = "Negotiate YWJj==, Basic realm=\"a, b\" , DPoP ERROR = \
                      insufficient_user_authentication, acr_values=\"a b\",max_age=0, Digest x=y";
        assert_eq!(read(header), Some(("a b".to_owned(), Some(0))));
        let escaped = r#"Bearer realm="\"error=\"", error="insufficient_user_authentication""#;
        assert_eq!(read(escaped), Some((String::new(), None)));
    }

    #[test]
    fn invalid_challenges_are_ignored() {
        let code = r#"error="insufficient_user_authentication""#;
        let long = format!("Bearer {code}, realm=\"{}\"", "a".repeat(LONGEST_CHALLENGE));
        for header in [
            "",
            "Bearer",
            r#"Bearer error="invalid_token""#,
            r#"Bearer realm="error=insufficient_user_authentication""#,
            code,
            &format!("Bearer {code}, {code}"),
            &format!("Bearer {code}, max_age=\"-1\""),
            &format!("Bearer {code}, max_age=\"+1\""),
            &format!("Bearer {code}, max_age=\"\""),
            &format!("Bearer {code}, max_age=\"4294967296\""),
            &format!("Bearer {code}, acr_values=\"é\""),
            &format!("Bearer {code}, acr_values=\"a"),
            &format!("Bearer {code}, realm=\"a\\"),
            &format!("Bearer {code}, (x)"),
            &long,
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
