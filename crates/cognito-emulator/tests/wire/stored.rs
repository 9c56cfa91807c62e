//! Objects that are stored and returned: styles, terms, customizations, policies and
//! limits.

use serde_json::{Value, json};

use crate::support::{CLIENT, Pool, new_client, pool};

const STYLE: &str = "ManagedLoginBrandingId";

/// Creates a second app client and returns its id.
async fn other_client(pool: &Pool) -> Value {
    let pool_id = pool.emulator.user_pool_id().to_owned();
    new_client(pool, &pool_id, json!({})).await["ClientId"].take()
}

#[tokio::test]
async fn a_style_is_created_described_and_deleted() {
    let pool = pool().await;
    let fields = json!({
        "ClientId": CLIENT,
        "Settings": { "components": { "form": { "borderRadius": 8 } } },
    });

    let created = pool
        .admin("CreateManagedLoginBranding", fields.clone())
        .await
        .ok();

    let style = &created["ManagedLoginBranding"];
    assert_eq!(style["Settings"], fields["Settings"]);
    assert_eq!(style["UseCognitoProvidedValues"], false);
    assert_eq!(style["UserPoolId"], pool.emulator.user_pool_id());
    let by_id = json!({ STYLE: style[STYLE] });
    let described = pool
        .admin("DescribeManagedLoginBranding", by_id.clone())
        .await
        .ok();
    assert_eq!(described, created);
    let by_client = json!({ "ClientId": CLIENT });
    let described = pool
        .admin("DescribeManagedLoginBrandingByClient", by_client.clone())
        .await;
    assert_eq!(described.ok(), created);
    let again = pool.admin("CreateManagedLoginBranding", fields).await;
    again.fails(
        "ManagedLoginBrandingExistsException",
        &format!("Managed login branding already exists for client {CLIENT}."),
    );
    pool.admin("DeleteManagedLoginBranding", by_id.clone())
        .await
        .ok();
    let missing = "Managed login branding does not exist.";
    for (operation, fields) in [
        ("DescribeManagedLoginBranding", by_id.clone()),
        ("DescribeManagedLoginBrandingByClient", by_client),
        ("DeleteManagedLoginBranding", by_id.clone()),
        ("UpdateManagedLoginBranding", by_id),
    ] {
        let reply = pool.admin(operation, fields).await;
        reply.fails("ResourceNotFoundException", missing);
    }
}

#[tokio::test]
async fn an_update_of_a_style_keeps_the_rest() {
    let pool = pool().await;
    let asset = |category: &str, bytes: &str| json!({ "Category": category, "ColorMode": "DARK", "Extension": "PNG", "Bytes": bytes });
    let fields = json!({
        "ClientId": CLIENT,
        "Settings": { "a": { "b": 1, "c": 2 } },
        "Assets": [asset("FORM_LOGO", "b2xk"), asset("PAGE_BACKGROUND", "b2xk")],
    });
    let created = pool.admin("CreateManagedLoginBranding", fields).await.ok();
    let id = &created["ManagedLoginBranding"][STYLE];

    let change = json!({
        STYLE: id,
        "Settings": { "a": { "c": 3 } },
        "Assets": [asset("FORM_LOGO", "bmV3")],
    });
    let changed = pool.admin("UpdateManagedLoginBranding", change).await.ok();

    let style = &changed["ManagedLoginBranding"];
    assert_eq!(style["Settings"], json!({ "a": { "b": 1, "c": 3 } }));
    let assets = [asset("PAGE_BACKGROUND", "b2xk"), asset("FORM_LOGO", "bmV3")];
    assert_eq!(style["Assets"], json!(assets));
    let reset = json!({ STYLE: id, "UseCognitoProvidedValues": true });
    let reset = pool.admin("UpdateManagedLoginBranding", reset).await.ok();
    assert_eq!(reset["ManagedLoginBranding"]["Settings"], Value::Null);
}

#[tokio::test]
async fn a_default_style_has_no_settings() {
    let pool = pool().await;
    let fields = json!({
        "ClientId": CLIENT, "Settings": {}, "UseCognitoProvidedValues": true,
    });
    let reply = pool.admin("CreateManagedLoginBranding", fields).await;
    reply.invalid_parameter(
        "Settings and Assets must be omitted when UseCognitoProvidedValues is true.",
    );
    let fields = json!({ "ClientId": "nobody" });
    let reply = pool.admin("CreateManagedLoginBranding", fields).await;
    reply.fails(
        "ResourceNotFoundException",
        "User pool client nobody does not exist.",
    );
}

/// Returns the members of a terms document.
pub(crate) fn terms(name: &str) -> Value {
    json!({
        "ClientId": CLIENT,
        "TermsName": name,
        "TermsSource": "LINK",
        "Enforcement": "NONE",
        "Links": { "cognito:default": "https://example.com/terms" },
    })
}

