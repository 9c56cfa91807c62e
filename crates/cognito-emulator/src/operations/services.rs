//! The operations of AWS services other than Cognito user pools.

mod iam;
mod identity_pools;
mod kms;
pub(crate) mod secrets;
mod ssm;
mod sts;

use super::{Operation, Run, open, signed};
use crate::model::aws::Api;

/// Creates an operation whose requests must be signed with AWS credentials.
const fn of(api: Api, name: &'static str, run: Run) -> Operation {
    Operation {
        api,
        ..signed(name, run)
    }
}

/// Creates an operation of identity pools that anyone can call without AWS credentials.
const fn public(name: &'static str, run: Run) -> Operation {
    Operation {
        api: Api::IdentityPools,
        ..open(name, run)
    }
}

/// All operations of AWS services other than Cognito user pools, sorted by service and name.
pub(crate) const SERVICES: &[Operation] = {
    use Api::{Iam, IdentityPools, Kms, SecretsManager, Ssm, Sts};
    use iam::{policies, roles};
    use identity_pools::{administration as pools, credentials};
    use secrets::{delete, details, list as secret_list, stages, value, write as secret};
    use ssm::{history, labels, list, read, tags, write};
    &[
        of(Iam, "AttachRolePolicy", policies::attach),
        of(Iam, "CreateRole", roles::create),
        of(Iam, "DeleteRole", roles::delete),
        of(Iam, "DeleteRolePolicy", policies::delete),
        of(Iam, "DetachRolePolicy", policies::detach),
        of(Iam, "GetRole", roles::get),
        of(Iam, "GetRolePolicy", policies::get),
        of(Iam, "ListAttachedRolePolicies", policies::list_attached),
        of(Iam, "ListInstanceProfilesForRole", roles::instance_profiles),
        of(Iam, "ListRolePolicies", policies::list),
        of(Iam, "PutRolePolicy", policies::put),
        of(IdentityPools, "CreateIdentityPool", pools::create),
        of(IdentityPools, "DeleteIdentityPool", pools::delete),
        of(IdentityPools, "DescribeIdentityPool", pools::describe),
        public("GetCredentialsForIdentity", credentials::credentials),
        public("GetId", credentials::id),
        of(IdentityPools, "GetIdentityPoolRoles", pools::roles),
        public("GetOpenIdToken", credentials::open_id_token),
        of(IdentityPools, "ListIdentityPools", pools::list),
        of(IdentityPools, "SetIdentityPoolRoles", pools::set_roles),
        of(IdentityPools, "UpdateIdentityPool", pools::update),
        of(Kms, "Decrypt", kms::decrypt),
        of(Kms, "DescribeKey", kms::describe_key),
        of(Kms, "Encrypt", kms::encrypt),
        of(Kms, "GenerateDataKey", kms::generate_data_key),
        of(SecretsManager, "CreateSecret", secret::create),
        of(SecretsManager, "DeleteSecret", delete::delete),
        of(SecretsManager, "DescribeSecret", details::describe),
        of(SecretsManager, "GetResourcePolicy", details::policy),
        of(SecretsManager, "GetSecretValue", value::get),
        of(SecretsManager, "ListSecretVersionIds", stages::list),
        of(SecretsManager, "ListSecrets", secret_list::secrets),
        of(SecretsManager, "PutSecretValue", secret::put),
        of(SecretsManager, "RestoreSecret", delete::restore),
        of(SecretsManager, "secretsmanager.TagResource", details::tag),
        of(
            SecretsManager,
            "secretsmanager.UntagResource",
            details::untag,
        ),
        of(SecretsManager, "UpdateSecret", secret::update),
        of(SecretsManager, "UpdateSecretVersionStage", stages::update),
        of(Ssm, "AddTagsToResource", tags::add),
        of(Ssm, "DeleteParameter", write::delete),
        of(Ssm, "DeleteParameters", write::delete_all),
        of(Ssm, "DescribeParameters", list::describe),
        of(Ssm, "GetParameter", read::get),
        of(Ssm, "GetParameterHistory", history::get),
        of(Ssm, "GetParameters", read::get_all),
        of(Ssm, "GetParametersByPath", list::by_path),
        of(Ssm, "LabelParameterVersion", labels::add),
        of(Ssm, "AmazonSSM.ListTagsForResource", tags::list),
        of(Ssm, "PutParameter", write::put),
        of(Ssm, "RemoveTagsFromResource", tags::remove),
        of(Ssm, "UnlabelParameterVersion", labels::remove),
        of(Sts, "GetCallerIdentity", sts::caller),
    ]
};
