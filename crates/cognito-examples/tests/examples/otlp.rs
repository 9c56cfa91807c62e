//! The OTLP example, with a stand-in for a collector.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::otlp::sign_in;
use crate::otlp::telemetry::Telemetry;

/// A collector that stores the spans and the names of the metrics.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<Vec<String>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        self.spans.lock().unwrap().extend(spans);
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let resources = request.into_inner().resource_metrics.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_metrics);
        let names = scopes.flat_map(|scope| scope.metrics).map(|it| it.name);
        self.metrics.lock().unwrap().extend(names);
        Ok(Response::new(Default::default()))
    }
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let attributes = span.attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref().and_then(|it| it.value.as_ref());
        let text = match value {
            Some(Value::StringValue(text)) => text.clone(),
            other => format!("{other:?}"),
        };
        (attribute.key.as_str(), text)
    });
    attributes.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collector_receives_spans_and_metrics() {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder()
        .add_service(TraceServiceServer::new(collector.clone()))
        .add_service(MetricsServiceServer::new(collector.clone()))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(server);

    let telemetry = Telemetry::connect(&address).unwrap();
    {
        let recorder = telemetry.recorder.clone();
        let _spans = tracing::subscriber::set_default(telemetry.subscriber());
        let _metrics = metrics::set_default_local_recorder(&recorder);
        sign_in().await.unwrap();
    }
    let shutdown = tokio::task::spawn_blocking(move || telemetry.shutdown());
    shutdown.await.unwrap().unwrap();

    let spans = collector.spans.lock().unwrap().clone();
    let operations = spans.iter().filter(|it| it.name == "cognito InitiateAuth");
    let operations: Vec<_> = operations.collect();
    assert_eq!(operations.len(), 2, "{spans:?}");
    let calls = spans.iter().filter(|it| it.kind == SpanKind::Client as i32);
    let call = calls
        .clone()
        .find(|it| it.name == "CognitoIdentityProvider.InitiateAuth")
        .unwrap();
    assert_eq!(call.parent_span_id, operations[0].span_id);
    let found = attributes(call);
    assert_eq!(found["rpc.system"], "aws-api");
    assert_eq!(found["rpc.method"], "InitiateAuth");
    assert!(found["aws.request_id"].len() > 30, "{found:?}");
    let failed = calls.filter(|it| attributes(it).contains_key("error.type"));
    let failed: Vec<_> = failed
        .map(|it| attributes(it)["error.type"].clone())
        .collect();
    assert_eq!(failed, ["NotAuthorizedException"]);
    let shown = format!("{spans:?}");
    for hidden in [cognito_examples::ANN, cognito_examples::PASSWORD] {
        assert!(!shown.contains(hidden), "{hidden}");
    }

    let metrics = collector.metrics.lock().unwrap().clone();
    for name in [
        "cognito_operations_total",
        "cognito_operation_duration_seconds",
        "cognito_quota_requests_total",
    ] {
        assert!(metrics.iter().any(|it| it == name), "{name} in {metrics:?}");
    }
}
