//! The form of an app client in a state file ([`StoredClient`]).

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::oauth::OAuth;
use super::validity::Validity;
use super::{AuthFlow, Client, OfDocument, Registrant, Secret};

/// A list of the fields of [`Client`], with which serde reads and writes a client in a state file
/// (`serde(remote)`). `Client` itself does not implement `Serialize`, because it is a public type
/// that holds secrets.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Client")]
pub(crate) struct StoredClient {
    id: String,
    name: String,
    secrets: Vec<Secret>,
    secret_arn: Option<String>,
    flows: Option<BTreeSet<AuthFlow>>,
    #[serde(flatten)]
    validity: Validity,
    rotation_grace: Option<Duration>,
    hides_users: bool,
    propagates_context: bool,
    revocation: bool,
    readable: Option<BTreeSet<String>>,
    writable: Option<BTreeSet<String>>,
    oauth: OAuth,
    providers: Option<BTreeSet<String>>,
    registrant: Option<Registrant>,
    document: Option<OfDocument>,
    created: SystemTime,
    modified: SystemTime,
    description: Option<Map<String, Value>>,
}
