//! Creates the OpenAPI document of the routes.

mod schemas;

use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, OneOfBuilder, Ref, Schema};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required,
    ResponseBuilder,
};

use crate::SessionCookies;

/// The mounted routes, and whether tokens are in JSON or in cookies.
pub(crate) struct Mounted<'a> {
    pub(crate) cookies: Option<&'a SessionCookies>,
    pub(crate) metrics: bool,
    pub(crate) health: bool,
    pub(crate) probes: bool,
}

/// One entry of the table of routes.
struct Route {
    method: HttpMethod,
    path: &'static str,
    summary: &'static str,
    request: Option<&'static str>,
    responses: &'static [&'static str],
    needs_token: bool,
}

impl Route {
    const fn post(
        path: &'static str,
        summary: &'static str,
        request: &'static str,
        responses: &'static [&'static str],
    ) -> Self {
        Self {
            method: HttpMethod::Post,
            path,
            summary,
            request: Some(request),
            responses,
            needs_token: false,
        }
    }

    const fn get(
        path: &'static str,
        summary: &'static str,
        responses: &'static [&'static str],
    ) -> Self {
        Self {
            method: HttpMethod::Get,
            path,
            summary,
            request: None,
            responses,
            needs_token: false,
        }
    }

    const fn with_token(mut self) -> Self {
        self.needs_token = true;
        self
    }
}

const STEP: &[&str] = &["Tokens", "Challenge"];

/// The routes that are always mounted.
const ROUTES: &[Route] = &[
    Route::post("/auth/signup", "Sign up", "SignUp", &["SignedUp"]),
    Route::post(
        "/auth/confirm",
        "Confirm with the code that was sent",
        "Confirm",
        &["Done"],
    ),
    Route::post(
        "/auth/resend-code",
        "Send another code",
        "Email",
        &["CodeSent"],
    ),
    Route::post("/auth/login", "Sign in", "Login", STEP),
    Route::post(
        "/auth/verify-mfa",
        "Answer a challenge with a code",
        "VerifyMfa",
        STEP,
    ),
    Route::post(
        "/auth/setup-mfa",
        "Set an authenticator app up",
        "SetupMfa",
        &["MfaSetup"],
    ),
    Route::post(
        "/auth/new-password",
        "Choose the password that is due",
        "NewPassword",
        STEP,
    ),
    Route::post("/auth/refresh", "Renew the tokens", "Refresh", &["Tokens"]),
    Route::post(
        "/auth/forgot-password",
        "Send a code for a new password",
        "Email",
        &["CodeSent"],
    ),
    Route::post(
        "/auth/reset-password",
        "Set a new password with a code",
        "ResetPassword",
        &["Done"],
    ),
    Route::post("/auth/logout", "Sign out everywhere", "Logout", &["Done"]).with_token(),
    Route::get("/auth/me", "Who is signed in", &["CurrentUser"]).with_token(),
];
const METRICS: &[Route] = &[Route::get(
    "/auth/metrics",
    "What was counted",
    &["Metrics"],
)];
const HEALTH: &[Route] = &[Route::get(
    "/auth/health",
    "How the service is",
    &["Health"],
)];
const PROBES: &[Route] = &[
    Route::get("/livez", "Whether it is alive", &[]),
    Route::get("/readyz", "Whether it can work", &[]),
];

