//! Parameters of queries and forms (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are escaped in a URL: all characters except the unreserved characters (RFC
/// 3986 section 2.3).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameters of a query or form, in their order.
#[derive(Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn read(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// Returns the first value of a parameter. An empty value counts as missing (RFC 6749 section
    /// 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// Returns the parameters whose names begin with a prefix.
    pub(super) fn named(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        let pairs = pairs.filter(move |(name, _)| name.starts_with(prefix));
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns `true` if a parameter occurs more than once.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(known, _)| known == name).count() > 1
    }

    /// Returns `true` if a name occurs more than once. RFC 6749 section 3.1 forbids this.
    pub(super) fn is_ambiguous(&self) -> bool {
        let names = self.0.iter().map(|(name, _)| name);
        let mut seen = std::collections::BTreeSet::new();
        names.into_iter().any(|name| !seen.insert(name))
    }
}

/// Returns a URL with additional parameters. `separator` is `?` or `#` and precedes the parameters.
/// If `base` has a query already, `?` becomes `&`. The values are percent-encoded.
pub(super) fn address(base: &str, separator: char, pairs: &[(&str, &str)]) -> String {
    let separator = if separator == '?' && base.contains('?') {
        '&'
    } else {
        separator
    };
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)))
        .collect();
    format!("{base}{separator}{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read() {
        let form = Parameters::read("a=1+2&b=%2B%26&c=&d&a=3");
        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.get("b"), Some("+&"));
        assert_eq!(
            (form.get("c"), form.get("d"), form.get("e")),
            (None, None, None)
        );
        assert!(form.is_ambiguous());
        assert!(!Parameters::read("a=1&b=1").is_ambiguous());
    }

    #[test]
    fn addresses_keep_the_parameters_that_they_have() {
        let pairs = [("code", "a b"), ("state", "&=")];
        assert_eq!(
            address("https://a.example/?x=1", '?', &pairs),
            "https://a.example/?x=1&code=a%20b&state=%26%3D"
        );
        assert_eq!(address("app://in", '#', &pairs[..1]), "app://in#code=a%20b");
    }
}
