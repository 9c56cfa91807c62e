//! A gRPC service behind a guard of `cognito-tower`. A caller without a valid token gets
//! `UNAUTHENTICATED`. A caller without the required group gets `PERMISSION_DENIED`. For these
//! callers, the methods of the service do not run.
//!
//! ```sh
//! cargo run --example tonic_service
//! ```
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::sync::Arc;

use cognito_examples::{ANN, BOB, Fixture, Outcome};
use cognito_jwt::{AccessClaims, CognitoVerifier};
use cognito_tower::{GrpcStatus, RequireToken};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};

use orders::orders_client::OrdersClient;
use orders::orders_server::{Orders, OrdersServer};
use orders::{MineReply, MineRequest};

#[allow(
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated from orders.proto"
)]
mod orders {
    tonic::include_proto!("orders");
}

/// The gRPC service of this example. It identifies the user by the token, and not by the content of
/// the request message.
#[derive(Debug)]
struct Shop;

#[tonic::async_trait]
impl Orders for Shop {
    async fn mine(&self, request: Request<MineRequest>) -> Result<Response<MineReply>, Status> {
        let claims = request
            .extensions()
            .get::<Arc<AccessClaims>>()
            .ok_or_else(|| Status::internal("the service was started without its guard"))?;
        let reply = MineReply {
            sub: claims.sub.clone(),
            orders: vec!["tea".to_owned(), "a kettle".to_owned()],
        };
        Ok(Response::new(reply))
    }
}

/// Runs the gRPC server. It accepts only members of the group `admins`.
async fn serve(verifier: CognitoVerifier, listener: TcpListener) -> Outcome {
    let guard = RequireToken::access(verifier)
        .group("admins")
        .rejection_response(GrpcStatus::default());
    let server = Server::builder().layer(guard);
    let incoming = TcpIncoming::from(listener);
    let mut server = server;
    Ok(server
        .add_service(OrdersServer::new(Shop))
        .serve_with_incoming(incoming)
        .await?)
}

/// Requests the orders of the user to whom `token` was issued. If `token` is `None`, the request
/// contains no token.
async fn ask(channel: &Channel, token: Option<&str>) -> Result<MineReply, Status> {
    let mut request = Request::new(MineRequest {});
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse();
        let value =
            value.map_err(|_| Status::invalid_argument("the token has invalid characters"))?;
        request.metadata_mut().insert("authorization", value);
    }
    let reply = OrdersClient::new(channel.clone()).mine(request).await?;
    Ok(reply.into_inner())
}

/// Starts the pool and the service. Sends a request without a token, then a request with Bob's
/// token and a request with Ann's token. Returns the gRPC status codes in this order.
pub async fn run() -> Outcome<Vec<Code>> {
    let fixture = Fixture::start().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(serve(fixture.verifier()?.build()?, listener));
    let channel = Channel::from_shared(address)?.connect().await?;
    let (ann, bob) = (
        fixture.access_token(ANN).await?,
        fixture.access_token(BOB).await?,
    );
    let mut codes = Vec::new();
    for (name, token) in [("nobody", None), ("Bob", Some(bob)), ("Ann", Some(ann))] {
        let code = match ask(&channel, token.as_deref()).await {
            Ok(reply) => {
                println!("{name}: {} orders", reply.orders.len());
                Code::Ok
            }
            Err(status) => {
                println!("{name}: {:?}, {}", status.code(), status.message());
                status.code()
            }
        };
        codes.push(code);
    }
    server.abort();
    Ok(codes)
}

#[tokio::main]
async fn main() -> Outcome {
    run().await.map(drop)
}
