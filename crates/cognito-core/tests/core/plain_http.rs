//! Tests of the rule that plain `http` is allowed only for loopback hosts.

use cognito_core::ErrorKind;
use cognito_core::plain_http::reject_plain_http;

#[test]
fn plain_http_is_accepted_on_loopback_only() {
    for url in [
        "https://cognito-idp.eu-central-1.amazonaws.com",
        "HTTPS://proxy.example/path",
        "http://127.0.0.1:9229",
        "HTTP://LocalHost:9229/",
        "http://127.9.9.9",
        "http://[::1]:80/path",
        "http://localhost?x",
        // No request can be sent to these.
        "",
        "localhost:9229",
        "ftp://a.example",
    ] {
        reject_plain_http(url, "AWS_ENDPOINT_URL").unwrap();
    }
    for url in [
        "http://cognito-local:9229",
        "HTTP://10.0.0.7",
        "http://localhost@a.example",
        "http://127.0.0.1:80@a.example",
        "http://127.0.0.1.a.example",
        "http://localhost.a.example/",
        "http://localhost\\@a.example",
        "http://[::1]a.example",
        "http://[::1].a.example:80",
        "http://[::2]",
        "http://0.0.0.0",
        "http://2130706433",
        "http://169.254.169.254",
        "http://",
    ] {
        let error = reject_plain_http(url, "AWS_ENDPOINT_URL").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        let shown = error.to_string();
        assert!(shown.contains("AWS_ENDPOINT_URL"), "{shown}");
        assert!(shown.contains("danger_allow_http"), "{shown}");
        assert!(!shown.contains("a.example"), "{shown}");
    }
}
