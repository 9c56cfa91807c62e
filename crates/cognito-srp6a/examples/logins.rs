//! Runs random SRP logins, with the client and the server in this process.
//!
//! `cargo run --release -p cognito-srp6a --example logins -- 10000`
//!
//! The argument is the number of logins. Default: 1000. The pool, the name, the password and the
//! time of each login are random. Names and passwords contain characters of one to four bytes in
//! UTF-8.
//!
//! The server must accept the right password and reject a wrong password. It must also return the
//! time that the client signed. If the result of a login is wrong, the exit code is 1.
//!
//! Both sides use this crate, so this program does not show that the crate matches Cognito. The
//! test vectors of other projects show that.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints its result"
)]

use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};
use std::{env, thread};

use aws_lc_rs::rand;
use cognito_srp6a::{Answer, Challenge, Exchange, ServerExchange, SrpError, Subject, Verifier};

/// The characters of random user names and passwords. Each has one to four bytes in UTF-8.
const CHARACTERS: &[char] = &[
    'a', 'Z', '0', ' ', '!', '$', '"', '\\', '\u{0}', '\u{7f}', 'ß', 'é', 'ж', 'א', '山', 'ﬁ', '😀',
];

fn main() -> ExitCode {
    let number = env::args().nth(1).map_or(Ok(1000), |text| text.parse());
    let Ok(number) = number else {
        eprintln!("usage: logins [NUMBER]");
        return ExitCode::FAILURE;
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let shares = (0..threads).map(|place| (place..number).step_by(threads).count());
    let wrong: usize = thread::scope(|scope| {
        let running: Vec<_> = shares
            .map(|share| scope.spawn(move || (0..share).filter(|_| !login_is_right()).count()))
            .collect();
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|wrong| wrong.unwrap_or(number)).sum()
    });
    println!(
        "{number} random logins: {} passed, {wrong} failed",
        number.saturating_sub(wrong)
    );
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs one login with the right password and one with a wrong password. Returns `true` if the
/// server accepts the first login, rejects the second login, and returns the timestamp that the
/// client has sent in the first login.
fn login_is_right() -> bool {
    let pool = format!(
        "eu-central-1_{:x}",
        random::<4>().map_or(0, u32::from_be_bytes)
    );
    let (Some(name), Some(password), Some(other)) = (text(40), text(64), text(64)) else {
        return false;
    };
    let Some(seconds) = random::<4>().map(u32::from_be_bytes) else {
        return false;
    };
    let right = login(&pool, &name, (&password, &password), seconds);
    let wrong = login(&pool, &name, (&password, &other), seconds);
    right == Ok(u64::from(seconds)) && (other == password || wrong == Err(SrpError::WrongSignature))
}

/// Runs one login. The server has a verifier for the password `stored`, and the client signs in
/// with the password `entered`. Returns the client's timestamp that the server verified, in seconds
/// since the Unix epoch.
fn login(
    pool: &str,
    name: &str,
    (stored, entered): (&str, &str),
    seconds: u32,
) -> Result<u64, SrpError> {
    let subject = Subject::user(pool, name)?;
    let verifier = Verifier::new(subject.clone(), stored)?;
    let client = Exchange::start()?;
    let server = ServerExchange::start(&verifier, &client.srp_a())?;
    let challenge = Challenge::from_parameters(|name| match name {
        "SRP_B" => Some(server.srp_b()),
        "SALT" => Some(server.salt()),
        "SECRET_BLOCK" => Some(server.secret_block()),
        _ => None,
    })?;
    let now = UNIX_EPOCH + Duration::from_secs(seconds.into());
    let proof = client.prove(&subject, entered, &challenge, now)?;
    let timestamp = proof.timestamp.to_string();
    let answer = Answer::from_parameters(|name| match name {
        "PASSWORD_CLAIM_SIGNATURE" => Some(&proof.signature),
        "PASSWORD_CLAIM_SECRET_BLOCK" => Some(&proof.secret_block),
        "TIMESTAMP" => Some(&timestamp),
        _ => None,
    })?;
    let read = server.verify(&answer)?.time().duration_since(UNIX_EPOCH);
    Ok(read.map_or(0, |since| since.as_secs()))
}

/// Returns 1 to `most` random characters. Returns `None` if the crypto library fails.
fn text(most: u8) -> Option<String> {
    let [length] = random::<1>()?;
    (0..=length % most)
        .map(|_| {
            let [place] = random::<1>()?;
            CHARACTERS.get(usize::from(place) % CHARACTERS.len())
        })
        .collect()
}

fn random<const LENGTH: usize>() -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).ok()?;
    Some(bytes)
}
