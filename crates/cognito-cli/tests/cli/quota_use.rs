//! The use of the quotas in `cognito quota`, from a server that takes the place of CloudWatch.
//!
//! The requests and responses have the shapes of CloudWatch's service model (2010-08-01), in the
//! protocol AWS JSON 1.0.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::{Folder, Pool, Ran, run};

const TARGET: &str = "GraniteServiceVersion20100801.GetMetricData";

/// Starts a server that returns `response` to each `GetMetricData`.
async fn cloud_watch(response: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header("x-amz-target", TARGET))
        .and(header("content-type", "application/x-amz-json-1.0"))
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

/// Runs `cognito quota` with this endpoint of CloudWatch.
async fn quota(pool: &Pool, cloud_watch: &str) -> Ran {
    let mut command = pool.command(&["quota", "--output", "json"]);
    command.env("AWS_ENDPOINT_URL_CLOUDWATCH", cloud_watch);
    run(command).await
}

/// Returns the row of a category.
fn row(ran: &Ran, category: &str) -> Value {
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let mut rows = rows.into_iter();
    rows.find(|row| row["category"] == category).unwrap()
}

/// Returns a result of CloudWatch. The values are of the intervals before the end of the request,
/// with the newest interval first.
fn result(request: &Request, id: &str, label: &str, values: &[f64]) -> Value {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let end = body["EndTime"].as_u64().unwrap();
    let ends = (1..=values.len()).map(|back| end - 300 * back as u64);
    json!({
        "Id": id, "Label": label, "StatusCode": "Complete",
        "Timestamps": ends.collect::<Vec<_>>(), "Values": values,
    })
}

fn page(results: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "MetricDataResults": results, "Messages": [] }))
}

