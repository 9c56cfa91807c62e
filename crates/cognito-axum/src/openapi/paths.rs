//! The routes, as the OpenAPI document describes them.

use crate::routes::mounted::{Group, Groups};

/// A route of the document.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// The schema of the request body.
    pub(super) request: Option<&'static str>,
    /// The schemas of the response. If there are several, the response has one of them.
    pub(super) responses: &'static [&'static str],
    /// The names of the optional parameters in the query.
    pub(super) query: &'static [&'static str],
    /// `true` if the request needs the access token.
    pub(super) needs_token: bool,
}

const fn post(
    path: &'static str,
    summary: &'static str,
    request: &'static str,
    responses: &'static [&'static str],
) -> Route {
    Route {
        method: "post",
        request: if request.is_empty() {
            None
        } else {
            Some(request)
        },
        ..get(path, summary, responses)
    }
}

const fn get(
    path: &'static str,
    summary: &'static str,
    responses: &'static [&'static str],
) -> Route {
    Route {
        method: "get",
        path,
        summary,
        request: None,
        responses,
        query: &[],
        needs_token: false,
    }
}

impl Route {
    const fn signed_in(mut self) -> Self {
        self.needs_token = true;
        self
    }

    const fn in_pages(self) -> Self {
        self.with_query(&["pageToken"])
    }

    const fn with_query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }
}

/// The schema of a request that needs no body.
const NO_BODY: &str = "";
/// The path to which managed login redirects the browser.
pub(super) const CALLBACK: &str = "/auth/hosted-login/callback";
/// The schema of an object whose members other standards define.
pub(super) const OBJECT: &str = "Object";
const STEP: &[&str] = &["Tokens", "Challenge"];

