//! The plans of the tables in which the interoperability tests print their results. A [`Plan`]
//! lists the columns (clients) and the rows (tests) that a table must have.

use crate::interop::table::Plan;

/// The columns and rows of each results table for clients that need no browser. The tables are
/// printed in this order.
pub(super) static WITHOUT_BROWSER: &[&Plan] = &[
    &PASSWORDS,
    &SENDERS,
    &OPENID_CONNECT,
    &MCP,
    &MCP_SERVER,
    &REGISTRATION,
    &AUTH_JS,
    &FEDERATION,
    &SAML,
    &SERVICES,
    &IMPORTS,
    &CDK,
    &AWS_CLI,
    &AMPLIFY_IN_NODE,
    &RECIPES,
];

/// The columns and rows of each results table for clients in a browser. The tables are printed in
/// this order.
pub(super) static IN_BROWSER: &[&Plan] = &[
    &AMPLIFY_IN_BROWSER,
    &AMPLIFY_PAGES,
    &OIDC_CLIENT_TS,
    &PASSKEYS,
    &RECIPES_IN_BROWSER,
];

/// The columns and rows of the results table for clients that sign in with a password.
pub(super) static PASSWORDS: Plan = Plan {
    clients: &[
        ("pycognito", "pycognito"),
        ("boto3", "boto3"),
        ("identityjs", "amazon-cognito-identity-js"),
        ("awssdk", "@aws-sdk client"),
    ],
    rows: &[
        "SRP without secret",
        "SRP with secret",
        "wrong password refused",
        "TOTP",
        "new password",
        "refresh",
        "rotation",
        "remembered device",
        "global sign-out",
        "tokens accepted by aws-jwt-verify",
    ],
    not_offered: &[
        ("identityjs", "SRP with secret"),
        ("identityjs", "rotation"),
        ("pycognito", "rotation"),
    ],
};

