//! The AWS services that the emulator supports ([`Api`]).

/// An AWS service with operations in the emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// Cognito user pools (`cognito-idp`).
    Cognito,
    Iam,
    /// Cognito identity pools (`cognito-identity`).
    IdentityPools,
    Kms,
    SecretsManager,
    Ssm,
    Sts,
}

impl Api {
    const ALL: [Self; 7] = [
        Self::Cognito,
        Self::Iam,
        Self::IdentityPools,
        Self::Kms,
        Self::SecretsManager,
        Self::Ssm,
        Self::Sts,
    ];

    /// Returns the name of the service in the header `X-Amz-Target`: the part before the dot.
    ///
    /// A service with the query protocol does not use this header. For such a service, returns a
    /// short name.
    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Cognito => "AWSCognitoIdentityProviderService",
            Self::Iam => "iam",
            Self::IdentityPools => "AWSCognitoIdentityService",
            Self::Kms => "TrentService",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "AmazonSSM",
            Self::Sts => "sts",
        }
    }

    /// Returns the service with this name in the header `X-Amz-Target`. Returns `None` for an
    /// unknown name.
    pub(crate) fn of_target(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|api| api.target() == name && api.query().is_none())
    }

    /// Returns the service with this value of the parameter `Version` in the query protocol.
    /// Returns `None` for an unknown version.
    pub(crate) fn of_version(version: &str) -> Option<Self> {
        let is_meant = |api: &Self| api.query().is_some_and(|query| query.version == version);
        Self::ALL.into_iter().find(is_meant)
    }

    /// Returns the constants of the query protocol. Returns `None` if the service uses AWS JSON
    /// instead of the query protocol.
    pub(crate) const fn query(self) -> Option<Query> {
        match self {
            Self::Iam => Some(Query {
                version: "2010-05-08",
                namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
            }),
            Self::Sts => Some(Query {
                version: "2011-06-15",
                namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
            }),
            Self::Cognito | Self::IdentityPools | Self::Kms | Self::SecretsManager | Self::Ssm => {
                None
            }
        }
    }

    /// Returns the name of the exception for a request that violates the service model.
    pub(super) const fn invalid(self) -> &'static str {
        match self {
            Self::Cognito => "InvalidParameterException",
            Self::IdentityPools | Self::Kms | Self::SecretsManager | Self::Ssm => {
                "ValidationException"
            }
            Self::Iam | Self::Sts => "ValidationError",
        }
    }
}

/// The version and the XML namespace of an AWS service that uses the query protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query {
    pub(crate) version: &'static str,
    /// The XML namespace of the service's responses.
    pub(crate) namespace: &'static str,
}