/// The routes that are always mounted.
const ROUTES: &[Route] = &[
    post("/auth/signup", "Sign up", "SignUp", &["SignedUp"]),
    post(
        "/auth/confirm",
        "Confirm with the code that was sent",
        "Confirm",
        &["Done"],
    ),
    post(
        "/auth/resend-code",
        "Send another code",
        "Email",
        &["CodeSent"],
    ),
    post("/auth/login", "Sign in", "Login", STEP),
    post(
        "/auth/verify-mfa",
        "Respond to a challenge with a code",
        "VerifyMfa",
        STEP,
    ),
    post(
        "/auth/setup-mfa",
        "Set up an authenticator app",
        "SetupMfa",
        &["MfaSetup"],
    ),
    post(
        "/auth/new-password",
        "Set the required new password",
        "NewPassword",
        STEP,
    ),
    post("/auth/refresh", "Renew the tokens", "Refresh", &["Tokens"]),
    post(
        "/auth/forgot-password",
        "Send a code for a new password",
        "Email",
        &["CodeSent"],
    ),
    post(
        "/auth/reset-password",
        "Set a new password with a code",
        "ResetPassword",
        &["Done"],
    ),
    post("/auth/logout", "Sign out everywhere", "Logout", &["Done"]).signed_in(),
    get("/auth/me", "Get the signed-in user", &["CurrentUser"]).signed_in(),
];
const DEVICES: &[Route] = &[
    get(
        "/auth/devices",
        "List the devices of the user",
        &["Devices"],
    )
    .signed_in()
    .in_pages(),
    post(
        "/auth/devices/forget",
        "Delete a device",
        "ForgetDevice",
        &["Done"],
    )
    .signed_in(),
    post(
        "/auth/devices/remember",
        "Mark a device as remembered or not remembered",
        "RememberDevice",
        &["Done"],
    )
    .signed_in(),
];
/// The route with which a user remembers the browser. It needs cookies.
const REMEMBER_BROWSERS: &[Route] = &[post(
    "/auth/devices/confirm",
    "Remember this browser",
    "ConfirmDevice",
    &["Done"],
)
.signed_in()];
/// The routes for managed login, which need cookies.
const HOSTED_LOGIN: &[Route] = &[
    post(
        "/auth/hosted-login/start",
        "Start a sign-in at managed login",
        "StartHostedLogin",
        &["HostedLogin"],
    ),
    get(CALLBACK, "Complete a sign-in at managed login", &[]).with_query(&[
        "code",
        "state",
        "error",
        "error_description",
    ]),
    post(
        "/auth/hosted-login/logout",
        "Sign out everywhere, and at managed login",
        NO_BODY,
        &["HostedLogout"],
    )
    .signed_in(),
];
const MFA: &[Route] = &[
    get("/auth/mfa", "List the factors of the user", &["Factors"]).signed_in(),
    post(
        "/auth/mfa/totp/begin",
        "Start the set-up of an authenticator app",
        NO_BODY,
        &["TotpSecret"],
    )
    .signed_in(),
    post(
        "/auth/mfa/totp/confirm",
        "Complete the set-up of an authenticator app",
        "ConfirmTotp",
        &["MfaEnabled"],
    )
    .signed_in(),
    post(
        "/auth/mfa/preferences",
        "Enable or disable second factors",
        "MfaPreferences",
        &["Done"],
    )
    .signed_in(),
];
const PASSKEYS: &[Route] = &[
    get(
        "/auth/passkeys",
        "List the passkeys of the user",
        &["Passkeys"],
    )
    .signed_in()
    .in_pages(),
    post(
        "/auth/passkeys/begin",
        "Start the registration of a passkey",
        NO_BODY,
        &[OBJECT],
    )
    .signed_in(),
    post(
        "/auth/passkeys/complete",
        "Complete the registration of a passkey",
        "CompletePasskey",
        &["Done"],
    )
    .signed_in(),
    post(
        "/auth/passkeys/delete",
        "Delete a passkey",
        "DeletePasskey",
        &["Done"],
    )
    .signed_in(),
];
const PASSKEY_SIGN_IN: &[Route] = &[
    post(
        "/auth/passkeys/sign-in/begin",
        "Start a sign-in with a passkey",
        "Email",
        &["PasskeyChallenge"],
    ),
    post(
        "/auth/passkeys/sign-in/complete",
        "Complete a sign-in with a passkey",
        "PasskeySignIn",
        STEP,
    ),
];
const PROFILE: &[Route] = &[
    post(
        "/auth/profile",
        "Change attributes of the user",
        "Profile",
        &["Done"],
    )
    .signed_in(),
    post(
        "/auth/profile/send-code",
        "Send a code to an address of the user",
        "Address",
        &["Done"],
    )
    .signed_in(),
    post(
        "/auth/profile/confirm",
        "Confirm an address with the code that was sent",
        "ConfirmAddress",
        &["Done"],
    )
    .signed_in(),
];
const SESSIONS: &[Route] = &[
    get(
        "/auth/sessions",
        "List the sessions of the user",
        &["Sessions"],
    )
    .signed_in()
    .in_pages(),
    post(
        "/auth/sessions/revoke",
        "Revoke a session",
        "RevokeSession",
        &["Done"],
    )
    .signed_in(),
];
const METRICS: &[Route] = &[get("/auth/metrics", "Get the metrics", &["Metrics"])];
const HEALTH: &[Route] = &[get(
    "/auth/health",
    "Get the health of the service",
    &["Health"],
)];
const PROBES: &[Route] = &[
    get("/livez", "Check that the process runs", &[]),
    get("/readyz", "Check that the service can work", &[]),
];

/// The routes of each group.
const GROUPS: [(Group, &[Route]); 11] = [
    (Group::Devices, DEVICES),
    (Group::HostedLogin, HOSTED_LOGIN),
    (Group::Mfa, MFA),
    (Group::Passkeys, PASSKEYS),
    (Group::PasskeySignIn, PASSKEY_SIGN_IN),
    (Group::Profile, PROFILE),
    (Group::RememberBrowsers, REMEMBER_BROWSERS),
    (Group::Sessions, SESSIONS),
    (Group::Metrics, METRICS),
    (Group::Health, HEALTH),
    (Group::Probes, PROBES),
];

/// Returns the mounted routes.
pub(super) fn routes(groups: Groups) -> impl Iterator<Item = &'static Route> {
    let is_mounted = move |(group, _): &(Group, _)| groups.contains(*group);
    let optional = GROUPS.into_iter().filter(is_mounted);
    ROUTES.iter().chain(optional.flat_map(|(_, routes)| routes))
}
