//! The media type in the header `Content-Type`.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// Returns the media type of a message in lower case, without parameters such as `charset`. Returns
/// an empty string if the header `Content-Type` is missing.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let header = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let name = header
        .unwrap_or_default()
        .split(|byte| *byte == b';')
        .next();
    let name = name.unwrap_or_default().trim_ascii();
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_parameters_are_ignored() {
        let mut headers = HeaderMap::new();
        assert_eq!(media_type(&headers), "");
        for (header, expected) in [
            ("Application/JSON", "application/json"),
            ("application/json; charset=\u{f6}", "application/json"),
            (" text/html ;charset=utf-8", "text/html"),
            ("", ""),
        ] {
            let value = HeaderValue::from_bytes(header.as_bytes()).expect("a value");
            headers.insert(CONTENT_TYPE, value);
            assert_eq!(media_type(&headers), expected, "{header}");
        }
    }
}
