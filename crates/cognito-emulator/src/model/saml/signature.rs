//! Verification of XML signatures (W3C, "XML Signature Syntax and Processing") in the form that
//! SAML requires (SAML Core, section 5.4). The signature is a child of the signed element. Its only
//! reference is to this element.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::c14n::canonical;
use super::certificate::PublicKey;
use super::xml::{MOST_PREFIXES, SIGNATURE, children, only, text};

pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const DIGEST_SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const DIGEST_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
pub(super) const DIGEST_SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

/// The error for a signature that is invalid, or does not have the required form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid;

/// Verifies the signature of an element with any of the keys. Returns the signed content: the
/// element in canonical form, without the signature. Returns `None` if the element is not signed.
///
/// Security: only the returned content is signed. The caller must read it instead of the document.
/// The key in the signature is ignored, because an attacker can choose it. SHA-1 is not accepted.
pub(super) fn verify(element: Node<'_, '_>, keys: &[PublicKey]) -> Result<Option<String>, Invalid> {
    let mut signatures = children(element, SIGNATURE, "Signature");
    let Some(signature) = signatures.next() else {
        return Ok(None);
    };
    if signatures.next().is_some() {
        return Err(Invalid);
    }
    verified(element, signature, keys).map(Some).ok_or(Invalid)
}

fn verified(element: Node<'_, '_>, signature: Node<'_, '_>, keys: &[PublicKey]) -> Option<String> {
    let info = only(signature, SIGNATURE, "SignedInfo")?;
    let reference = only(info, SIGNATURE, "Reference")?;
    let id = element.attribute("ID").filter(|id| !id.is_empty())?;
    let named = reference.attribute("URI")?.strip_prefix('#')?;
    if named != id || !is_unique(element, id) {
        return None;
    }
    let transforms: Vec<_> = only(reference, SIGNATURE, "Transforms")?
        .children()
        .filter(Node::is_element)
        .collect();
    let [enveloped, exclusive] = transforms.as_slice() else {
        return None;
    };
    let is_transform = |node: &Node<'_, '_>| node.has_tag_name((SIGNATURE, "Transform"));
    if !transforms.iter().all(is_transform) || enveloped.attribute("Algorithm") != Some(ENVELOPED) {
        return None;
    }
    let content = canonical(element, Some(signature.id()), &prefixes(*exclusive)?);
    let algorithm = digest_algorithm(only(reference, SIGNATURE, "DigestMethod")?)?;
    let expected = bytes(only(reference, SIGNATURE, "DigestValue")?)?;
    let found = digest(algorithm, content.as_bytes());
    verify_slices_are_equal(found.as_ref(), &expected).ok()?;

    let method = only(info, SIGNATURE, "CanonicalizationMethod")?;
    let signed = canonical(info, None, &prefixes(method)?);
    let algorithm = rsa(only(info, SIGNATURE, "SignatureMethod")?)?;
    let value = bytes(only(signature, SIGNATURE, "SignatureValue")?)?;
    let is_valid = |key: &PublicKey| key.verifies(algorithm, signed.as_bytes(), &value);
    keys.iter().any(is_valid).then_some(content)
}

/// Returns `true` if no other element of the document has this id.
///
/// Security: the signature names the signed element by its id. Without this check, an attacker
/// could add another element with the same id. Code that searches for the id could then find the
/// added element (signature wrapping).
fn is_unique(element: Node<'_, '_>, id: &str) -> bool {
    let is_named = |node: &Node<'_, '_>| {
        let mut attributes = node.attributes();
        attributes.any(|one| one.name().eq_ignore_ascii_case("id") && one.value() == id)
    };
    let elements = element.document().descendants();
    elements.filter(is_named).count() == 1
}

/// Returns the inclusive prefixes of a transform or canonicalization method. Returns `None` if its
/// algorithm is not exclusive canonicalization without comments, or if it has more than
/// [`MOST_PREFIXES`] prefixes.
///
/// Security: canonicalization searches each element for each prefix. It runs before the signature
/// is verified, so an attacker chooses the number of prefixes. The limit on the prefixes limits the
/// time that this takes.
fn prefixes<'a>(method: Node<'a, 'a>) -> Option<Vec<&'a str>> {
    if method.attribute("Algorithm") != Some(EXCLUSIVE) {
        return None;
    }
    let list = only(method, EXCLUSIVE, "InclusiveNamespaces");
    let list = list.and_then(|list| list.attribute("PrefixList"));
    let list = list.unwrap_or_default().split_ascii_whitespace();
    let list: Vec<_> = list.take(MOST_PREFIXES + 1).collect();
    (list.len() <= MOST_PREFIXES).then_some(list)
}

fn bytes(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let text: String = text(node).split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

fn digest_algorithm(method: Node<'_, '_>) -> Option<&'static Algorithm> {
    Some(match method.attribute("Algorithm")? {
        DIGEST_SHA256 => &SHA256,
        DIGEST_SHA384 => &SHA384,
        DIGEST_SHA512 => &SHA512,
        _ => return None,
    })
}

fn rsa(method: Node<'_, '_>) -> Option<&'static RsaParameters> {
    Some(match method.attribute("Algorithm")? {
        RSA_SHA256 => &RSA_PKCS1_2048_8192_SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => &RSA_PKCS1_2048_8192_SHA384,
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => &RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::saml::xml::parse;

    #[test]
    fn inclusive_prefixes_are_bounded() {
        let count = |prefixes: usize| {
            let list = "p ".repeat(prefixes);
            let text = format!(
                "<a Algorithm=\"{EXCLUSIVE}\"><InclusiveNamespaces xmlns=\"{EXCLUSIVE}\" \
                 PrefixList=\"{list}\"/></a>"
            );
            let document = parse(&text).expect("XML");
            super::prefixes(document.root_element()).map(|list| list.len())
        };
        assert_eq!(count(MOST_PREFIXES), Some(MOST_PREFIXES));
        assert_eq!(count(MOST_PREFIXES + 1), None);
    }
}
