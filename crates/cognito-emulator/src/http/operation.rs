//! The endpoint of the operations: `POST /` with AWS JSON 1.1, or with the query protocol for IAM
//! and STS.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use http::Method;
use http::Request;
use http::header::{HeaderMap, HeaderName};
use http::request::Parts;
use serde_json::{Map, Value};

use crate::http::body::{RequestBody, read};
use crate::http::injected::with_fault;
use crate::http::instance::Instance;
use crate::http::message::Peer;
use crate::http::origin;
use crate::http::page::{Page, public};
use crate::http::query;
use crate::http::query::Parameters;
use crate::http::request_log::{LoggedError, PendingRequest};
use crate::http::signature;
use crate::http::waiting::{on_thread, run};
use crate::http::wire::response;
use crate::model::aws;
use crate::model::aws::Api;
use crate::model::error::ConnectionClosed;
use crate::model::failure::{Answer, Failure};
use crate::model::levels::is_too_deep;
use crate::model::settings::DEFAULT_ACCOUNT;
use crate::operations;
use crate::operations::Operation;
use crate::operations::administration::auth_events;
use crate::state::call::Call;
use crate::state::pools::Pools;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The message for a body that the emulator does not parse: it is not JSON, or has too many levels.
const NOT_JSON: &str = "The request is not valid JSON";

/// The operation in a request, and the protocol of the request.
struct Target<'a> {
    /// The AWS service to which the operation belongs. `None` if the emulator does not have the
    /// service.
    api: Option<Api>,
    /// The name of the operation in the request.
    name: Cow<'a, str>,
    /// The parameters of a request with the query protocol. `None` for a request with AWS JSON.
    parameters: Option<Parameters<'a>>,
    /// The operation and its index in the list of operations. `None` if the emulator does not have
    /// the operation.
    found: Option<(usize, &'static Operation)>,
}

impl<'a> Target<'a> {
    /// Reads the header `X-Amz-Target`. Without this header, reads the parameters `Action` and
    /// `Version` in the body.
    fn read(headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        let target = headers.get(TARGET).and_then(|text| text.to_str().ok());
        let parameters = match target {
            Some(_) => None,
            None => Parameters::read(body),
        };
        let (api, name) = match &parameters {
            Some(parameters) => (parameters.api, parameters.action.clone()),
            None => {
                let target = target.unwrap_or_default();
                let (service, name) = target.split_once('.').unwrap_or(("", target));
                (Api::of_target(service), Cow::Borrowed(name))
            }
        };
        let found = api.and_then(|api| operations::find(api, &name));
        Self {
            api,
            name,
            parameters,
            found,
        }
    }

    /// Returns the error for an operation that the emulator does not have.
    fn unknown(&self) -> Failure {
        let message = match self.api {
            None | Some(Api::Cognito) => "Unknown Operation".to_owned(),
            Some(api) => format!(
                "the emulator does not have the operation {} of {}",
                self.name,
                api.target()
            ),
        };
        Failure::new("UnknownOperationException", message)
    }

    fn members(&self, api: Api, body: &[u8]) -> Result<Map<String, Value>, Failure> {
        if let Some(parameters) = &self.parameters {
            return Ok(parameters.members(api));
        }
        match serde_json::from_slice(body) {
            Ok(value) if is_too_deep(&value) => Err(Failure::serialization(NOT_JSON)),
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Failure::serialization("Start of structure expected")),
            Err(_) if body.is_empty() => Ok(Map::new()),
            Err(_) => Err(Failure::serialization(NOT_JSON)),
        }
    }

    fn page(&self, answer: &Answer, request_id: &str) -> Page {
        let query = self.api.and_then(Api::query);
        match query.filter(|_| self.parameters.is_some()) {
            Some(query) => {
                // The response to an unknown operation is an error, which does not contain the name.
                let action = self.found.map_or("", |(_, operation)| operation.action());
                query::response(query, action, answer, request_id)
            }
            None => response(answer, request_id),
        }
    }
}

