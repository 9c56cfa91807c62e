//! temporary
#![allow(clippy::all, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, clippy::expect_used)]
use std::time::{Duration, Instant};
use cognito_emulator::Emulator;
use hyper::client::conn::http1;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use bytes::Bytes;
async fn run(addr: String, target: &'static str, body: String, until: Instant) -> u64 {
    let s = tokio::net::TcpStream::connect(&addr).await.unwrap(); s.set_nodelay(true).unwrap();
    let (mut tx, c) = http1::handshake(TokioIo::new(s)).await.unwrap(); tokio::spawn(c);
    let body = Bytes::from(body); let mut n = 0;
    while Instant::now() < until {
        let r = hyper::Request::post("/").header("host","x").header("x-amz-target", target).body(Full::new(body.clone())).unwrap();
        let r = tx.send_request(r).await.unwrap(); let ok = r.status()==200; let _ = r.into_body().collect().await.unwrap(); if !ok { panic!("status"); } n += 1;
    }
    n
}
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmRSS")).unwrap().to_owned() }
#[tokio::main(flavor="multi_thread", worker_threads=2)]
async fn main() {
    let t = Instant::now(); let e = Emulator::builder().start().await.unwrap(); println!("start {:?}", t.elapsed());
    let t = Instant::now(); let e2 = Emulator::builder().start().await.unwrap(); println!("start2 {:?}", t.elapsed()); drop(e2);
    e.create_user("a@b.co","SecurePass123!",&[("name","x")]).unwrap();
    let addr = e.endpoint().trim_start_matches("http://").to_owned();
    let login = r#"{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"emulatorclient1","AuthParameters":{"USERNAME":"a@b.co","PASSWORD":"SecurePass123!"}}"#.to_string();
    let s = tokio::net::TcpStream::connect(&addr).await.unwrap();
    let (mut tx, c) = http1::handshake(TokioIo::new(s)).await.unwrap(); tokio::spawn(c);
    let r = tx.send_request(hyper::Request::post("/").header("host","x").header("x-amz-target","AWSCognitoIdentityProviderService.InitiateAuth").body(Full::new(Bytes::from(login.clone()))).unwrap()).await.unwrap();
    let b = r.into_body().collect().await.unwrap().to_bytes(); let v: serde_json::Value = serde_json::from_slice(&b).unwrap();
    let at = v["AuthenticationResult"]["AccessToken"].as_str().unwrap().to_owned();
    for (name, target, body) in [("GetUser","AWSCognitoIdentityProviderService.GetUser", format!("{{\"AccessToken\":\"{at}\"}}")), ("login","AWSCognitoIdentityProviderService.InitiateAuth", login.clone()), ("login","AWSCognitoIdentityProviderService.InitiateAuth", login)] {
        let until = Instant::now()+Duration::from_secs(4); let t = Instant::now();
        let hs: Vec<_> = (0..8).map(|_| tokio::spawn(run(addr.clone(), target, body.clone(), until))).collect();
        let mut n=0; for h in hs { n+=h.await.unwrap(); }
        println!("{name} {:.0}/s {}", n as f64/t.elapsed().as_secs_f64(), rss());
    }
    // two RSA signatures per login: floor
    let pem = include_str!("../src/tokens/test-keys/access.pem"); let body: String = pem.split("-----").nth(2).unwrap().split_whitespace().collect();
    use base64::Engine; let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let t = Instant::now(); let k = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(&der).unwrap(); println!("parse {:?}", t.elapsed());
    let mut out = vec![0; 256]; let rng = aws_lc_rs::rand::SystemRandom::new(); let t = Instant::now();
    for _ in 0..2000 { k.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &rng, &[0;700], &mut out).unwrap(); }
    println!("sign {:?} => two cores floor {:.0} logins/s", t.elapsed()/2000, 1.0/(t.elapsed().as_secs_f64()/2000.0));
}
