//! Measures the maximum number of sign-ins per second on this host. Each sign-in must sign its
//! tokens, so no server can be faster than these signatures.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use crate::Result;

/// A message that is as long as the signed part of a Cognito access token.
const MESSAGE: [u8; 900] = [b'x'; 900];

/// Returns the maximum number of sign-ins per second on this host, if every core does nothing but
/// sign tokens. A sign-in needs two RS256 signatures with a 2048-bit key. The measurement takes
/// `time`.
pub(crate) fn logins(time: Duration) -> Result<f64> {
    let key = KeyPair::generate(KeySize::Rsa2048)?;
    let threads = thread::available_parallelism()?.get();
    let signed = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| signatures(&key, time)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Ok(0.0)))
            .sum::<Result<f64>>()
    })?;
    Ok(signed / 2.0)
}

/// Measures how many signatures per second this thread makes. The measurement takes `time`.
fn signatures(key: &KeyPair, time: Duration) -> Result<f64> {
    let random = SystemRandom::new();
    let mut signature = vec![0; key.public_modulus_len()];
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < time {
        key.sign(
            &RSA_PKCS1_SHA256,
            &random,
            black_box(&MESSAGE),
            &mut signature,
        )?;
        black_box(&signature);
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}
