//! Code and configuration for libraries and tools, which the page of an app client shows.

use crate::model::client::Client;
use crate::model::settings::{DEFAULT_ACCOUNT, Settings};

/// The code or configuration with which one library or tool uses an app client.
pub(super) struct Snippet {
    /// The name of the library or tool.
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// Returns code and configuration for libraries and tools, with which they use the app client.
pub(super) fn snippets(settings: &Settings, client: &Client) -> Vec<Snippet> {
    let (endpoint, region) = (quoted(&settings.endpoint), quoted(&settings.region));
    let (pool, id) = (quoted(&settings.pool_id), quoted(&client.id));
    let key = quoted(access_key(settings));
    let amplify = format!(
        "import {{ Amplify }} from \"aws-amplify\";\n\n\
         Amplify.configure({{\n  Auth: {{\n    Cognito: {{\n      userPoolId: {pool},\n      \
         userPoolClientId: {id},\n      userPoolEndpoint: {endpoint},\n    }},\n  }},\n}});\n"
    );
    let boto3 = format!(
        "import boto3\n\ncognito = boto3.client(\n    \"cognito-idp\",\n    \
         endpoint_url={endpoint},\n    region_name={region},\n    \
         aws_access_key_id={key},\n    aws_secret_access_key=\"test\",\n)\n\
         USER_POOL_ID = {pool}\nCLIENT_ID = {id}\n"
    );
    let javascript = format!(
        "import {{ CognitoIdentityProviderClient }} from \"@aws-sdk/client-cognito-identity-provider\";\n\n\
         const cognito = new CognitoIdentityProviderClient({{\n  endpoint: {endpoint},\n  \
         region: {region},\n  credentials: {{ accessKeyId: {key}, secretAccessKey: \"test\" }},\n}});\n"
    );
    let terraform = format!(
        "provider \"aws\" {{\n  region                      = {region}\n  \
         access_key                  = {key}\n  secret_key                  = \"test\"\n  \
         skip_credentials_validation = true\n  skip_metadata_api_check     = true\n  \
         skip_requesting_account_id  = true\n\n  endpoints {{\n    cognitoidp = {endpoint}\n  }}\n}}\n"
    );
    [
        ("Amplify", amplify),
        ("AWS SDK for JavaScript", javascript),
        ("boto3", boto3),
        (
            "AWS CLI and other AWS SDKs",
            exports(&sdk_variables(settings)),
        ),
        ("Terraform", terraform),
        (
            "this library (cognito)",
            library_variables(settings, client),
        ),
    ]
    .into_iter()
    .map(|(title, text)| Snippet { title, text })
    .collect()
}

/// Returns the access key of the account that owns the pool. With the access key of another account,
/// signed operations do not find the pool.
fn access_key(settings: &Settings) -> &str {
    if settings.account == DEFAULT_ACCOUNT {
        "test"
    } else {
        &settings.account
    }
}

fn sdk_variables(settings: &Settings) -> Vec<(&'static str, &str)> {
    vec![
        ("AWS_REGION", &settings.region),
        ("AWS_DEFAULT_REGION", &settings.region),
        ("AWS_ACCESS_KEY_ID", access_key(settings)),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        (
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
            &settings.endpoint,
        ),
    ]
}

/// Returns the environment variables of the library Cognito for Rust. They include the JWKS URI. By
/// default, the library derives the JWKS URI from the issuer. If the issuer is a URL of AWS, that
/// URI does not lead to the emulator.
fn library_variables(settings: &Settings, client: &Client) -> String {
    let keys = settings.jwks_uri();
    let mut variables = sdk_variables(settings);
    variables.push(("AWS_COGNITO_USER_POOL_ID", &settings.pool_id));
    variables.push(("AWS_COGNITO_CLIENT_ID", &client.id));
    let secret = client.secrets.first();
    variables.extend(secret.map(|secret| ("AWS_COGNITO_CLIENT_SECRET", secret.text.as_str())));
    variables.push(("COGNITO_ISSUER", &settings.issuer));
    variables.push(("COGNITO_JWKS_URI", &keys));
    exports(&variables)
}

/// Returns environment variables in shell syntax.
fn exports(variables: &[(&str, &str)]) -> String {
    let lines = variables.iter().map(|(name, value)| {
        let value = value.replace('\'', r"'\''");
        format!("export {name}='{value}'\n")
    });
    lines.collect()
}

/// Returns a string literal for JavaScript, Python and Terraform.
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