/// Returns the mounted routes.
fn routes(mounted: &Mounted<'_>) -> impl Iterator<Item = &'static Route> {
    [
        (true, ROUTES),
        (mounted.metrics, METRICS),
        (mounted.health, HEALTH),
        (mounted.probes, PROBES),
    ]
    .into_iter()
    .filter_map(|(is_mounted, routes)| is_mounted.then_some(routes))
    .flatten()
}

/// Returns the document for these routes.
pub(crate) fn document(mounted: &Mounted<'_>) -> Value {
    let by_cookie = mounted.cookies.is_some();
    let mut paths = PathsBuilder::new();
    for route in routes(mounted) {
        let (path, method) = (route.path, route.method.clone());
        paths = paths.path(path, PathItem::new(method, operation(route, by_cookie)));
    }
    let components = schemas::all()
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| {
            components.schema(name, schema)
        });
    let components = components.security_scheme(TOKEN, security(mounted.cookies));
    let info = InfoBuilder::new()
        .title("Authentication")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Sign-up, sign-in and sessions over Amazon Cognito."));
    let document = OpenApiBuilder::new()
        .info(info.build())
        .paths(paths.build())
        .components(Some(components.build()))
        .build();
    // Serializing strings, numbers and lists cannot fail.
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    if by_cookie {
        without_tokens(&mut document);
    }
    document
}

fn operation(route: &Route, by_cookie: bool) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route.path)))
        .summary(Some(route.summary));
    let needs_no_body = ["SetupMfa", "Refresh", "Logout"];
    let request = route
        .request
        .filter(|name| !(by_cookie && needs_no_body.contains(name)));
    if let Some(name) = request {
        let required = if name == "Logout" {
            Required::False
        } else {
            Required::True
        };
        let body = RequestBodyBuilder::new().required(Some(required));
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(name)));
        operation = operation.request_body(Some(body.content(JSON, content.build()).build()));
    }
    if route.needs_token {
        let requirement = SecurityRequirement::new(TOKEN, [""; 0]);
        operation = operation.security(requirement);
    }
    let mut response = ResponseBuilder::new().description("Done");
    if let Some(schema) = one_of(route.responses, by_cookie) {
        let content = ContentBuilder::new().schema(Some(schema));
        response = response.content(JSON, content.build());
    }
    let unready = ResponseBuilder::new().description("It cannot work");
    let unready = match route.responses {
        ["Health"] => {
            let schema = Ref::from_schema_name("Health");
            unready.content(JSON, ContentBuilder::new().schema(Some(schema)).build())
        }
        _ => unready,
    };
    operation = operation.response("200", response.build());
    match route.path {
        "/livez" | "/auth/metrics" => operation.build(),
        "/readyz" | "/auth/health" => operation.response("503", unready.build()).build(),
        _ => operation
            .response("4XX", refusal("The request was refused"))
            .response("5XX", refusal("The service failed"))
            .build(),
    }
}

fn refusal(description: &str) -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name("Error");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content(JSON, content)
        .build()
}

/// Returns the schema of a response. Several schemas become alternatives. If the tokens are in
/// cookies, `SignedIn` replaces `Tokens`.
fn one_of(names: &[&str], by_cookie: bool) -> Option<RefOr<Schema>> {
    let name = |name: &str| match name {
        "Tokens" if by_cookie => Ref::from_schema_name("SignedIn"),
        other => Ref::from_schema_name(other),
    };
    match names {
        [] => None,
        [one] => Some(name(one).into()),
        several => {
            let choice = several
                .iter()
                .fold(OneOfBuilder::new(), |choice, one| choice.item(name(one)));
            Some(Schema::OneOf(choice.build()).into())
        }
    }
}

fn security(cookies: Option<&SessionCookies>) -> SecurityScheme {
    match cookies {
        Some(cookies) => {
            let cookie = ApiKeyValue::new(cookies.access_token_name());
            SecurityScheme::ApiKey(ApiKey::Cookie(cookie))
        }
        None => SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        ),
    }
}

/// Returns the operation id of a path, such as `verifyMfa` for `/auth/verify-mfa`.
fn operation_id(path: &str) -> String {
    let words = path.trim_start_matches("/auth").trim_start_matches('/');
    let mut id = String::new();
    for (index, word) in words.split('-').enumerate() {
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

/// Removes the tokens from requests and responses, because they are in cookies.
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

const JSON: &str = "application/json";
const TOKEN: &str = "accessToken";
