//! The service models, read from generated tables.

use std::sync::LazyLock;

use crate::model::aws::api::Api;
use crate::model::aws::exceptions;
use crate::model::aws::shape::Model;

/// The generated JSON table with the service model of Cognito user pools, before [`exceptions`] are
/// applied.
pub(super) const TABLE: &str = include_str!("../../../data/cognito-idp.json");
const IAM_TABLE: &str = include_str!("../../../data/iam.json");
const IDENTITY_POOLS_TABLE: &str = include_str!("../../../data/cognito-identity.json");
const SECRETS_MANAGER_TABLE: &str = include_str!("../../../data/secretsmanager.json");
const SSM_TABLE: &str = include_str!("../../../data/ssm.json");

/// The service model of Cognito user pools with the changes of [`exceptions`]. It is parsed from
/// [`TABLE`] at the first request.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let mut model = parse(TABLE);
    exceptions::apply(&mut model.shapes);
    model
});

static IAM: LazyLock<Model> = LazyLock::new(|| parse(IAM_TABLE));
static IDENTITY_POOLS: LazyLock<Model> = LazyLock::new(|| parse(IDENTITY_POOLS_TABLE));
static SECRETS_MANAGER: LazyLock<Model> = LazyLock::new(|| parse(SECRETS_MANAGER_TABLE));
static SSM: LazyLock<Model> = LazyLock::new(|| parse(SSM_TABLE));

/// Parses a generated JSON table with the model of a service. Returns an empty model if the table
/// cannot be parsed; a test checks that this never happens.
fn parse(table: &'static str) -> Model {
    serde_json::from_str(table).unwrap_or_default()
}

/// Returns the model of a service. Returns `None` for STS, because its only operation in the
/// emulator has no members. Also returns `None` for KMS, because its operations validate their
/// requests themselves. The table of a service is parsed at the first request to the service.
pub(super) fn model(api: Api) -> Option<&'static Model> {
    match api {
        Api::Cognito => Some(&MODEL),
        Api::Iam => Some(&IAM),
        Api::IdentityPools => Some(&IDENTITY_POOLS),
        Api::SecretsManager => Some(&SECRETS_MANAGER),
        Api::Ssm => Some(&SSM),
        Api::Kms | Api::Sts => None,
    }
}

/// Returns the generated JSON table of a service. Returns `None` for STS and KMS, which have no
/// table.
pub(super) const fn table(api: Api) -> Option<&'static str> {
    match api {
        Api::Cognito => Some(TABLE),
        Api::Iam => Some(IAM_TABLE),
        Api::IdentityPools => Some(IDENTITY_POOLS_TABLE),
        Api::SecretsManager => Some(SECRETS_MANAGER_TABLE),
        Api::Ssm => Some(SSM_TABLE),
        Api::Kms | Api::Sts => None,
    }
}

/// Returns the names of all Cognito operations in the service model, in no particular order.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    MODEL.operations.keys().copied()
}
