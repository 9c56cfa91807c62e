//! The checks of a verification, in the order in which the verifier runs them.

use crate::error::Reason;

macro_rules! checks {
    ($($(#[$doc:meta])* $check:ident $name:literal $description:literal,)*) => {
        /// A check of the verifier. The order of the variants is the order in which
        /// [`CognitoVerifier`](crate::CognitoVerifier) runs the checks. Use it to explain a
        /// rejection: a token that fails one check has passed all checks before it.
        ///
        /// [`VerifyError::check`](crate::VerifyError::check) returns the check that failed. A
        /// token in the [token cache](crate::CognitoVerifierBuilder::token_cache) has already
        /// passed all checks. When it is verified again, only the checks whose result can change
        /// run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Check { $($(#[$doc])* $check,)* }

        impl Check {
            /// All checks, in the order in which the verifier runs them.
            pub const ALL: &'static [Self] = &[$(Self::$check),*];

            /// Returns the name of the check, such as `not-before`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$check => $name,)* }
            }

            /// Returns the condition that a token must meet to pass the check, in one clause.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$check => $description,)* }
            }
        }
    };
}

checks! {
    /// The length of the token.
    Length "length" "the token has an acceptable length",
    /// The three parts of the token.
    Format "format" "the token has three parts, separated by dots",
    /// The header: base64url of a JSON object in which no name occurs twice.
    Header "header" "the header is base64url of a JSON object",
    /// The algorithm in the header (`alg`).
    Algorithm "algorithm" "the algorithm is RS256",
    /// The extensions that the header requires (`crit`, `b64`).
    Extensions "extensions" "the header requires no extension",
    /// The type of the token in the header (`typ`, `cty`, `zip`).
    Type "type" "the header names a JWT that is neither nested nor compressed",
    /// The key id in the header (`kid`).
    KeyId "key-id" "the header has a key id",
    /// The payload: base64url of a JSON object in which no name occurs twice.
    Payload "payload" "the payload is base64url of a JSON object",
    /// The issuer (`iss`), which selects the keys. For a token of an Application Load Balancer,
    /// this check also covers the load balancer (`signer`).
    Issuer "issuer" "the issuer is accepted",
    /// The key with the key id of the token.
    Key "key" "the issuer has a key with this id",
    /// The signature.
    Signature "signature" "the signature is valid for the key",
    /// The kind of token (`token_use`).
    TokenUse "token-use" "the token is of the expected kind, access or ID",
    /// The app client: `client_id` of an access token, `aud` of an ID token.
    Client "client" "the token was issued to an accepted app client",
    /// The expiry (`exp`).
    Expiry "expiry" "the token has not expired",
    /// The time of issue (`iat`).
    IssuedAt "issued-at" "the token has a time of issue",
    /// The lifetime, which is the time from `iat` to `exp`.
    Lifetime "lifetime" "the lifetime is at most 24 hours, the maximum of Cognito",
    /// The start of the validity (`nbf`).
    NotBefore "not-before" "the validity has started",
    /// The format of the time of the sign-in (`auth_time`).
    AuthTime "auth-time" "the time of the sign-in is a time or is missing",
    /// The subject (`sub`).
    Subject "subject" "the token has a subject",
    /// The types of the other claims that the verifier reads.
    OtherClaims "other-claims" "the other claims have the expected types",
    /// The resource that an access token is bound to (`aud`). Checked if an audience is configured.
    Audience "audience" "the token is bound to an expected resource",
    /// The age of the sign-in (`auth_time`). Checked if a maximum age is configured.
    SignInAge "sign-in-age" "the sign-in is recent enough",
    /// The level and the methods of the sign-in (`acr`, `amr`). Checked if a level or methods are
    /// required.
    SignInStrength "sign-in-strength" "the sign-in is strong enough",
    /// The actor (`act`). Checked if the accepted actors are configured.
    Actor "actor" "the actor is accepted",
    /// The groups of the user. Checked if groups are required.
    Groups "groups" "the user is in the required groups",
    /// The scopes of an access token. Checked if scopes are required.
    Scopes "scopes" "the token has the required scopes",
    /// The custom checks of the application.
    Custom "custom" "the custom checks accept the token",
    /// The revocation list. Checked if a list is configured.
    Revocation "revocation" "the token is not on the revocation list",
    /// The nonce of an ID token. Checked by [`IdChecks`](crate::IdChecks).
    Nonce "nonce" "the token belongs to this sign-in",
    /// The access token that was issued together with an ID token (`at_hash`). Checked by
    /// [`IdChecks`](crate::IdChecks).
    AccessTokenHash "access-token-hash" "the token was issued with this access token",
}

impl Check {
    /// Returns the first check that can fail with this reason. `claim` is the name of the invalid
    /// claim, or `None`. Several checks can fail with the same reason. If another of them has
    /// failed, the caller sets that check in the error with `VerifyError::at`.
    pub(crate) fn first_with(reason: Reason, claim: Option<&str>) -> Self {
        match reason {
            Reason::TooLarge => Self::Length,
            Reason::BearerPrefix | Reason::Malformed => Self::Format,
            Reason::DuplicateKey => Self::Header,
            Reason::UnsupportedAlgorithm => Self::Algorithm,
            Reason::CriticalHeader => Self::Extensions,
            Reason::WrongType => Self::Type,
            Reason::MissingKid => Self::KeyId,
            Reason::InvalidIssuer | Reason::WrongSigner => Self::Issuer,
            Reason::KeysUnavailable | Reason::UnknownKid => Self::Key,
            Reason::InvalidSignature => Self::Signature,
            Reason::WrongTokenUse => Self::TokenUse,
            Reason::InvalidClient => Self::Client,
            Reason::Expired => Self::Expiry,
            Reason::NotYetValid => Self::NotBefore,
            Reason::InvalidClaim => Self::of_claim(claim),
            Reason::WrongAudience => Self::Audience,
            Reason::TooOld => Self::SignInAge,
            Reason::TooWeak => Self::SignInStrength,
            Reason::Delegated => Self::Actor,
            Reason::MissingGroup => Self::Groups,
            Reason::MissingScope => Self::Scopes,
            Reason::CustomCheck => Self::Custom,
            Reason::Revoked | Reason::RevocationsUnavailable => Self::Revocation,
            Reason::WrongNonce => Self::Nonce,
            Reason::WrongAccessToken => Self::AccessTokenHash,
        }
    }

    /// Returns the check that rejects an invalid value of this claim. `None` stands for a number
    /// that is out of range. The parser of the payload rejects such a number, and does not report
    /// the name of its claim.
    fn of_claim(claim: Option<&str>) -> Self {
        match claim {
            None => Self::Payload,
            Some("exp") => Self::Expiry,
            Some("iat") => Self::IssuedAt,
            Some("nbf") => Self::NotBefore,
            Some("auth_time") => Self::AuthTime,
            Some("sub") => Self::Subject,
            Some(_) => Self::OtherClaims,
        }
    }
}
