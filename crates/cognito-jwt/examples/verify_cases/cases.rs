//! Parses files of test cases, and runs the verifier on each case.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_jwt::test_util::{usable_kids, verifies, verify_jws, verify_jws_by_set};
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, VerifyError};
use cognito_testkit::FixedClock;
use serde_json::{Map, Value, json};

/// The result of the verifier for one test case, and the result that the file with the test cases
/// expects.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The id of the test case in the file with the test cases.
    pub(crate) id: Value,
    pub(crate) name: String,
    pub(crate) found: Finding,
    pub(crate) expected: Finding,
    /// `true` if the token is valid according to the file with the test cases, but Cognito does not
    /// create tokens of this kind. The algorithm is not RS256, the exponent is not 65537, or the
    /// key has less than 2048 bits. The verifier must reject the token.
    pub(crate) is_foreign: bool,
}

/// The actual or the expected result of a test case: `accept`, `reject` or `undecided`, and the
/// name of the error. `error` is `None` if no error is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) verdict: &'static str,
    pub(crate) error: Option<String>,
}

impl Finding {
    fn new(verdict: &'static str, error: Option<&str>) -> Self {
        let error = error.map(str::to_owned);
        Self { verdict, error }
    }

    fn accept_if(good: bool) -> Self {
        Self::new(if good { "accept" } else { "reject" }, None)
    }
}

impl<T> From<Result<T, VerifyError>> for Finding {
    fn from(outcome: Result<T, VerifyError>) -> Self {
        match outcome.map_err(|error| error.reason()) {
            Ok(_) => Self::new("accept", None),
            Err(reason @ Reason::KeysUnavailable) => Self::new("undecided", Some(reason.name())),
            Err(reason) => Self::new("reject", Some(reason.name())),
        }
    }
}

impl Outcome {
    pub(crate) fn is_accepted(&self) -> bool {
        self.found.verdict == "accept"
    }

    pub(crate) fn verdict_differs(&self) -> bool {
        self.found.verdict != self.expected.verdict
    }

    /// Returns `true` if the file with the test cases names the expected error of this case, and
    /// the verifier returned another error or none.
    pub(crate) fn error_differs(&self) -> bool {
        self.expected.error.is_some() && self.found.error != self.expected.error
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut line = json!({
            "id": self.id,
            "verdict": self.found.verdict,
            "error": self.found.error,
        });
        if self.verdict_differs() || self.error_differs() {
            line["name"] = self.name.as_str().into();
            line["expected"] = json!({
                "verdict": self.expected.verdict,
                "error": self.expected.error,
            });
        }
        line
    }
}

/// Runs all test cases in the JSON document `file`. Fails if the document has an unknown format or
/// no cases, because a case that was not run must not count as passed.
pub(crate) async fn run(file: &str) -> Result<Vec<Outcome>, String> {
    let file: Value = serde_json::from_str(file).map_err(|_| "it is not JSON")?;
    let outcomes = match &file {
        Value::Array(cases) => cases.iter().map(jwks_document).collect(),
        Value::Object(members) if members.contains_key("cases") => tokens(&file).await,
        Value::Object(members) if members.contains_key("testGroups") => wycheproof(&file),
        _ => Err("it has neither cases nor test groups".to_owned()),
    }?;
    if outcomes.is_empty() {
        return Err("it has no case".to_owned());
    }
    Ok(outcomes)
}

async fn tokens(file: &Value) -> Result<Vec<Outcome>, String> {
    let verifier = verifier(file)?;
    let mut outcomes = Vec::new();
    for case in list(file, "cases")? {
        let token = text(case, "token")?;
        let found = match text(case, "token_use")? {
            "access" => verifier.verify_access(token).await.into(),
            "id" => verifier.verify_id(token).await.into(),
            _ => return Err("a token_use is neither access nor id".to_owned()),
        };
        outcomes.push(Outcome {
            id: identity(case, "id")?,
            name: label(case, "name"),
            found,
            expected: expected(case)?,
            is_foreign: false,
        });
    }
    Ok(outcomes)
}

fn verifier(file: &Value) -> Result<CognitoVerifier, String> {
    let pool = text(file, "user_pool_id")?.parse();
    let now = file["now"].as_u64().ok_or("now is missing")?;
    let mut builder = CognitoVerifier::builder(pool.map_err(|_| "user_pool_id is no pool's")?)
        .client_id(text(file, "client_id")?)
        .leeway(std::time::Duration::from_secs(
            file["leeway_s"].as_u64().unwrap_or_default(),
        ))
        .clock(FixedClock::at_unix(now))
        .jwks_source(StaticJwks::new(file["jwks"].to_string()));
    if let Some(issuer) = file["issuer"].as_str() {
        builder = builder.issuer(issuer);
    }
    builder.build().map_err(|error| error.to_string())
}