/// The columns and rows of the results table for the AWS Encryption SDK, which decrypts the codes
/// that the emulator passes to custom sender triggers.
static SENDERS: Plan = Plan {
    clients: &[("encryptionsdk", "AWS Encryption SDK")],
    rows: &[
        "code confirms the sign-up",
        "changed code refused",
        "another key refused",
        "required commitment refused",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for a client that signs in with OpenID Connect.
static OPENID_CONNECT: Plan = Plan {
    clients: &[("openidclient", "openid-client")],
    rows: &[
        "discovery",
        "code with PKCE, state and nonce",
        "another state refused",
        "another nonce refused",
        "another verifier refused",
        "code used twice refused",
        "unregistered scope refused",
        "userInfo",
        "refresh with the scopes",
        "revocation",
        "client credentials",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for the OAuth client of the Model Context Protocol.
/// This client registers itself, or uses the URL of a client id metadata document as its client id.
static MCP: Plan = Plan {
    clients: &[("mcp", "@modelcontextprotocol/sdk")],
    rows: &[
        "client registers and signs in",
        "client with a secret",
        "refresh of a registered client",
        "unsafe redirect URI refused",
        "client id metadata document",
        "document of another client refused",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for an MCP client with the example `mcp_server`. The
/// client knows only the URL of the server.
static MCP_SERVER: Plan = Plan {
    clients: &[(
        "mcpserver",
        "@modelcontextprotocol/sdk, examples/mcp_server",
    )],
    rows: &[
        "metadata from the challenge",
        "registration, sign-in with PKCE, tool call",
        "rejected token is renewed",
        "token of another resource refused",
        "token without a resource refused",
        "missing scope refused, then requested",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for a client that registers another client with an
/// initial access token.
static REGISTRATION: Plan = Plan {
    clients: &[("openidclientregistration", "openid-client")],
    rows: &["registration with an initial access token"],
    not_offered: &[],
};

/// The columns and rows of the results table for sign-ins through the OpenID Connect provider
/// oidc-provider.
static FEDERATION: Plan = Plan {
    clients: &[("oidcprovider", "oidc-provider")],
    rows: &[
        "first sign-in with discovery and userinfo",
        "second sign-in of the same user",
        "cancelled sign-in reaches the client",
        "wrong client secret refused",
        "wrong issuer refused",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for sign-ins through a SAML provider that uses
/// samlify.
static SAML: Plan = Plan {
    clients: &[("samlify", "samlify")],
    rows: &[
        "first sign-in with a signed request",
        "second sign-in of the same user",
        "sign-in that the provider begins",
        "changed response refused",
        "wrong issuer refused",
        "wrong audience refused",
        "replayed response refused",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for boto3 with AWS services other than Cognito user
/// pools.
static SERVICES: Plan = Plan {
    clients: &[("boto3services", "boto3")],
    rows: &[
        "parameters by path",
        "versions and labels of a parameter",
        "accounts by access key",
        "versions and deletion of a secret",
        "credentials of an identity",
        "IAM role with policies",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for import jobs that boto3 starts. The files of the
/// jobs contain password hashes that Python libraries have computed. A hash contains no SRP
/// verifier, so SRP is rejected until the user has signed in with the password once.
static IMPORTS: Plan = Plan {
    clients: &[("boto3imports", "boto3")],
    rows: &[
        "BCRYPT: password, only then SRP",
        "SCRYPT: password, only then SRP",
        "ARGON2ID: password, only then SRP",
        "PBKDF2_SHA256: password, only then SRP",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for the AWS CDK. The CDK creates a template, and the
/// emulator creates a user pool from the template. boto3 then reads the settings of the pool and
/// signs in.
static CDK: Plan = Plan {
    clients: &[("boto3cdk", "boto3")],
    rows: &["settings of the stack", "SRP with secret"],
    not_offered: &[],
};

/// The columns and rows of the results table for the recipes that need no browser. Each row is a
/// folder of `docs/recipes`.
static RECIPES: Plan = Plan {
    clients: &[("recipes", "docs/recipes")],
    rows: &[
        "aws-cli",
        "cdk",
        "docker-compose",
        "github-action",
        "pycognito",
        "terraform",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for the recipes with a web page.
static RECIPES_IN_BROWSER: Plan = Plan {
    clients: &[("recipespages", "docs/recipes")],
    rows: &["amplify-vite", "auth-js"],
    not_offered: &[],
};

/// The columns and rows of the results table for a browser that creates and uses passkeys.
static PASSKEYS: Plan = Plan {
    clients: &[("chromium", "Chromium")],
    rows: &[
        "passkey registered",
        "authenticator used for one passkey only",
        "passkey signs in",
        "copied authenticator refused",
        "unverified user refused",
        "deleted passkey refused",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for the AWS CLI.
static AWS_CLI: Plan = Plan {
    clients: &[("awscli", "AWS CLI")],
    rows: &[
        "user pool and app client",
        "user with a password",
        "sign-in and profile",
        "refresh",
        "sign-up",
        "users, groups and pages",
        "wrong password refused",
        "callback URL",
        "deletion",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for a web application with Auth.js.
static AUTH_JS: Plan = Plan {
    clients: &[("authjs", "Auth.js")],
    rows: &[
        "sign-in on the hosted page",
        "session with the user",
        "another state refused",
        "code of another browser refused",
        "sign-out",
    ],
    not_offered: &[],
};

/// The rows of the results tables for Amplify that need no browser.
const AMPLIFY: &[&str] = &[
    "sign-up with automatic sign-in",
    "sign-up with automatic sign-in by session",
    "sign-up without a password",
    "another code for a sign-up",
    "SRP",
    "password without SRP",
    "wrong password refused",
    "new password",
    "forgotten password",
    "set-up of TOTP",
    "TOTP",
    "e-mail code as second factor",
    "e-mail code as first factor",
    "choice of the first factor",
    "changed address verified",
    "refresh",
    "rotation",
    "remembered device",
    "credentials of an identity pool",
    "sign-out",
    "global sign-out",
    "deletion of the account",
];

/// The columns and rows of the results table for Amplify in Node.js.
static AMPLIFY_IN_NODE: Plan = Plan {
    clients: &[("amplify", "Amplify in Node.js")],
    rows: AMPLIFY,
    not_offered: &[],
};

/// The columns and rows of the results table for Amplify in a browser. The web page and the
/// emulator have different origins.
static AMPLIFY_IN_BROWSER: Plan = Plan {
    clients: &[("amplifyweb", "Amplify in Chromium")],
    rows: AMPLIFY,
    not_offered: &[],
};

/// The columns and rows of the results table for the operations of Amplify that need a browser.
static AMPLIFY_PAGES: Plan = Plan {
    clients: &[("amplifypages", "Amplify in Chromium")],
    rows: &[
        "passkey registered",
        "passkey signs in",
        "passkey chosen as first factor",
        "deleted passkey not offered",
        "redirect to the hosted page",
        "redirect sign-out",
        "redirect to a provider",
        "failed redirect reaches the application",
    ],
    not_offered: &[],
};

/// The columns and rows of the results table for an application with oidc-client-ts in a browser.
static OIDC_CLIENT_TS: Plan = Plan {
    clients: &[("oidcclientts", "oidc-client-ts in Chromium")],
    rows: &[
        "discovery",
        "sign-in with PKCE and userInfo",
        "refresh",
        "another state refused",
        "changed code refused",
        "revocation",
        "sign-out",
    ],
    not_offered: &[],
};