#[tokio::test]
async fn terms_are_created_changed_and_deleted() {
    let pool = pool().await;
    let created = pool.admin("CreateTerms", terms("terms-of-use")).await.ok();
    let id = json!({ "TermsId": created["Terms"]["TermsId"] });
    assert_eq!(created["Terms"]["ClientId"], CLIENT);
    let described = pool.admin("DescribeTerms", id.clone()).await.ok();
    assert_eq!(described, created);
    let by_client = json!({ "ClientId": CLIENT, "TermsName": "terms-of-use" });
    let described = pool
        .admin("DescribeTermsByClient", by_client.clone())
        .await
        .ok();
    assert_eq!(described, created);

    let exists = format!("Terms terms-of-use already exist for client {CLIENT}.");
    let again = pool.admin("CreateTerms", terms("terms-of-use")).await;
    again.fails("TermsExistsException", &exists);
    let other = pool
        .admin("CreateTerms", terms("privacy-policy"))
        .await
        .ok();
    let rename = json!({ "TermsId": other["Terms"]["TermsId"], "TermsName": "terms-of-use" });
    let renamed = pool.admin("UpdateTerms", rename).await;
    renamed.fails("TermsExistsException", &exists);

    let listed = pool.admin("ListTerms", json!({})).await.ok();
    let listed = listed["Terms"].as_array().expect("a list").clone();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|terms| terms.get("Links").is_none()));

    let mut change = id.clone();
    change["Links"] = json!({ "cognito:default": "https://example.com/new" });
    let changed = pool.admin("UpdateTerms", change.clone()).await.ok();
    assert_eq!(changed["Terms"]["Links"], change["Links"]);
    assert_eq!(changed["Terms"]["TermsName"], "terms-of-use");

    pool.admin("DeleteTerms", id.clone()).await.ok();
    for (operation, fields) in [
        ("DescribeTerms", id.clone()),
        ("DescribeTermsByClient", by_client),
        ("DeleteTerms", id),
    ] {
        let reply = pool.admin(operation, fields).await;
        reply.fails("ResourceNotFoundException", "Terms do not exist.");
    }
}

#[tokio::test]
async fn terms_are_listed_page_by_page() {
    let pool = pool().await;
    for name in ["terms-of-use", "privacy-policy"] {
        pool.admin("CreateTerms", terms(name)).await.ok();
    }
    let first = pool
        .admin("ListTerms", json!({ "MaxResults": 1 }))
        .await
        .ok();
    let next = json!({ "MaxResults": 1, "NextToken": first["NextToken"] });
    let second = pool.admin("ListTerms", next).await.ok();
    assert_ne!(first["Terms"][0], second["Terms"][0]);
    assert_eq!(second.get("NextToken"), None);
}

#[tokio::test]
async fn a_customization_holds_for_clients_without_their_own() {
    let pool = pool().await;
    let css = json!({ "CSS": ".label-customizable { font-weight: 400; }" });
    let reply = pool.admin("SetUICustomization", css.clone()).await;
    reply.invalid_parameter("The user pool has no domain.");
    pool.admin("CreateUserPoolDomain", json!({ "Domain": "people" }))
        .await
        .ok();

    let set = pool.admin("SetUICustomization", css.clone()).await.ok();

    let customization = &set["UICustomization"];
    assert_eq!(customization["ClientId"], "ALL");
    assert_eq!(customization["CSS"], css["CSS"]);
    let client = json!({ "ClientId": CLIENT });
    let inherited = pool.admin("GetUICustomization", client.clone()).await.ok();
    assert_eq!(inherited, set);
    let own = json!({ "ClientId": CLIENT, "CSS": ".own {}" });
    pool.admin("SetUICustomization", own).await.ok();
    let own = pool.admin("GetUICustomization", client).await.ok();
    assert_eq!(own["UICustomization"]["CSS"], ".own {}");
}

#[tokio::test]
async fn a_metadata_policy_outlives_its_client() {
    let pool = pool().await;
    let client = other_client(&pool).await;
    let fields = json!({
        "ClientId": client,
        "PolicyName": "partners",
        "URLPatterns": ["https://*.example.com/*"],
    });
    let created = pool.admin("CreateCIMDPolicy", fields.clone()).await.ok();
    let id = json!({ "CIMDPolicyId": created["CIMDPolicy"]["CIMDPolicyId"] });
    assert_eq!(created["CIMDPolicy"]["CacheDuration"], 86_400);
    let mut change = fields.clone();
    change["CIMDPolicyId"] = id["CIMDPolicyId"].clone();
    change["CacheDuration"] = json!(100_000);
    let changed = pool.admin("UpdateCIMDPolicy", change).await.ok();
    assert_eq!(changed["CIMDPolicy"]["CacheDuration"], 100_000);

    pool.admin("DeleteUserPoolClient", json!({ "ClientId": client }))
        .await
        .ok();

    let described = pool.admin("DescribeCIMDPolicy", id.clone()).await.ok();
    assert_eq!(described["CIMDPolicy"].get("ClientId"), None);
    let listed = pool.admin("ListCIMDPolicies", json!({})).await.ok();
    assert_eq!(listed["CIMDPolicies"][0]["PolicyName"], "partners");
    let urls = pool.admin("ListClientMetadataURLs", id.clone()).await.ok();
    assert_eq!(urls, json!({ "ClientMetadataURLs": [] }));
    let mut refresh = id.clone();
    refresh["URL"] = json!("https://a.example.com/client");
    refresh["Action"] = json!("REFRESH");
    let reply = pool.admin("UpdateClientMetadataURLState", refresh).await;
    reply.fails(
        "CachedCIMDURLDoesNotExistException",
        "The client metadata document URL is not cached.",
    );
    pool.admin("DeleteCIMDPolicy", id.clone()).await.ok();
    for operation in [
        "DescribeCIMDPolicy",
        "DeleteCIMDPolicy",
        "ListClientMetadataURLs",
    ] {
        let reply = pool.admin(operation, id.clone()).await;
        reply.fails("ResourceNotFoundException", "CIMD policy does not exist.");
    }
}

