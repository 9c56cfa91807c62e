//! The resource types of Cognito in CloudFormation: their properties, and where these differ from
//! the members of requests.
//!
//! The types, properties and attributes are those of AWS's resource provider schemas. In general, a
//! property becomes the member with the same name in the request that creates the resource. For
//! other properties, [`Rule`] describes what they become.

use crate::model::aws::Api;

/// A resource type of Cognito.
#[derive(Debug)]
pub(super) struct ResourceType {
    pub(super) name: &'static str,
    pub(super) api: Api,
    /// The operation that creates a resource of this type. `None` if the emulator has no such
    /// operation.
    pub(super) operation: Option<&'static str>,
    /// The resource properties that become members of the request and keep their names.
    properties: &'static [&'static str],
    /// The resource properties that are not in `properties`, each with its rule.
    differences: &'static [(&'static str, Rule)],
    /// The property that contains the name of the resource, such as `UserPoolName`. If a template
    /// omits this property, CloudFormation generates a name. Empty if CloudFormation generates no
    /// names for this type.
    pub(super) generated_name: &'static str,
    /// The attributes of a resource of this type that `Fn::GetAtt` can return.
    pub(super) attributes: &'static [&'static str],
}

/// A rule that converts a property of a template resource to a part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The property becomes the member of the request with this name.
    Member(&'static str),
    /// The property is a list of objects with `Key` and `Value`. It becomes the member of the
    /// request with this name, a map.
    Tags(&'static str),
    /// The property becomes the member `ClientId` of the request. The value `ALL` is omitted.
    ClientOrAll,
    /// The property becomes a member of a second request, `SetUserPoolMfaConfig`. The values are
    /// the name of a structure in that request, and the name of the member in the structure.
    Mfa(&'static str, &'static str),
    /// The property becomes the list of second factors in a second request, `SetUserPoolMfaConfig`.
    EnabledMfas,
    /// The property is ignored. In AWS, it does not change the resource either. It only selects
    /// what AWS returns when CloudFormation reads the resource.
    NoEffect,
    /// The property is an attribute that Cognito sets. A value in the template has no effect.
    ReadOnly,
    /// The emulator does not have this setting. A value in the template has no effect.
    Missing,
}

impl ResourceType {
    /// Returns the resource type with this name, such as `AWS::Cognito::UserPool`. Returns `None`
    /// for an unknown name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|known| known.name == name)
    }

    /// Returns the rule for a property of this resource type. Returns `None` if the type has no
    /// such property.
    pub(super) fn rule(&self, property: &str) -> Option<Rule> {
        let mut differences = self.differences.iter();
        if let Some((_, rule)) = differences.find(|(name, _)| *name == property) {
            return Some(*rule);
        }
        let mut same = self.properties.iter();
        if let Some(name) = same.find(|name| **name == property) {
            return Some(Rule::Member(name));
        }
        self.attributes
            .contains(&property)
            .then_some(Rule::ReadOnly)
    }

    /// Returns the names of all properties that a template can set for resources of this type.
    pub(super) fn properties(&self) -> impl Iterator<Item = &'static str> {
        let others = self.differences.iter().map(|(name, _)| *name);
        self.properties.iter().copied().chain(others)
    }

    /// Returns `true` if a reset of the emulator removes the resources of this type and creates
    /// them again.
    pub(super) fn is_reset(&self) -> bool {
        let operations = ["CreateGroup", "AdminCreateUser", "AdminAddUserToGroup"];
        self.operation
            .is_some_and(|name| operations.contains(&name))
    }
}

/// The default values of the fields of a resource type.
const BLANK: ResourceType = ResourceType {
    name: "",
    api: Api::Cognito,
    operation: None,
    properties: &[],
    differences: &[],
    generated_name: "",
    attributes: &[],
};

