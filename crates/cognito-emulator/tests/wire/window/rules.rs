//! Who may use the emulator's window (its web interface), and what its pages allow.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{PATH, html, next, open, send, send_from};
use crate::browser::encoded;
use crate::support::{CLIENT, EMAIL, Pool, new_client, new_pool, pool, pool_with};

/// The paths of all pages.
const PAGES: [&str; 12] = [
    "",
    "/client",
    "/control",
    "/inbox",
    "/inbox/new",
    "/message",
    "/pool",
    "/requests",
    "/requests/new",
    "/tokens",
    "/user",
    "/users",
];

const SCRIPT: &str = "<script>alert(1)</script>";

/// Returns the paths of all pages with the parameters that they need.
fn paths(pool: &Pool) -> Vec<String> {
    let id = pool.emulator.user_pool_id();
    let path = |name: &&str| format!("{PATH}{name}?pool={id}&client={CLIENT}&user={EMAIL}");
    PAGES.iter().map(path).collect()
}

/// Browsers request the icon of each host by themselves.
#[tokio::test]
async fn icon_of_host_is_empty() {
    let pool = pool().await;
    assert_eq!(pool.get("/favicon.ico").await.status, 204);
    let reply = pool.send("POST", "/favicon.ico", &[], "").await;
    assert_eq!(reply.status, 405);
}

#[tokio::test]
async fn foreign_pages_cannot_read_the_window() {
    let pool = pool().await;
    for path in paths(&pool) {
        for headers in [
            [("origin", "https://evil.example"), ("x-none", "")],
            [("origin", "null"), ("x-none", "")],
            [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "no-cors"),
            ],
            // A frame.
            [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            // The name of an attacker that resolves to 127.0.0.1.
            [("host", "evil.example:9229"), ("x-none", "")],
        ] {
            let reply = pool.send("GET", &path, &headers, "").await;
            assert_eq!(reply.status, 403, "{path}: {headers:?}");
        }
    }
}

#[tokio::test]
async fn foreign_pages_cannot_send_forms() {
    let pool = pool().await;
    let fields = [("Action", "CreateUserPool"), ("PoolName", "shop")];
    for headers in [
        [("origin", "https://evil.example"), ("x-none", "")],
        [("origin", "null"), ("x-none", "")],
        [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ],
        [
            ("host", "evil.example:9229"),
            ("origin", "http://evil.example:9229"),
        ],
    ] {
        let reply = send_from(&pool, "/call", &fields, &headers).await;
        assert_eq!(reply.status, 403, "{headers:?}");
    }
    assert_eq!(pool.emulator.user_pool_ids().len(), 1);
    next(&send(&pool, "/call", &fields).await);
    assert_eq!(pool.emulator.user_pool_ids().len(), 2);
}

// With `--host`, the window can be read by an IP address. To change something, the address must be
// allowed too.
#[tokio::test]
async fn allowed_address_can_send_forms() {
    let headers = [
        ("host", "192.0.2.1:9229"),
        ("origin", "http://192.0.2.1:9229"),
    ];
    for (allowed, status) in [("192.0.2.2", 403), ("192.0.2.1", 303)] {
        let pool = pool_with(|builder| builder.allow_host(allowed)).await;
        let fields = [("Action", "CreateUserPool"), ("PoolName", "shop")];
        let reply = send_from(&pool, "/call", &fields, &headers).await;
        assert_eq!(reply.status, status, "{allowed}");
    }
}

#[tokio::test]
async fn changes_need_post() {
    let pool = pool().await;
    let path = format!("{PATH}/call?Action=CreateUserPool&PoolName=shop");
    assert_eq!(pool.get(&path).await.status, 405);
    assert_eq!(pool.send("PUT", &path, &[], "").await.status, 405);
    assert_eq!(pool.emulator.user_pool_ids().len(), 1);
}

