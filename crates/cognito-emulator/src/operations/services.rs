//! The operations of other AWS services than Cognito user pools.

mod kms;
mod ssm;
mod sts;

use super::{Operation, Run, signed};
use crate::model::aws::Api;

/// Creates an operation whose requests must be signed with AWS credentials.
const fn of(api: Api, name: &'static str, run: Run) -> Operation {
    Operation {
        api,
        ..signed(name, run)
    }
}

/// All operations of other services than Cognito user pools, sorted by service and name.
pub(crate) const SERVICES: &[Operation] = {
    use Api::{Kms, Ssm, Sts};
    use ssm::{history, labels, list, read, tags, write};
    &[
        of(Kms, "Decrypt", kms::decrypt),
        of(Kms, "DescribeKey", kms::describe_key),
        of(Kms, "Encrypt", kms::encrypt),
        of(Kms, "GenerateDataKey", kms::generate_data_key),
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