/// All resource types of Cognito, sorted by name.
pub(super) const TYPES: [ResourceType; 16] = [
    ResourceType {
        name: "AWS::Cognito::IdentityPool",
        api: Api::IdentityPools,
        operation: Some("CreateIdentityPool"),
        properties: &[
            "AllowClassicFlow",
            "AllowUnauthenticatedIdentities",
            "CognitoIdentityProviders",
            "DeveloperProviderName",
            "IdentityPoolName",
            "OpenIdConnectProviderARNs",
            "SamlProviderARNs",
            "SupportedLoginProviders",
        ],
        differences: &[
            ("CognitoEvents", Rule::Missing),
            ("CognitoStreams", Rule::Missing),
            ("IdentityPoolTags", Rule::Tags("IdentityPoolTags")),
            ("PushSync", Rule::Missing),
        ],
        generated_name: "IdentityPoolName",
        attributes: &["Id", "Name"],
    },
    ResourceType {
        name: "AWS::Cognito::IdentityPoolPrincipalTag",
        api: Api::IdentityPools,
        properties: &[
            "IdentityPoolId",
            "IdentityProviderName",
            "PrincipalTags",
            "UseDefaults",
        ],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::IdentityPoolRoleAttachment",
        api: Api::IdentityPools,
        operation: Some("SetIdentityPoolRoles"),
        properties: &["IdentityPoolId", "RoleMappings", "Roles"],
        attributes: &["Id"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::LogDeliveryConfiguration",
        operation: Some("SetLogDeliveryConfiguration"),
        properties: &["LogConfigurations", "UserPoolId"],
        attributes: &["Id"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::ManagedLoginBranding",
        operation: Some("CreateManagedLoginBranding"),
        properties: &[
            "Assets",
            "ClientId",
            "Settings",
            "UseCognitoProvidedValues",
            "UserPoolId",
        ],
        differences: &[("ReturnMergedResources", Rule::NoEffect)],
        attributes: &["ManagedLoginBrandingId"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::Terms",
        operation: Some("CreateTerms"),
        properties: &[
            "ClientId",
            "Enforcement",
            "Links",
            "TermsName",
            "TermsSource",
            "UserPoolId",
        ],
        attributes: &["TermsId"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPool",
        operation: Some("CreateUserPool"),
        properties: &[
            "AccountRecoverySetting",
            "AdminCreateUserConfig",
            "AliasAttributes",
            "AutoVerifiedAttributes",
            "DeletionProtection",
            "DeviceConfiguration",
            "EmailConfiguration",
            "EmailVerificationMessage",
            "EmailVerificationSubject",
            "IssuerConfiguration",
            "KeyConfiguration",
            "LambdaConfig",
            "MfaConfiguration",
            "Policies",
            "Schema",
            "SmsAuthenticationMessage",
            "SmsConfiguration",
            "SmsVerificationMessage",
            "UserAttributeUpdateSettings",
            "UserPoolAddOns",
            "UserPoolTags",
            "UserPoolTier",
            "UsernameAttributes",
            "UsernameConfiguration",
            "VerificationMessageTemplate",
        ],
        differences: &[
            (
                "EmailAuthenticationMessage",
                Rule::Mfa("EmailMfaConfiguration", "Message"),
            ),
            (
                "EmailAuthenticationSubject",
                Rule::Mfa("EmailMfaConfiguration", "Subject"),
            ),
            ("EnabledMfas", Rule::EnabledMfas),
            ("UserPoolName", Rule::Member("PoolName")),
            (
                "WebAuthnFactorConfiguration",
                Rule::Mfa("WebAuthnConfiguration", "FactorConfiguration"),
            ),
            (
                "WebAuthnRelyingPartyID",
                Rule::Mfa("WebAuthnConfiguration", "RelyingPartyId"),
            ),
            (
                "WebAuthnUserVerification",
                Rule::Mfa("WebAuthnConfiguration", "UserVerification"),
            ),
        ],
        generated_name: "UserPoolName",
        attributes: &["Arn", "ProviderName", "ProviderURL", "UserPoolId"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolClient",
        operation: Some("CreateUserPoolClient"),
        properties: &[
            "AccessTokenValidity",
            "AllowedOAuthFlows",
            "AllowedOAuthFlowsUserPoolClient",
            "AllowedOAuthScopes",
            "AnalyticsConfiguration",
            "AuthSessionValidity",
            "CallbackURLs",
            "ClientName",
            "DefaultRedirectURI",
            "EnablePropagateAdditionalUserContextData",
            "EnableTokenRevocation",
            "ExplicitAuthFlows",
            "GenerateSecret",
            "IdTokenValidity",
            "LogoutURLs",
            "PreventUserExistenceErrors",
            "ReadAttributes",
            "RefreshTokenRotation",
            "RefreshTokenValidity",
            "SupportedIdentityProviders",
            "TokenValidityUnits",
            "UserPoolId",
            "WriteAttributes",
        ],
        generated_name: "ClientName",
        attributes: &["ClientId", "ClientSecret", "Name"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolDomain",
        operation: Some("CreateUserPoolDomain"),
        properties: &[
            "CustomDomainConfig",
            "Domain",
            "ManagedLoginVersion",
            "Routing",
            "UserPoolId",
        ],
        attributes: &["CloudFrontDistribution"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolGroup",
        operation: Some("CreateGroup"),
        properties: &[
            "Description",
            "GroupName",
            "Precedence",
            "RoleArn",
            "UserPoolId",
        ],
        generated_name: "GroupName",
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolIdentityProvider",
        operation: Some("CreateIdentityProvider"),
        properties: &[
            "AttributeMapping",
            "IdpIdentifiers",
            "ProviderDetails",
            "ProviderName",
            "ProviderType",
            "UserPoolId",
        ],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolResourceServer",
        operation: Some("CreateResourceServer"),
        properties: &["Identifier", "Name", "Scopes", "UserPoolId"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolRiskConfigurationAttachment",
        operation: Some("SetRiskConfiguration"),
        properties: &[
            "AccountTakeoverRiskConfiguration",
            "CompromisedCredentialsRiskConfiguration",
            "RiskExceptionConfiguration",
            "UserPoolId",
        ],
        differences: &[("ClientId", Rule::ClientOrAll)],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolUICustomizationAttachment",
        operation: Some("SetUICustomization"),
        properties: &["CSS", "ClientId", "UserPoolId"],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolUser",
        operation: Some("AdminCreateUser"),
        properties: &[
            "ClientMetadata",
            "DesiredDeliveryMediums",
            "ForceAliasCreation",
            "MessageAction",
            "UserAttributes",
            "UserPoolId",
            "Username",
            "ValidationData",
        ],
        ..BLANK
    },
    ResourceType {
        name: "AWS::Cognito::UserPoolUserToGroupAttachment",
        operation: Some("AdminAddUserToGroup"),
        properties: &["GroupName", "UserPoolId", "Username"],
        ..BLANK
    },
];
