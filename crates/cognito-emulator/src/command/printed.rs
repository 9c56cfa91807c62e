//! The output of the command `cognito-emulator`: environment variables for clients, the pools, the
//! outputs of the template, and how clients can trust the certificate.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Emulator;

/// Returns the outputs of the template as the JSON that `cdk deploy --outputs-file` writes.
pub(crate) fn outputs(emulator: &Emulator) -> Value {
    let outputs = emulator.outputs().iter();
    let outputs = outputs.map(|output| (output.name.clone(), Value::from(&*output.value)));
    let outputs: Map<String, Value> = outputs.collect();
    json!({ emulator.stack_name().unwrap_or_default(): outputs })
}

/// Returns the notes and outputs of the emulator's template as shell comments, one per line.
fn template_lines(emulator: &Emulator) -> String {
    // A line break in a value must not end the comment.
    let comment = |text: String| {
        let line: String = text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        format!("# {line}\n")
    };
    let notes = emulator.template_notes().iter();
    let notes = notes.map(|note| comment(format!("template: {note}")));
    let outputs = emulator.outputs().iter().map(|output| {
        let export = output.export.as_ref();
        let export = export.map_or_else(String::new, |name| format!(" (export {name})"));
        comment(format!("output {} = {}{export}", output.name, output.value))
    });
    notes.chain(outputs).collect()
}

/// The environment variables from which the AWS CLI and the AWS SDKs read the endpoints of the
/// emulator's services. The variable `AWS_ENDPOINT_URL` is not used, because it applies to all AWS
/// services.
const ENDPOINTS: [&str; 7] = [
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_KMS",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_STS",
];

/// Returns the message that the command prints: the environment variables for clients in shell
/// syntax, the pools with their app clients, how clients trust the certificate authority (CA), and
/// the URLs of the emulator's window (its web interface) and of the inbox. `directory` is the
/// directory of the CA.
pub(crate) fn guide(emulator: &Emulator, directory: Option<&Path>) -> io::Result<String> {
    let endpoint = emulator.endpoint();
    let mut lines = vec![
        ("AWS_REGION", emulator.region().to_owned()),
        // The AWS CLI and boto3 read only this variable.
        ("AWS_DEFAULT_REGION", emulator.region().to_owned()),
        // Signed operations need credentials, but any values are accepted.
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        (
            "AWS_COGNITO_USER_POOL_ID",
            emulator.user_pool_id().to_owned(),
        ),
        ("AWS_COGNITO_CLIENT_ID", emulator.client_id().to_owned()),
    ];
    // The secret is from the command line, the seed file or the template. It is printed for the
    // calling shell.
    lines.extend(
        emulator
            .client_secret()
            .map(|secret| ("AWS_COGNITO_CLIENT_SECRET", secret)),
    );
    lines.extend(ENDPOINTS.map(|name| (name, endpoint.to_owned())));
    lines.extend([
        ("COGNITO_ISSUER", emulator.issuer().to_owned()),
        ("COGNITO_JWKS_URI", emulator.jwks_uri()),
    ]);
    let mut text: String = lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("export {name}={}\n", word(value)))
        .collect();
    for pool in emulator.user_pool_ids() {
        let clients = emulator.client_ids(&pool).join(", ");
        text.push_str(&format!("# pool {pool}, clients: {clients}\n"));
    }
    text.push_str(&template_lines(emulator));
    if emulator.ca_certificate().is_some() {
        text.push_str(&match directory {
            Some(directory) => {
                let file = fs::canonicalize(directory)?.join("ca.pem");
                format!(
                    "# HTTPS: clients must trust {0}\n{1}",
                    file.display(),
                    TRUST
                )
            }
            None => {
                let plain = endpoint.replacen("https://", "http://", 1);
                format!(
                    "# HTTPS: clients must trust ca.pem of this start; --ca-directory keeps it\n\
                     # curl -o ca.pem {plain}/_emulator/ca.pem\n{TRUST}"
                )
            }
        });
    }
    text.push_str(&format!(
        "# window: {endpoint}/\n\
         # sent codes and messages as JSON: {endpoint}/_emulator/inbox\n\
         # stop the emulator: ctrl-c\n"
    ));
    Ok(text)
}

/// Quotes a value so that a shell reads it as one word. The secret of an app client can contain any
/// characters, and the shell must not run a part of it.
fn word(value: String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    if value.bytes().all(is_plain) {
        return value;
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// The printed instructions for configuring clients to trust the certificate authority in ca.pem.
const TRUST: &str = "\
# AWS CLI, boto3: AWS_CA_BUNDLE=ca.pem; Python requests: REQUESTS_CA_BUNDLE=ca.pem
# Node.js: NODE_EXTRA_CA_CERTS=ca.pem; curl: --cacert ca.pem; Rust, Go, OpenSSL: SSL_CERT_FILE=ca.pem
# Chromium on Linux: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n cognito-emulator -i ca.pem
# Debian: sudo cp ca.pem /usr/local/share/ca-certificates/cognito-emulator.crt && sudo update-ca-certificates
# macOS: security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ca.pem
# Windows: certutil -user -addstore Root ca.pem
";
