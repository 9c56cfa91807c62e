//! The SAML requests of a pool, for the HTTP-Redirect binding (SAML Bindings, section 3.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use serde::{Deserialize, Serialize};

use super::signature::RSA_SHA256;
use super::xml::{self, ASSERTION, PROTOCOL, attribute, content};

const LEVEL: u8 = 6;
/// The maximum size of a SAML request after decompression, in bytes.
const LONGEST: usize = 16 * 1024;

/// Returns the entity id of a pool as a service provider.
pub(crate) fn entity_id(pool: &str) -> String {
    format!("urn:amazon:cognito:sp:{pool}")
}

/// The values that all requests to a SAML provider contain.
pub(crate) struct Head<'a> {
    pub(crate) id: &'a str,
    /// The entity id of the pool.
    pub(crate) issuer: &'a str,
    /// The time at which the request is created, in the format of `xs:dateTime`.
    pub(crate) now: &'a str,
    /// The URL of the provider to which the browser is redirected.
    pub(crate) destination: &'a str,
}

impl Head<'_> {
    /// Returns an `AuthnRequest`. `consumer` is the URL of the pool for the response.
    pub(crate) fn authentication(&self, consumer: &str) -> String {
        let consumer = attribute(consumer);
        let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
        let attributes =
            format!(" AssertionConsumerServiceURL=\"{consumer}\" ProtocolBinding=\"{binding}\"");
        self.request("AuthnRequest", &attributes, "")
    }

    /// Returns a `LogoutRequest` for the session of a user.
    pub(crate) fn logout(&self, session: &Session) -> String {
        let mut subject = String::from("<saml2:NameID");
        if let Some(format) = &session.format {
            subject.push_str(&format!(" Format=\"{}\"", attribute(format)));
        }
        subject.push_str(&format!(">{}</saml2:NameID>", content(&session.name_id)));
        if let Some(index) = &session.index {
            let index = content(index);
            subject.push_str(&format!(
                "<saml2p:SessionIndex>{index}</saml2p:SessionIndex>"
            ));
        }
        self.request("LogoutRequest", "", &subject)
    }

    fn request(&self, name: &str, attributes: &str, rest: &str) -> String {
        let [id, issuer, now, destination] =
            [self.id, self.issuer, self.now, self.destination].map(attribute);
        format!(
            "<saml2p:{name} xmlns:saml2p=\"{PROTOCOL}\" xmlns:saml2=\"{ASSERTION}\" \
             Destination=\"{destination}\" ID=\"{id}\" IssueInstant=\"{now}\" \
             Version=\"2.0\"{attributes}><saml2:Issuer>{issuer}</saml2:Issuer>{rest}\
             </saml2p:{name}>"
        )
    }
}

/// The session of a user at a SAML provider.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) name_id: String,
    /// The format of the `NameID`.
    pub(crate) format: Option<String>,
    /// The `SessionIndex` of the first `AuthnStatement`.
    pub(crate) index: Option<String>,
}

/// Returns the URL query that contains the SAML request `request` (HTTP-Redirect binding). `sign`
/// signs with RSA and SHA-256. Without `sign`, the request is not signed. Returns `None` if `sign`
/// returns `None`.
pub(crate) fn query(
    request: &str,
    relay_state: &str,
    sign: Option<impl FnOnce(&[u8]) -> Option<Vec<u8>>>,
) -> Option<String> {
    let encoded = STANDARD.encode(compress_to_vec(request.as_bytes(), LEVEL));
    let pair = |name: &str, value: &str| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair(name, value).finish()
    };
    let mut query = pair("SAMLRequest", &encoded);
    query.push('&');
    query.push_str(&pair("RelayState", relay_state));
    if let Some(sign) = sign {
        query.push('&');
        query.push_str(&pair("SigAlg", RSA_SHA256));
        let signature = STANDARD.encode(sign(query.as_bytes())?);
        query.push('&');
        query.push_str(&pair("Signature", &signature));
    }
    Some(query)
}

/// A request of a service provider, as a SAML provider receives it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) id: String,
    /// The entity id of the service provider.
    pub(crate) issuer: String,
    /// The URL to which the SAML response is sent (`AssertionConsumerServiceURL`). `None` if the
    /// request does not contain it. A `LogoutRequest` never contains it.
    pub(crate) consumer: Option<String>,
}

impl Received {
    /// Reads the parameter `SAMLRequest`. Returns `None` if the parameter is malformed.
    pub(crate) fn read(encoded: &str) -> Option<Self> {
        let compressed = STANDARD.decode(encoded).ok()?;
        let text = decompress_to_vec_with_limit(&compressed, LONGEST).ok()?;
        let text = String::from_utf8(text).ok()?;
        let document = xml::parse(&text)?;
        let request = document.root_element();
        if request.tag_name().namespace() != Some(PROTOCOL) {
            return None;
        }
        let consumer = request.attribute("AssertionConsumerServiceURL");
        Some(Self {
            id: request.attribute("ID")?.to_owned(),
            issuer: xml::text(xml::only(request, ASSERTION, "Issuer")?),
            consumer: consumer.map(ToOwned::to_owned),
        })
    }
}
