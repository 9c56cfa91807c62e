//! The metadata of a SAML provider ([`Metadata`]).

use http::Uri;
use roxmltree::Node;

use super::certificate::PublicKey;
use super::xml::{self, METADATA, PROTOCOL, SIGNATURE, children};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// The maximum length of a certificate in base64 (AWS developer guide, "Things to know about SAML
/// IdPs").
const LONGEST_CERTIFICATE: usize = 4096;

/// The metadata of a SAML provider (SAML Metadata, section 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The entity id of the provider.
    pub(crate) issuer: String,
    /// The URL for authentication requests with the HTTP-Redirect binding.
    pub(crate) sign_on: String,
    /// The URL for logout requests with the HTTP-Redirect binding. `None` if the provider has no
    /// such URL.
    pub(crate) logout: Option<String>,
    /// The public keys for the provider's signatures. A signature must be valid for at least one of
    /// them.
    pub(crate) keys: Vec<PublicKey>,
}

impl Metadata {
    /// Parses a SAML metadata document that describes one identity provider. Returns a reason as
    /// `Err` if the emulator cannot use the document.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        // The message is known from ory/mocksaml#103.
        let document = xml::parse(text).ok_or("Unable to unmarshall metadata")?;
        let entities = document.descendants();
        let entities = entities.filter(|node| node.has_tag_name((METADATA, "EntityDescriptor")));
        let mut found = entities.flat_map(|entity| {
            let roles = children(entity, METADATA, "IDPSSODescriptor");
            roles.map(move |role| (entity, role))
        });
        let (entity, role) = found.next().ok_or("Metadata has no identity provider")?;
        if found.next().is_some() {
            return Err("Metadata has more than one identity provider");
        }
        let protocols = role.attribute("protocolSupportEnumeration");
        let mut protocols = protocols.unwrap_or_default().split_ascii_whitespace();
        if !protocols.any(|protocol| protocol == PROTOCOL) {
            return Err("The identity provider does not support SAML 2.0");
        }
        let issuer = entity.attribute("entityID").filter(|id| !id.is_empty());
        let sign_on = location(role, "SingleSignOnService");
        Ok(Self {
            issuer: issuer.ok_or("Metadata has no entityID")?.to_owned(),
            sign_on: sign_on.ok_or("Metadata has no SingleSignOnService with HTTP-Redirect")?,
            logout: location(role, "SingleLogoutService"),
            keys: keys(role)?,
        })
    }

    /// Returns `true` if all certificates of the provider have expired. `now` is in seconds since
    /// 1970.
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.keys.iter().all(|key| key.expires < now)
    }
}

/// Returns the URL at which a provider offers `service` with the HTTP-Redirect binding. `role` is
/// the provider's element in the metadata. Returns `None` if there is no valid URL.
fn location(role: Node<'_, '_>, service: &'static str) -> Option<String> {
    let mut services = children(role, METADATA, service);
    let found = services.find(|service| service.attribute("Binding") == Some(REDIRECT))?;
    let url = found.attribute("Location")?;
    let parsed = url.parse::<Uri>().ok()?;
    matches!(parsed.scheme_str(), Some("http" | "https")).then(|| url.to_owned())
}

/// Returns the signing keys of a provider. Ignores keys that are only for encryption.
fn keys(role: Node<'_, '_>) -> Result<Vec<PublicKey>, &'static str> {
    let signs = |key: &Node<'_, '_>| key.attribute("use").is_none_or(|usage| usage == "signing");
    let described = children(role, METADATA, "KeyDescriptor").filter(signs);
    let certificates = described.flat_map(|key| {
        let all = key.descendants();
        all.filter(|node| node.has_tag_name((SIGNATURE, "X509Certificate")))
    });
    let mut keys = Vec::new();
    for certificate in certificates {
        let text = xml::text(certificate);
        if text.len() > LONGEST_CERTIFICATE {
            return Err("A certificate in the metadata is longer than 4096 characters");
        }
        let key = PublicKey::of_certificate(&text);
        keys.push(key.ok_or("A certificate in the metadata is invalid or has no RSA key")?);
    }
    if keys.is_empty() {
        return Err("Metadata has no signing certificate");
    }
    Ok(keys)
}