/// Handles a request to the endpoint of the operations. If the operation is known, counts the call
/// and applies its injected fault. Fails if the fault closes the connection.
pub(super) async fn call(
    instance: &Arc<Instance>,
    request: Request<impl RequestBody>,
) -> Result<Page, ConnectionClosed> {
    let (head, body) = request.into_parts();
    let body = read(body).await;
    // A copy shares the bytes.
    let text = body.as_ref().cloned().unwrap_or_default();
    let target = Target::read(&head.headers, &text);
    if let Some((place, _)) = target.found {
        instance.traffic.count(place);
    }
    // Security: an unknown name from a client is not logged.
    let name = target.found.map_or("unknown", |(_, known)| known.name);
    let region = origin::region(&head);
    let mut pending = PendingRequest::begin(&instance.traffic.log, &instance.pools, name, region);
    let body = match body {
        Ok(body) => body,
        Err(page) => return pending.end_unread(page),
    };
    // An unknown name uses no fault. It could be the name of an endpoint, such as `/login`.
    let fault = target
        .found
        .and_then(|_| instance.traffic.faults.take(name));
    pending.set_fault(fault.as_ref());
    let request_id = instance.pools.random.uuid();
    let error = OnceLock::new();
    let page = |answer: &Answer| {
        let failure = answer.as_ref().err();
        let code = failure.map(Failure::code);
        tracing::debug!(operation = name, code, "sent a response");
        if let Some(failure) = failure {
            let _ = error.set(LoggedError::of_operation(failure));
        }
        public(target.page(answer, &request_id))
    };
    let answer =
        async { page(&answer(instance, &target, (&head, &request_id), &body, &pending).await) };
    let done = with_fault(fault, answer, |code, message| {
        page(&Err(Failure::new(code.to_owned(), message.to_owned())))
    })
    .await;
    pending.end(&done, error.into_inner());
    done
}

async fn answer(
    instance: &Arc<Instance>,
    target: &Target<'_>,
    (head, request_id): (&Parts, &str),
    body: &[u8],
    pending: &PendingRequest<'_>,
) -> Answer {
    let (headers, peer) = (&head.headers, Peer::of(&head.extensions));
    let (_, operation) = target.found.ok_or_else(|| target.unknown())?;
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
    let fields = target.members(operation.api, body)?;
    if let Some(id) = fields.get("ClientId").and_then(Value::as_str) {
        pending.set_client(id);
    }
    let account = signature::account(headers).filter(|_| operation.signed);
    let account = account.unwrap_or(DEFAULT_ACCOUNT).to_owned();
    let caller = Caller {
        account,
        has_own_pools: operation.signed,
        region: origin::region(head).map(ToOwned::to_owned),
        is_signed,
        is_window: false,
        peer,
        request_id: request_id.to_owned(),
    };
    perform(instance, operation, fields, caller).await
}

/// The caller of an operation: its account, region, signature and address.
pub(super) struct Caller {
    /// The id of the account that signed the request. If the operation needs no signature, this is
    /// the default account. For a call of the emulator's window, it is the account of the pool.
    pub(super) account: String,
    /// `true` if the call can use only the pools of `account`. `false` if it can use the pools of
    /// all accounts.
    pub(super) has_own_pools: bool,
    /// The region to which the request was sent. `None` if the request has no region.
    pub(super) region: Option<String>,
    /// `true` if the request has a signature and is not from a web page of another site.
    pub(super) is_signed: bool,
    /// `true` if the emulator's window (its web interface) makes the call. Quotas do not apply to
    /// these calls.
    pub(super) is_window: bool,
    pub(super) peer: IpAddr,
    pub(super) request_id: String,
}

/// Validates the members of a request and runs the operation. If the operation may wait, for example
/// for a trigger, it runs on a thread for blocking work.
pub(super) async fn perform(
    instance: &Arc<Instance>,
    operation: &'static Operation,
    fields: Map<String, Value>,
    caller: Caller,
) -> Answer {
    aws::validate_for(operation.api, operation.action(), &fields)?;
    let service = if operation.api == Api::Cognito {
        let owner = caller.has_own_pools.then_some(caller.account.as_str());
        let pool = instance.pools.addressed(&fields, owner);
        // A pool exists only in its regions.
        pool.in_region(caller.region.as_deref())
            .unwrap_or_else(|| instance.pools.no_pool())
    } else {
        instance.pools.no_pool()
    };
    let may_block = !service.settings.triggers.is_empty()
        || instance.pools.imports.have_hashes()
        // The metadata of a SAML provider is read.
        || fields.contains_key("ProviderDetails")
        || fields.get("SubjectTokenType").is_some_and(|kind| kind == "SAML2")
        // A client id metadata document is read.
        || operation.name == "UpdateClientMetadataURLState"
        // All users of the pool are compared with the filter.
        || (caller.is_window && fields.contains_key("Filter"));
    let work = move |pools: &Pools| {
        let call = Call {
            account: &caller.account,
            region: caller.region.as_deref(),
            is_signed: caller.is_signed,
            has_quotas: !caller.is_window,
            peer: caller.peer,
            request_id: &caller.request_id,
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
