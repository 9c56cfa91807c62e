//! The messages of the emulator's SAML provider for tests: responses, their signatures, and
//! metadata.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::c14n::canonical;
use super::signature::{DIGEST_SHA256, ENVELOPED, EXCLUSIVE, RSA_SHA256};
use super::xml::{self, ASSERTION, METADATA, PROTOCOL, SIGNATURE, attribute, content};

/// The content of a SAML response that the provider for tests sends to a service provider.
pub(crate) struct Issue<'a> {
    /// The entity id of the provider.
    pub(crate) issuer: &'a str,
    /// The id of the SAML request. `None` if the provider begins the sign-in.
    pub(crate) request: Option<&'a str>,
    /// The URL of the service provider that receives the response.
    pub(crate) recipient: &'a str,
    /// The entity id of the service provider.
    pub(crate) audience: &'a str,
    /// A random string that makes the ids of the response unique. It must not contain characters
    /// that XML escapes.
    pub(crate) word: &'a str,
    /// The time at which the SAML response is issued, in the format of `xs:dateTime`.
    pub(crate) now: &'a str,
    /// The time at which the SAML response expires, in the format of `xs:dateTime`.
    pub(crate) expires: &'a str,
    pub(crate) name_id: &'a str,
    /// The attributes of the user: their names and values.
    pub(crate) attributes: &'a [(&'a str, &'a str)],
}

impl Issue<'_> {
    /// Returns the SAML response as XML. It contains an assertion, which `sign` signs with RSA and
    /// SHA-256. Returns `None` if `sign` returns `None`.
    pub(crate) fn response(&self, sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
        let assertion = signed(&self.assertion(), sign)?;
        let word = self.word;
        let [issuer, to, now] = [content(self.issuer), self.recipient(), attribute(self.now)];
        let request = self.request();
        Some(format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" Destination=\"{to}\" ID=\"_r{word}\"{request} \
             IssueInstant=\"{now}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"{ASSERTION}\">{issuer}\
             </saml:Issuer><samlp:Status><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>\
             {assertion}</samlp:Response>"
        ))
    }

    fn assertion(&self) -> String {
        let word = self.word;
        let [issuer, audience, name_id] = [self.issuer, self.audience, self.name_id].map(content);
        let (to, request) = (self.recipient(), self.request());
        let [now, expires] = [self.now, self.expires].map(attribute);
        let attributes: String = self
            .attributes
            .iter()
            .map(|(name, value)| {
                let (name, value) = (attribute(name), content(value));
                format!(
                    "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}\
                     </saml:AttributeValue></saml:Attribute>"
                )
            })
            .collect();
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"_a{word}\" IssueInstant=\"{now}\" \
             Version=\"2.0\"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID>{name_id}\
             </saml:NameID><saml:SubjectConfirmation \
             Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData{request} \
             NotOnOrAfter=\"{expires}\" Recipient=\"{to}\"></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"{now}\" \
             NotOnOrAfter=\"{expires}\"><saml:AudienceRestriction><saml:Audience>{audience}\
             </saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement \
             AuthnInstant=\"{now}\" SessionIndex=\"_s{word}\"><saml:AuthnContext>\
             <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified\
             </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        )
    }

    fn recipient(&self) -> String {
        attribute(self.recipient)
    }

    fn request(&self) -> String {
        let request = self.request.map(attribute);
        request.map_or_else(String::new, |id| format!(" InResponseTo=\"{id}\""))
    }
}

/// Adds a signature after the first child of an element. Returns `None` if the element is not XML,
/// has no `ID`, or if `sign` returns `None`.
pub(crate) fn signed(element: &str, sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Option<String> {
    let document = xml::parse(element)?;
    let root = document.root_element();
    let id = attribute(root.attribute("ID")?);
    let hash = digest(&SHA256, canonical(root, None, &[]).as_bytes());
    let hash = STANDARD.encode(hash);
    let info = format!(
        "<ds:SignedInfo xmlns:ds=\"{SIGNATURE}\"><ds:CanonicalizationMethod \
         Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod><ds:SignatureMethod \
         Algorithm=\"{RSA_SHA256}\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\">\
         <ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform><ds:Transform \
         Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms><ds:DigestMethod \
         Algorithm=\"{DIGEST_SHA256}\"></ds:DigestMethod><ds:DigestValue>{hash}</ds:DigestValue>\
         </ds:Reference></ds:SignedInfo>"
    );
    let value = STANDARD.encode(sign(info.as_bytes())?);
    let signature = format!(
        "<ds:Signature xmlns:ds=\"{SIGNATURE}\">{info}<ds:SignatureValue>{value}\
         </ds:SignatureValue></ds:Signature>"
    );
    let place = root.first_element_child()?.range().end;
    let (before, after) = element.split_at_checked(place)?;
    Some(format!("{before}{signature}{after}"))
}

/// Returns the metadata of a SAML provider. `certificate` is DER in base64. `url` is the URL for
/// authentication requests, and `logout` the URL for logout requests.
pub(crate) fn metadata(issuer: &str, certificate: &str, url: &str, logout: &str) -> String {
    let [issuer, url, logout] = [issuer, url, logout].map(attribute);
    let service = |name: &str, url: &str| {
        format!(
            "<md:{name} Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
             Location=\"{url}\"></md:{name}>"
        )
    };
    let (logout, sign_on) = (
        service("SingleLogoutService", &logout),
        service("SingleSignOnService", &url),
    );
    format!(
        "<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{issuer}\"><md:IDPSSODescriptor \
         protocolSupportEnumeration=\"{PROTOCOL}\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo \
         xmlns:ds=\"{SIGNATURE}\"><ds:X509Data><ds:X509Certificate>{certificate}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{logout}{sign_on}\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}
