//! The endpoint of the operations: AWS JSON 1.1 over `POST /`.

use std::sync::Arc;

use http::Method;
use http::Request;
use http::header::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use crate::http::body::{RequestBody, read};
use crate::http::injected::with_fault;
use crate::http::instance::Instance;
use crate::http::page::{Page, public};
use crate::http::signature;
use crate::http::waiting::{on_thread, run};
use crate::http::wire::response;
use crate::model::aws;
use crate::model::error::ConnectionClosed;
use crate::model::failure::{Answer, Failure};
use crate::operations;
use crate::operations::Operation;
use crate::operations::administration::auth_events;
use crate::state::call::Call;
use crate::state::pools::Pools;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// Handles a request to the endpoint of the operations. If the operation is known, counts the call
/// and applies its injected fault. Fails if the fault closes the connection.
pub(super) async fn call(
    instance: &Arc<Instance>,
    request: Request<impl RequestBody>,
) -> Result<Page, ConnectionClosed> {
    let (head, body) = request.into_parts();
    let target = head.headers.get(TARGET).and_then(|text| text.to_str().ok());
    let target = target.unwrap_or_default();
    let found = operations::find(target);
    // An unknown name uses no fault. It could be the name of an endpoint, such as `/login`.
    let fault = found.and_then(|(place, operation)| {
        instance.count(place);
        instance.faults.take(operation.name)
    });
    let body = match read(body).await {
        Ok(body) => body,
        Err(page) => return Ok(page),
    };
    let request_id = instance.pools.random.uuid();
    let operation = found.map(|(_, operation)| operation);
    let page = |answer: &Answer| {
        // Security: an unknown name from a client is not logged.
        let name = operation.map_or("unknown", |operation| operation.name);
        let code = answer.as_ref().err().map(Failure::code);
        tracing::debug!(operation = name, code, "sent a response");
        public(response(answer, &request_id))
    };
    let answer = async { page(&answer(instance, operation, &head.headers, &body).await) };
    with_fault(fault, answer, |code, message| {
        page(&Err(Failure::new(code.to_owned(), message.to_owned())))
    })
    .await
}

async fn answer(
    instance: &Arc<Instance>,
    operation: Option<&'static Operation>,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let operation =
        operation.ok_or_else(|| Failure::new("UnknownOperationException", "Unknown Operation"))?;
    let is_foreign = instance.hosts.is_foreign(&Method::POST, headers);
    let is_signed = !is_foreign && signature::check(headers).is_ok();
    if operation.signed {
        signature::check(headers)?;
        // A page of another site has no credentials, so AWS would reject its signature.
        if is_foreign {
            let message = "pages of this origin cannot call signed operations: add its host name \
                           with --allow-host or EmulatorBuilder::allow_host";
            return Err(Failure::new("AccessDeniedException", message));
        }
    }
    let fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(Failure::serialization("Start of structure expected")),
        Err(_) if body.is_empty() => Map::new(),
        Err(_) => return Err(Failure::serialization("The request is not valid JSON")),
    };
    aws::validate(operation.name, &fields)?;
    let service = instance.pools.addressed(&fields);
    let region = signature::region(headers).map(ToOwned::to_owned);
    let may_block = !service.settings.triggers.is_empty() || instance.pools.imports.have_hashes();
    let work = move |pools: &Pools| {
        let call = Call {
            region: region.as_deref(),
            is_signed,
            ..Call::new(pools, &service, &fields, operation.name)
        };
        let answer = operation.perform(&call);
        auth_events::observe(&call, operation.name, &answer);
        (answer, call.background.take())
    };
    let (answer, background) = if may_block {
        on_thread(instance, work).await?
    } else {
        work(&instance.pools)
    };
    if let Some(background) = background {
        run(instance, background);
    }
    answer
}