#[tokio::test]
async fn session_settings_have_their_defaults() {
    let pool = pool().await;
    let settings = pool
        .admin("GetUserPoolSessionConfiguration", json!({}))
        .await
        .ok();
    assert_eq!(settings["UserSessionTracking"], "DISABLED");
    assert_eq!(settings["TokenSession"]["MaxPerUser"], 20);
    let client = json!({ "ClientId": CLIENT });
    let settings = pool
        .admin("GetUserPoolClientSessionConfiguration", client)
        .await
        .ok();
    assert_eq!(settings["SSOSession"]["MaxValidityMinutes"], 60);

    let of_client = json!({ "ClientId": CLIENT, "SSOSession": { "MaxValidityMinutes": 5 } });
    let reply = pool
        .admin("SetUserPoolClientSessionConfiguration", of_client.clone())
        .await;
    reply.invalid_parameter("Session tracking is not enabled for the user pool.");
    let enable = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 3 },
    });
    pool.admin("SetUserPoolSessionConfiguration", enable.clone())
        .await
        .ok();
    let settings = pool
        .admin("GetUserPoolSessionConfiguration", json!({}))
        .await
        .ok();
    assert_eq!(settings["TokenSession"]["MaxPerUser"], 3);
    let settings = pool
        .admin("SetUserPoolClientSessionConfiguration", of_client)
        .await
        .ok();
    assert_eq!(settings["SSOSession"]["MaxValidityMinutes"], 5);

    pool.admin("UpdateUserPool", json!({ "UserPoolTier": "LITE" }))
        .await
        .ok();
    let reply = pool.admin("SetUserPoolSessionConfiguration", enable).await;
    reply.fails(
        "FeatureUnavailableInTierException",
        "Session tracking is not available in the LITE tier.",
    );
}

#[tokio::test]
async fn a_deleted_client_leaves_no_objects() {
    let pool = pool().await;
    let client = other_client(&pool).await;
    let named = json!({ "ClientId": client });
    pool.admin("CreateManagedLoginBranding", named.clone())
        .await
        .ok();
    let mut terms = terms("terms-of-use");
    terms["ClientId"] = client.clone();
    pool.admin("CreateTerms", terms).await.ok();

    pool.admin("DeleteUserPoolClient", named).await.ok();

    let listed = pool.admin("ListTerms", json!({})).await.ok();
    assert_eq!(listed["Terms"], json!([]));
}

#[tokio::test]
async fn stored_objects_have_a_maximum() {
    let pool = pool().await;
    let pool_id = pool.emulator.user_pool_id().to_owned();
    let policy =
        json!({ "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": ["https://a.example/"] });
    for _ in 0..100 {
        pool.admin("CreateCIMDPolicy", policy.clone()).await.ok();
    }
    let reply = pool.admin("CreateCIMDPolicy", policy).await;
    let message = "The user pool has too many CIMD policies.";
    reply.fails("LimitExceededException", message);
    for _ in 0..20 {
        let client = new_client(&pool, &pool_id, json!({})).await["ClientId"].take();
        let style = json!({ "ClientId": client });
        pool.admin("CreateManagedLoginBranding", style).await.ok();
    }
    let reply = pool
        .admin("CreateManagedLoginBranding", json!({ "ClientId": CLIENT }))
        .await;
    let message = "The user pool has too many managed login branding styles.";
    reply.fails("LimitExceededException", message);
}

#[tokio::test]
async fn a_style_does_not_grow_without_limit() {
    let pool = pool().await;
    let create = json!({ "ClientId": CLIENT });
    let created = pool.admin("CreateManagedLoginBranding", create).await.ok();
    let id = &created["ManagedLoginBranding"][STYLE];
    let part = |name: &str| {
        let settings = json!({ name: "x".repeat(900_000) });
        json!({ STYLE: id, "Settings": settings })
    };
    for name in ["a", "b"] {
        let update = pool.admin("UpdateManagedLoginBranding", part(name));
        update.await.ok();
    }
    let reply = pool.admin("UpdateManagedLoginBranding", part("c")).await;
    let message = "The managed login branding style is larger than 2 MB.";
    reply.fails("LimitExceededException", message);
    let described = json!({ STYLE: id });
    let described = pool.admin("DescribeManagedLoginBranding", described).await;
    let settings = &described.ok()["ManagedLoginBranding"]["Settings"];
    assert_eq!(settings.as_object().map(serde_json::Map::len), Some(2));
}
