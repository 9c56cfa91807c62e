//! The permitted dependencies of each crate, and the packages that no crate may use.

/// The permitted and forbidden dependencies of one crate of this workspace.
pub(super) struct Rule {
    pub(super) name: &'static str,
    /// The crates of this workspace on which the crate may depend outside of tests.
    pub(super) siblings: &'static [&'static str],
    /// The packages that the manifest of the crate must not name, except as dev-dependencies. A
    /// name that ends in `*` matches all names that begin with the part before it.
    pub(super) not_directly: &'static [&'static str],
    /// The packages that the crate must not use through normal dependencies, directly or through
    /// other packages. A name that ends in `*` matches all names that begin with the part before
    /// it.
    pub(super) never: &'static [&'static str],
}

/// A package that must not be in the dependency graph.
pub(super) struct Ban {
    pub(super) name: &'static str,
    /// The beginnings of the forbidden versions, such as `1.`. If the list is empty, all versions
    /// are forbidden.
    pub(super) versions: &'static [&'static str],
    pub(super) reason: &'static str,
}

impl Ban {
    /// Returns `true` if this version of the package is forbidden.
    pub(super) fn matches(&self, version: &str) -> bool {
        self.versions.is_empty() || self.versions.iter().any(|start| version.starts_with(start))
    }
}

const CORE: &[&str] = &["cognito-core"];
const NOTHING: &[&str] = &[];
/// The packages of the AWS SDK. A crate that does not call AWS must not use them.
const AWS: &[&str] = &[
    "aws-sdk-*",
    "aws-config",
    "aws-smithy-*",
    "aws-runtime",
    "aws-types",
];
/// The packages that are forbidden for crates without I/O.
const IO_AND_AWS: &[&str] = &[
    "aws-*",
    "h2",
    "http",
    "http-body*",
    "hyper",
    "hyper-*",
    "jsonwebtoken",
    "reqwest",
    "rustls",
    "tokio",
    "tokio-*",
];
/// The packages for cryptography, wire protocols and storage. The crate `cognito` must not use them
/// directly.
const PROTOCOL: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "aws-sdk-*",
    "crypto-bigint",
    "hkdf",
    "hmac",
    "hyper",
    "hyper-*",
    "jsonwebtoken",
    "num-bigint*",
    "redis",
    "rustls",
    "sha1",
    "sha2",
];

/// The packages in [`PROTOCOL`], except `hyper` and `hyper-*`. This list is for crates that may use
/// hyper, but not the other packages.
const CRYPTO_AND_STORAGE: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "aws-sdk-*",
    "crypto-bigint",
    "hkdf",
    "hmac",
    "jsonwebtoken",
    "num-bigint*",
    "redis",
    "rustls",
    "sha1",
    "sha2",
];

/// The permitted and forbidden dependencies of each crate of the workspace.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "cognito",
        siblings: &[
            "cognito-aws",
            "cognito-cache",
            "cognito-config",
            "cognito-core",
            "cognito-identity-pool",
            "cognito-jwt",
            "cognito-metrics",
            "cognito-redis",
        ],
        not_directly: PROTOCOL,
        never: &["axum*", "tower-http"],
    },
    spoke(
        "cognito-aws",
        &["cognito-core", "cognito-srp6a"],
        &["jsonwebtoken"],
    ),
    Rule {
        name: "cognito-axum",
        // The facade is behind the feature `routes`, hyper behind `server`.
        siblings: &["cognito", "cognito-core", "cognito-tower"],
        not_directly: CRYPTO_AND_STORAGE,
        never: NOTHING,
    },
    spoke(
        "cognito-cache",
        CORE,
        &["aws-sdk-*", "aws-config", "hyper", "redis", "tokio"],
    ),
    // The command for operators.
    spoke("cognito-cli", &["cognito", "cognito-emulator"], NOTHING),
    spoke(
        "cognito-config",
        CORE,
        &["aws-sdk-cognitoidentityprovider", "jsonwebtoken"],
    ),
    spoke("cognito-core", NOTHING, IO_AND_AWS),
    spoke("cognito-emulator", &["cognito-core", "cognito-srp6a"], AWS),
    // Programs that show how to use the other crates. No crate depends on them.
    spoke(
        "cognito-examples",
        &["cognito", "cognito-emulator", "cognito-jwt"],
        NOTHING,
    ),
    // Without the default features, `cognito-jwt` does no I/O: it only reads the user of a token.
    spoke(
        "cognito-identity-pool",
        &["cognito-cache", "cognito-core", "cognito-jwt"],
        &["aws-sdk-cognitoidentityprovider", "jsonwebtoken"],
    ),
    spoke("cognito-jwt", CORE, AWS),
    spoke(
        "cognito-metrics",
        CORE,
        &["aws-*", "hyper", "jsonwebtoken", "tokio"],
    ),
    spoke("cognito-redis", CORE, AWS),
    spoke("cognito-srp6a", NOTHING, AWS),
    // All of these except `cognito-core` are optional dependencies of the features `aws-sdk` and
    // `fake-pool`. The tests of the lower crates use the testkit without these features.
    spoke(
        "cognito-testkit",
        &[
            "cognito",
            "cognito-aws",
            "cognito-core",
            "cognito-emulator",
            "cognito-jwt",
        ],
        NOTHING,
    ),
    spoke("cognito-tower", CORE, AWS),
    spoke("xtask", NOTHING, AWS),
];

/// The packages that no crate may use, not even in tests or build scripts.
pub(super) const BANNED: &[Ban] = &[
    everywhere("native-tls", "the TLS of the system, a second stack"),
    everywhere("openssl", "a second crypto library"),
    everywhere("openssl-sys", "a second crypto library"),
    everywhere("ring", "a second crypto provider; aws-lc-rs is the one"),
    everywhere("rsa", "RUSTSEC-2023-0071 has no patch"),
    Ban {
        name: "hyper",
        versions: &["0."],
        reason: "the legacy HTTP stack",
    },
    Ban {
        name: "rustls",
        versions: &["0.19.", "0.20.", "0.21."],
        reason: "the legacy TLS stack, with open advisories",
    },
];

/// The packages that may be in the dependency graph in only one version. With two versions, users
/// would compile the same large package twice.
pub(super) const ONE_VERSION: &[&str] = &["aws-config", "aws-lc-rs", "aws-lc-sys", "aws-sdk-*"];

/// The packages that must be used without their default features.
pub(super) const NO_DEFAULT_FEATURES: &[&str] = &["aws-config", "aws-sdk-*"];

const fn spoke(
    name: &'static str,
    siblings: &'static [&'static str],
    never: &'static [&'static str],
) -> Rule {
    Rule {
        name,
        siblings,
        not_directly: NOTHING,
        never,
    }
}

const fn everywhere(name: &'static str, reason: &'static str) -> Ban {
    Ban {
        name,
        versions: NOTHING,
        reason,
    }
}