#[tokio::test]
async fn other_operations_are_rejected() {
    let pool = pool().await;
    for name in ["GetUser", "ListUsers", "Nothing", ""] {
        let reply = send(&pool, "/call", &[("Action", name)]).await;
        assert_eq!(reply.status, 400);
        let page = html(&reply);
        assert!(
            page.contains("the window does not call this operation"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn redirects_stay_in_the_window() {
    let pool = pool().await;
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/_emulator/windowless",
        "/oauth2/authorize",
        "/_emulator/window/../reset",
        "/_emulator/window/%2E%2e/inbox",
        "/_emulator/window/..?pool=x",
        "/_emulator/window/.\t./reset",
        "/_emulator/window/\\..\\inbox",
        "",
    ] {
        let id = new_pool(&pool, json!({})).await;
        let fields = [
            ("Action", "DeleteUserPool"),
            ("UserPoolId", &id),
            ("back", back),
        ];
        let to = next(&send(&pool, "/call", &fields).await);
        assert_eq!(to, format!("{PATH}?done=DeleteUserPool"), "{back}");
    }
}

// Each parameter is compared with the others, so many of them would block a thread.
#[tokio::test]
async fn many_parameters_are_rejected() {
    let pool = pool().await;
    let names: Vec<_> = (0..201).map(|number| format!("p{number}")).collect();
    let fields: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert_eq!(send(&pool, "/call", &fields).await.status, 400);
    assert!(html(&send(&pool, "/clock", &fields).await).contains("at most 200 parameters"));
    let query = encoded(&fields);
    assert_eq!(pool.get(&format!("{PATH}?{query}")).await.status, 400);
    open(&pool, "", &fields[..200]).await;
}

#[tokio::test]
async fn links_of_other_sites_report_no_success() {
    let pool = pool().await;
    let path = format!("{PATH}?done=CreateUserPool");
    let report = "CreateUserPool succeeded.";
    assert!(html(&pool.get(&path).await).contains(report));
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let reply = pool.send("GET", &path, &headers, "").await;
    assert_eq!(reply.status, 200);
    assert!(!html(&reply).contains(report));
}

#[tokio::test]
async fn policy_allows_only_own_script_and_styles() {
    let pool = pool().await;
    pool.person();
    // An e-mail has its own policy. The new entries of a list are not a page.
    let has_policy = |path: &&String| !path.contains("/new?") && !path.contains("/message?");
    for path in paths(&pool).iter().filter(has_policy) {
        let reply = pool.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        let page = html(&reply);
        let policy = reply.header("content-security-policy");
        for tag in ["script", "style"] {
            let (_, rest) = page.split_once(&format!("<{tag}>")).expect("a tag");
            let (content, rest) = rest.split_once(&format!("</{tag}>")).expect("an end");
            assert!(!rest.contains(&format!("<{tag}")), "{path}");
            let hash = STANDARD.encode(digest(&SHA256, content.as_bytes()));
            assert!(
                policy.contains(&format!("{tag}-src 'sha256-{hash}'")),
                "{policy}"
            );
        }
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page.contains(" style="), "{path}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("access-control-allow-origin"), "");
        // With `no-referrer`, browsers send `Origin: null`, and the forms would be rejected.
        assert_eq!(reply.header("referrer-policy"), "same-origin");
    }
}

#[tokio::test]
async fn names_are_escaped() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    // AWS's pattern of names has no angle brackets, so the tag is in a URL.
    let callback = format!("https://shop.example/?{SCRIPT}");
    let client = new_client(
        &pool,
        &id,
        json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid"],
            "CallbackURLs": [callback],
        }),
    )
    .await;
    let client = client["ClientId"].as_str().expect("an id");
    let page = open(&pool, "/client", &[("pool", &id), ("client", client)]).await;
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains(SCRIPT));
    // Only the names of operations are shown.
    for words in [SCRIPT, "Call 555-0100, then it"] {
        let query = [("pool", id.as_str()), ("done", words)];
        let page = open(&pool, "/pool", &query).await;
        assert!(
            !page.contains(SCRIPT) && !page.contains("succeeded"),
            "{page}"
        );
    }
    let fields = [
        ("Action", "CreateUserPool"),
        ("PoolName", SCRIPT),
        ("back", SCRIPT),
    ];
    let reply = send(&pool, "/call", &fields).await;
    assert_eq!(reply.status, 400);
    assert!(!html(&reply).contains(SCRIPT));
}
