//! The result of creating the resources of a template ([`Stack`]).

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::aws::{self, Api};
use crate::model::failure::{Answer, Failure};
use crate::model::random::Random;
use crate::model::settings::DEFAULT_ACCOUNT;
use crate::operations;
use crate::state::call::Call;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// The resources that were created from a template.
pub(crate) struct Stack {
    /// The user pool whose logical id comes first in alphabetical order.
    pub(crate) first: Arc<Service>,
    /// The id of the first app client of the first user pool. Empty if the pool has none.
    pub(crate) first_client: String,
    pub(crate) report: Report,
    /// The requests that created groups and users. They are sent again after a reset.
    pub(super) repeated: Vec<Request>,
}

/// The name, the outputs and the notes of a created stack. [`Emulator`](crate::Emulator) returns
/// them to its caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// The name of the stack, `AWS::StackName`.
    pub(crate) name: String,
    pub(crate) outputs: Vec<Output>,
    /// Sentences about the parts of the template that have no effect, one line each.
    pub(crate) notes: Vec<String>,
}

/// An output of a [`Template`](crate::Template): an entry of its section `Outputs`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Output {
    /// The logical id of the output, such as `UserPoolId`.
    pub name: String,
    /// The value of the output, such as the id of a user pool that the template creates.
    pub value: String,
    /// The name of the export. `None` if the output has no `Export`.
    pub export: Option<String>,
}

/// Security: `Debug` does not show the value, because it can be a client secret.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("name", &self.name)
            .field("export", &self.export)
            .finish_non_exhaustive()
    }
}

/// A request to AWS that creates a resource of a stack, or changes it.
pub(super) struct Request {
    pub(super) api: Api,
    pub(super) operation: &'static str,
    pub(super) fields: Map<String, Value>,
    pub(super) region: String,
    /// The seed from which the operation generates ids and secrets.
    pub(super) seed: u64,
}

impl Request {
    /// Validates the request and runs the operation. No trigger is called.
    pub(super) fn send(&self, pools: &Pools) -> Answer {
        aws::validate_for(self.api, self.operation, &self.fields)?;
        let found = operations::find(self.api, self.operation);
        let unknown = || Failure::new("UnknownOperationException", "Unknown Operation");
        let (_, operation) = found.ok_or_else(unknown)?;
        let pool = match self.api {
            Api::Cognito => pools.addressed(&self.fields, Some(DEFAULT_ACCOUNT)),
            _ => pools.no_pool(),
        };
        let service = Service {
            random: Arc::new(Random::new(Some(self.seed))),
            ..Service::clone(&pool)
        };
        let call = Call {
            calls_triggers: false,
            region: Some(&self.region),
            is_signed: true,
            ..Call::new(pools, &service, &self.fields, operation.name)
        };
        operation.perform(&call)
    }
}

impl Stack {
    /// Creates the groups and users again after a reset. Skips pools that were deleted. Returns the
    /// error of the first request that fails.
    pub(crate) fn populate(&self, pools: &Pools) -> Result<(), Failure> {
        let mut result = Ok(());
        for request in &self.repeated {
            let pool = request.fields.get("UserPoolId").and_then(Value::as_str);
            if pool.is_some_and(|id| pools.get(id).is_err()) {
                continue;
            }
            let answer = request.send(pools).map(|_| ());
            result = result.and(answer);
        }
        result
    }
}
