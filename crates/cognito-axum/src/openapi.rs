//! The OpenAPI document of the routes.

mod paths;
mod schemas;

use serde_json::{Map, Value, json};

use self::paths::{CALLBACK, OBJECT, Route, routes};
use crate::SessionCookies;
use crate::routes::mounted::Groups;

/// The parts of the router that affect its OpenAPI document: the optional routes that are mounted,
/// and the cookie settings. Without `cookies`, tokens are in JSON.
pub(crate) struct Mounted<'a> {
    pub(crate) cookies: Option<&'a SessionCookies>,
    pub(crate) groups: Groups,
}

pub(crate) fn document(mounted: &Mounted<'_>) -> Value {
    let by_cookie = mounted.cookies.is_some();
    let paths = routes(mounted.groups).map(|route| {
        let operation = json!({ route.method: operation(route, by_cookie) });
        (route.path.to_owned(), operation)
    });
    // Serializing strings, numbers and lists cannot fail.
    let schemas = schemas::all().into_iter().map(|(name, schema)| {
        let schema = serde_json::to_value(schema).unwrap_or_default();
        (name.to_owned(), schema)
    });
    let token = match mounted.cookies {
        Some(cookies) => json!({
            "type": "apiKey",
            "in": "cookie",
            "name": cookies.access_token_name(),
        }),
        None => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
    };
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Authentication",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Sign-up, sign-in and sessions over Amazon Cognito.",
        },
        "paths": paths.collect::<Map<_, _>>(),
        "components": {
            "schemas": schemas.collect::<Map<_, _>>(),
            "securitySchemes": { TOKEN: token },
        },
    });
    if by_cookie {
        without_tokens(&mut document);
    }
    without_unused_schemas(&mut document);
    document
}

fn operation(route: &Route, by_cookie: bool) -> Value {
    let mut operation = Map::new();
    let mut add = |name: &str, value: Value| drop(operation.insert(name.to_owned(), value));
    add("operationId", operation_id(route.path).into());
    add("summary", route.summary.into());
    let needs_no_body = ["SetupMfa", "Refresh", "Logout"];
    let request = route
        .request
        .filter(|name| !(by_cookie && needs_no_body.contains(name)));
    if let Some(name) = request {
        let content = json_of(&schema(&[name], by_cookie));
        add(
            "requestBody",
            json!({ "content": content, "required": name != "Logout" }),
        );
    }
    if route.needs_token {
        add("security", json!([{ TOKEN: [] }]));
    }
    if !route.query.is_empty() {
        let parameter = |name: &&str| json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" } });
        let parameters = route.query.iter().map(parameter);
        add("parameters", parameters.collect::<Vec<_>>().into());
    }
    add("responses", responses(route, by_cookie));
    operation.into()
}

fn responses(route: &Route, by_cookie: bool) -> Value {
    let response = |description: &str, schemas: &[&str]| match schemas {
        [] => json!({ "description": description }),
        _ => json!({
            "description": description,
            "content": json_of(&schema(schemas, by_cookie)),
        }),
    };
    let done = response("Done", route.responses);
    match route.path {
        CALLBACK => json!({
            "200": response("A page that opens the page to return to", &[]),
            "303": response("A redirect to the page to return to, if the cookies are SameSite=Lax", &[]),
            "4XX": response("The request was rejected", &["Error"]),
            "5XX": response("The service failed", &["Error"]),
        }),
        "/livez" | "/auth/metrics" => json!({ "200": done }),
        "/readyz" | "/auth/health" => json!({
            "200": done,
            "503": response("The service cannot work", route.responses),
        }),
        _ => json!({
            "200": done,
            "4XX": response("The request was rejected", &["Error"]),
            "5XX": response("The service failed", &["Error"]),
        }),
    }
}

fn json_of(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// Returns a reference to the schema with this name. For several names, returns a `oneOf` of
/// references. If the tokens are in cookies, the schema `SignedIn` replaces `Tokens`.
fn schema(names: &[&str], by_cookie: bool) -> Value {
    let reference = |name: &&str| match *name {
        OBJECT => json!({ "type": "object" }),
        "Tokens" if by_cookie => json!({ "$ref": "#/components/schemas/SignedIn" }),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    };
    match names {
        [one] => reference(one),
        several => json!({ "oneOf": several.iter().map(reference).collect::<Vec<_>>() }),
    }
}

/// Returns the `operationId` of a path, such as `verifyMfa` for `/auth/verify-mfa` and
/// `devicesForget` for `/auth/devices/forget`.
fn operation_id(path: &str) -> String {
    let words = path.trim_start_matches("/auth").trim_start_matches('/');
    let mut id = String::new();
    for (index, word) in words.split(['-', '/']).enumerate() {
        let (first, rest) = word.split_at(word.len().min(1));
        id.push_str(&if index == 0 {
            first.to_owned()
        } else {
            first.to_uppercase()
        });
        id.push_str(rest);
    }
    id
}

/// Removes tokens and sessions from the schemas of requests and responses, for routes that send
/// them in cookies.
fn without_tokens(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    schemas.retain(|name, _| !["Tokens", "SetupMfa", "Refresh", "Logout"].contains(&name.as_str()));
    for schema in schemas.values_mut() {
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.remove("session");
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| *name != json!("session"));
        }
    }
}

/// Removes the schemas of routes that are not mounted.
fn without_unused_schemas(document: &mut Value) {
    loop {
        let text = document.to_string();
        let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
            return;
        };
        let count = schemas.len();
        schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
        if schemas.len() == count {
            return;
        }
    }
}

const TOKEN: &str = "accessToken";
