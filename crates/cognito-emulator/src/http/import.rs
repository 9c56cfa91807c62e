//! The files and the results of import jobs: `/_emulator/import-jobs/<job id>`.
//!
//! In AWS, the file of a job is uploaded to a presigned URL of S3, and the results are in
//! CloudWatch Logs. Here, `PUT` uploads the file, and `GET` returns the results.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::http::admin::parameter;
use crate::http::body::{RequestBody, read_at_most};
use crate::http::instance::Instance;
use crate::http::page::{Page, forbidden, not_allowed};
use crate::http::wire::document;
use crate::state::imports::UploadError;

const PATH: &str = "/_emulator/import-jobs/";

/// The maximum size of an import file, in bytes: AWS's quota.
const MOST_FILE: usize = 100 * 1024 * 1024;

/// The encryption header of an upload. It is required, because the signature of AWS's presigned URL
/// includes it.
const ENCRYPTION: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");

/// Returns the job id in the path of an import job. Returns `None` for any other path.
pub(super) fn job_id(path: &str) -> Option<&str> {
    path.strip_prefix(PATH).filter(|id| !id.contains('/'))
}

/// Handles a request to the URL of an import job: `PUT` uploads the file of the job, and `GET`
/// returns the results.
pub(super) async fn page(instance: &Arc<Instance>, request: Request<impl RequestBody>) -> Page {
    let (head, body) = request.into_parts();
    let id = job_id(head.uri.path()).unwrap_or_default();
    match head.method {
        Method::PUT => {
            let signature = parameter(head.uri.query(), "X-Amz-Signature");
            upload(
                instance,
                id,
                &signature.unwrap_or_default(),
                &head.headers,
                body,
            )
            .await
        }
        Method::GET => match instance.pools.imports.results(id) {
            Some(results) => document(StatusCode::OK, &results),
            None => document(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
        },
        _ => not_allowed("GET, PUT"),
    }
}

async fn upload(
    instance: &Arc<Instance>,
    id: &str,
    signature: &str,
    headers: &HeaderMap,
    body: impl RequestBody,
) -> Page {
    if instance.hosts.is_foreign(&Method::PUT, headers) {
        return forbidden("pages of this origin are not allowed");
    }
    let is_encrypted = headers
        .get(ENCRYPTION)
        .is_some_and(|value| value == "aws:kms");
    if !is_encrypted {
        return denied("SignatureDoesNotMatch");
    }
    let (imports, clock) = (&instance.pools.imports, &instance.pools.clock);
    if let Err(error) = imports.check_upload(id, signature, clock.now()) {
        return rejected(error);
    }
    // Without a limit, the files that are being received could fill the memory.
    let Ok(_permit) = instance.limits.uploads.try_acquire() else {
        return rejected(UploadError::Full);
    };
    let file = match read_at_most(body, MOST_FILE).await {
        Ok(file) => file,
        Err(page) => return page,
    };
    match imports.upload(id, signature, file, clock.now()) {
        Ok(()) => Response::new(Full::default()),
        Err(error) => rejected(error),
    }
}

fn rejected(error: UploadError) -> Page {
    match error {
        UploadError::Denied => denied("SignatureDoesNotMatch"),
        UploadError::Expired => denied("AccessDenied"),
        UploadError::Full => error_page(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
    }
}

fn denied(code: &'static str) -> Page {
    error_page(StatusCode::FORBIDDEN, code)
}

/// Returns an error in the XML format of S3.
fn error_page(status: StatusCode, code: &'static str) -> Page {
    let body =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>");
    let mut page = Response::new(Full::new(Bytes::from(body)));
    *page.status_mut() = status;
    let xml = HeaderValue::from_static("application/xml");
    page.headers_mut().insert(CONTENT_TYPE, xml);
    page
}