fn jwks_document(case: &Value) -> Result<Outcome, String> {
    let expected = expected(case)?;
    let mut kids = Vec::new();
    if expected.verdict == "accept" {
        for kid in list(case, "usable_kids")? {
            kids.push(kid.as_str().ok_or("a usable kid is no text")?);
        }
        kids.sort_unstable();
    }
    let found = match usable_kids(text(case, "body")?.as_bytes()) {
        // The result is about the keys, so accepting other keys is a different result.
        Ok(found) if expected.verdict == "accept" && found != kids => {
            Finding::new("other keys", None)
        }
        Ok(_) => Finding::new("accept", None),
        Err(reason) => Finding::new("reject", Some(reason)),
    };
    Ok(Outcome {
        id: identity(case, "id")?,
        name: label(case, "name"),
        found,
        expected,
        is_foreign: false,
    })
}

fn wycheproof(file: &Value) -> Result<Vec<Outcome>, String> {
    let mut outcomes = Vec::new();
    for group in list(file, "testGroups")? {
        let verify = match text(group, "type")? {
            "RsassaPkcs1Verify" => signature,
            "JsonWebSignature" => web_signature,
            "JsonWebKey" => web_key,
            other => return Err(format!("test groups of type {other} are not supported")),
        };
        for test in list(group, "tests")? {
            let (found, is_ours) = verify(group, test)?;
            // A strict verifier rejects "acceptable" cases.
            let is_valid = text(test, "result")? == "valid";
            outcomes.push(Outcome {
                id: identity(test, "tcId")?,
                name: label(test, "comment"),
                found,
                expected: Finding::accept_if(is_valid && is_ours),
                is_foreign: is_valid && !is_ours,
            });
        }
    }
    Ok(outcomes)
}

/// The outcome of one Wycheproof case: the result of the verifier, and `true` if Cognito signs with
/// the algorithm and the kind of key of the case. If the case cannot be read, the error is the
/// reason.
type CaseResult = Result<(Finding, bool), String>;

fn signature(group: &Value, test: &Value) -> CaseResult {
    // In older files, the numbers are members of the test group.
    let (modulus, exponent) = match &group["publicKey"] {
        Value::Object(_) => (
            hex(text(&group["publicKey"], "modulus")?)?,
            hex(text(&group["publicKey"], "publicExponent")?)?,
        ),
        _ => (hex(text(group, "n")?)?, hex(text(group, "e")?)?),
    };
    let (modulus, exponent) = (significant(&modulus), significant(&exponent));
    let is_ours = text(group, "sha")? == "SHA-256" && exponent == [1, 0, 1] && modulus.len() >= 256;
    let jwk = json!({
        "kty": "RSA",
        "n": URL_SAFE_NO_PAD.encode(modulus),
        "e": URL_SAFE_NO_PAD.encode(exponent),
    });
    let jwk = jwk.as_object().cloned().unwrap_or_default();
    let (message, signature) = (hex(text(test, "msg")?)?, hex(text(test, "sig")?)?);
    let found = Finding::accept_if(verifies(&jwk, &message, &signature));
    Ok((found, is_ours))
}

fn web_signature(group: &Value, test: &Value) -> CaseResult {
    let jws = text(test, "jws")?;
    let found = verify_jws(public(group)?, jws).into();
    Ok((found, is_rs256(jws)))
}

fn web_key(group: &Value, test: &Value) -> CaseResult {
    let jws = text(test, "jws")?;
    let document = Value::Object(public(group)?.clone()).to_string();
    let found = verify_jws_by_set(document.as_bytes(), jws).into();
    Ok((found, is_rs256(jws)))
}

/// Returns the key of a test group that is added to the JWKS. This is the public key, if the group
/// has one. Otherwise it is the private or secret key: the cases of such a group check that the
/// verifier does not use it.
fn public(group: &Value) -> Result<&Map<String, Value>, String> {
    let published = group.get("public").or_else(|| group.get("private"));
    let published = published.and_then(Value::as_object);
    published.ok_or_else(|| "a test group has no key".to_owned())
}

fn is_rs256(jws: &str) -> bool {
    let header = jws.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["alg"] == "RS256"
}

fn expected(case: &Value) -> Result<Finding, String> {
    match text(case, "verdict")? {
        "accept" => Ok(Finding::new("accept", None)),
        "reject" => Ok(Finding::new("reject", case["error"].as_str())),
        _ => Err("a verdict is neither accept nor reject".to_owned()),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    let list = value[name].as_array();
    list.ok_or_else(|| format!("{name} is missing or no list"))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    let text = value[name].as_str();
    text.ok_or_else(|| format!("{name} is missing or no text"))
}

fn label(case: &Value, name: &str) -> String {
    case[name].as_str().unwrap_or_default().to_owned()
}

fn identity(case: &Value, name: &str) -> Result<Value, String> {
    match &case[name] {
        id @ (Value::Number(_) | Value::String(_)) => Ok(id.clone()),
        _ => Err(format!("a case has no {name}")),
    }
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let invalid = || "a text is not hexadecimal".to_owned();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return Err(invalid());
    };
    let byte = |pair: &[u8; 2]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .ok_or_else(invalid)
}

/// Returns the number without leading zero bytes, as a JWK requires (RFC 7518 section 2). `number`
/// is big-endian.
fn significant(number: &[u8]) -> &[u8] {
    let leading = number.iter().take_while(|byte| **byte == 0).count();
    &number[leading..]
}