/// Responds with 3,000 calls in the last five minutes.
fn some_calls(request: &Request) -> ResponseTemplate {
    page(&[result(request, "calls", "UserAuthentication", &[3000.0])])
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_compared_with_quota() {
    let pool = Pool::start().await;
    let server = cloud_watch(|request: &Request| {
        page(&[
            result(request, "calls", "UserAuthentication", &[3015.0, 30000.0]),
            result(request, "throttles", "UserAuthentication", &[0.0, 7.0]),
            result(request, "calls", "UserRead CallCount", &[150.0]),
            result(request, "calls", "GetId", &[1.0]),
        ])
    })
    .await;
    let ran = quota(&pool, &server.uri()).await;
    ran.check(0, "");
    assert_eq!(ran.stderr, "");
    let expected = json!({
        "category": "UserAuthentication", "per_second": 120, "used": 10.1, "peak": 100.0,
        "peak_percent": 83.0, "throttled": 7, "free": 120, "source": "account",
        "this_command": 60,
    });
    assert_eq!(row(&ran, "UserAuthentication"), expected);
    assert_eq!(row(&ran, "UserRead")["used"], 0.5);
    assert_eq!(row(&ran, "UserList")["peak"], Value::Null);
    let [request] = &server.received_requests().await.unwrap()[..] else {
        panic!("one request");
    };
    let signature = request.headers["authorization"].to_str().unwrap();
    assert!(
        signature.contains("/monitoring/aws4_request"),
        "{signature}"
    );
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let time = |name: &str| body[name].as_u64().unwrap();
    assert_eq!(time("EndTime") - time("StartTime"), 3600);
    for (query, id, metric) in [(0, "calls", "CallCount"), (1, "throttles", "ThrottleCount")] {
        let expected = json!({
            "Id": id, "Period": 300, "Label": "${PROP('Dim.Resource')}",
            "Expression": format!(
                "SEARCH('Namespace=\"AWS/Usage\" MetricName=\"{metric}\" Service=Cognito', 'Sum', 300)"
            ),
        });
        assert_eq!(body["MetricDataQueries"][query], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_are_read() {
    let pool = Pool::start().await;
    let server = cloud_watch(|request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let (category, token) = match body["NextToken"].as_str() {
            None => ("UserRead", json!("next")),
            Some(token) => {
                assert_eq!(token, "next");
                ("UserList", Value::Null)
            }
        };
        let results = [result(request, "calls", category, &[600.0])];
        ResponseTemplate::new(200)
            .set_body_json(json!({ "MetricDataResults": results, "NextToken": token }))
    })
    .await;
    let ran = quota(&pool, &server.uri()).await;
    for category in ["UserRead", "UserList"] {
        assert_eq!(row(&ran, category)["used"], 2.0, "{ran:?}");
    }
    // A list that never ends is not read for ever.
    let endless = json!({ "MetricDataResults": [], "NextToken": "next" });
    let server = cloud_watch(ResponseTemplate::new(200).set_body_json(endless)).await;
    let ran = quota(&pool, &server.uri()).await;
    ran.check(0, "too many pages");
    assert_eq!(server.received_requests().await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_use_leaves_quotas() {
    let pool = Pool::start().await;
    let message = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: \
                   cloudwatch:GetMetricData because no identity-based policy allows it";
    for code in [
        "com.amazon.coral.service#AccessDeniedException",
        "AccessDenied",
    ] {
        let body = json!({ "__type": code, "Message": message });
        let server = cloud_watch(ResponseTemplate::new(400).set_body_json(body)).await;
        let ran = quota(&pool, &server.uri()).await;
        ran.check(0, "needs the IAM action cloudwatch:GetMetricData");
        assert!(!ran.stderr.contains("ann"), "{ran:?}");
        assert_eq!(row(&ran, "UserAuthentication")["per_second"], 120);
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_use_leaves_quotas() {
    let pool = Pool::start().await;
    let body = json!({ "__type": "ThrottlingException", "message": "Rate exceeded" });
    let server = cloud_watch(ResponseTemplate::new(400).set_body_json(body)).await;
    let ran = quota(&pool, &server.uri()).await;
    ran.check(0, "ThrottlingException");
    assert_eq!(row(&ran, "UserAuthentication")["per_second"], 120);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_response_leaves_quotas() {
    let pool = Pool::start().await;
    let html = || ResponseTemplate::new(200).set_body_string("<html></html>");
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let wrong = json!({ "Id": "calls", "Label": "UserRead", "Timestamps": [1], "Values": [] });
    for (response, reason) in [
        (html(), "not from AWS"),
        (json(json!({})), "no MetricDataResults"),
        (json(json!({ "MetricDataResults": [wrong] })), "not valid"),
        (ResponseTemplate::new(503), "HTTP 503"),
    ] {
        let server = cloud_watch(response).await;
        let ran = quota(&pool, &server.uri()).await;
        ran.check(0, reason);
        assert_eq!(row(&ran, "UserAuthentication")["per_second"], 120);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_cloud_watch_leaves_quotas() {
    let pool = Pool::start().await;
    for (endpoint, reason) in [
        // No server listens on this port.
        ("http://127.0.0.1:1", "could not be reached"),
        (
            "http://monitoring.example",
            "AWS_ENDPOINT_URL_CLOUDWATCH must be https",
        ),
    ] {
        let ran = quota(&pool, endpoint).await;
        ran.check(0, reason);
        assert_eq!(row(&ran, "UserAuthentication")["per_second"], 120);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_of_profile_is_used() {
    let (pool, folder) = (Pool::start().await, Folder::new("quota-profile"));
    let server = cloud_watch(some_calls).await;
    let config = folder.path("config");
    let text = format!(
        "[profile dev]\nservices = local\n[services local]\ncloudwatch =\n  endpoint_url = {}\n",
        server.uri()
    );
    fs::write(&config, text).unwrap();
    let mut command = pool.command(&["quota", "--output", "json", "--profile", "dev"]);
    command.env("AWS_CONFIG_FILE", &config);
    let ran = run(command).await;
    assert_eq!(row(&ran, "UserAuthentication")["used"], 10.0, "{ran:?}");
}

/// AWS charges for each metric that is read.
#[tokio::test(flavor = "multi_thread")]
async fn watch_reads_use_once_per_minute() {
    let pool = Pool::start().await;
    let server = cloud_watch(some_calls).await;
    let arguments = [
        "quota",
        "--watch=100ms",
        "--output",
        "ndjson",
        "--rate",
        "5000",
    ];
    let mut command = pool.command(&arguments);
    command.env("AWS_ENDPOINT_URL_CLOUDWATCH", server.uri());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for value in [120, 250] {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            let row: Value = serde_json::from_str(&line).unwrap();
            if row["category"] == "UserAuthentication" && row["per_second"] == value {
                assert_eq!(row["used"], 10.0);
                break;
            }
        }
        crate::quota::raise(&pool, 250).await;
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}
