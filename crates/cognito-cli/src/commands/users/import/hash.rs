//! The password hashes that an import job accepts. The formats and the maximum cost parameters are
//! from the AWS developer guide ("Importing users with password hashes").

use clap::ValueEnum;

/// The algorithm of the password hashes in an import file. All hashes of a file have the same
/// algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Algorithm {
    Argon2id,
    Bcrypt,
    #[value(name = "pbkdf2-sha256")]
    Pbkdf2Sha256,
    Scrypt,
}

impl Algorithm {
    /// Returns the name of the algorithm in Cognito's API (`PasswordHashingAlgorithm`).
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Argon2id => "ARGON2ID",
            Self::Bcrypt => "BCRYPT",
            Self::Pbkdf2Sha256 => "PBKDF2_SHA256",
            Self::Scrypt => "SCRYPT",
        }
    }

    /// Checks the format and the cost parameters of a password hash. If they are not accepted,
    /// fails with the reason.
    pub(super) fn check(self, hash: &str) -> Result<(), &'static str> {
        let costs = match self {
            Self::Argon2id => argon2id(hash),
            Self::Bcrypt => bcrypt(hash),
            Self::Pbkdf2Sha256 => pbkdf2(hash),
            Self::Scrypt => scrypt(hash),
        };
        let costs = costs.ok_or("does not have the form of the algorithm")?;
        if costs.iter().any(|(cost, most)| cost > most) {
            return Err("has a cost that Cognito does not accept");
        }
        Ok(())
    }
}

/// The cost parameters of a password hash, such as the number of iterations. Each value is followed
/// by the maximum that Cognito accepts.
type Costs = Vec<(u32, u32)>;

/// Reads the cost parameters of an Argon2id hash (memory, passes and lanes). Returns `None` if the
/// hash is not in the format `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
fn argon2id(hash: &str) -> Option<Costs> {
    let [version, costs, salt, key] = parts(hash.strip_prefix("$argon2id$")?)?;
    let costs: Vec<&str> = costs.split(',').collect();
    let [memory, passes, lanes] = costs[..] else {
        return None;
    };
    let cost = |text: &str, name: &str| number(text.strip_prefix(name)?);
    let is_valid = matches!(version, "v=16" | "v=19") && is_base64(salt) && is_base64(key);
    is_valid.then_some(vec![
        (cost(memory, "m=")?, 19_456),
        (cost(passes, "t=")?, 2),
        (cost(lanes, "p=")?, 1),
    ])
}

/// Reads the cost parameter of a bcrypt hash. Returns `None` if the hash is not in the format
/// `$2b$10$`, followed by 53 characters of salt and hash.
fn bcrypt(hash: &str) -> Option<Costs> {
    let variants = ["$2a$", "$2b$", "$2x$", "$2y$"];
    let rest = variants
        .iter()
        .find_map(|variant| hash.strip_prefix(variant))?;
    let (cost, rest) = rest.split_once('$')?;
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    let is_valid = cost.len() == 2 && rest.len() == 53 && rest.bytes().all(is_digit);
    let cost = number(cost).filter(|cost| *cost >= 4)?;
    is_valid.then_some(vec![(cost, 12)])
}

/// Reads the cost parameter of a PBKDF2 hash (the iterations). Returns `None` if the hash is not in
/// the format `$pbkdf2-sha256$600000$salt$hash`.
fn pbkdf2(hash: &str) -> Option<Costs> {
    let [iterations, salt, key] = parts(hash.strip_prefix("$pbkdf2-sha256$")?)?;
    let iterations = number(iterations).filter(|number| *number > 0)?;
    (is_base64(salt) && is_base64(key)).then_some(vec![(iterations, 600_000)])
}

/// Reads the cost parameters of an scrypt hash (N, r and p). Returns `None` if the hash is not in
/// the format `65536$8$1$salt$hash`, with the salt and the hash in hexadecimal.
fn scrypt(hash: &str) -> Option<Costs> {
    let [n, r, p, salt, key] = parts(hash)?;
    let is_hex = |text: &str| {
        !text.is_empty()
            && text.len().is_multiple_of(2)
            && text.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let n = number(n).filter(|n| *n >= 2 && n.is_power_of_two())?;
    let is_valid = is_hex(salt) && is_hex(key);
    is_valid.then_some(vec![(n, 65_536), (number(r)?, 8), (number(p)?, 1)])
}

fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().ok()
}

fn number(text: &str) -> Option<u32> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal.then(|| text.parse().ok())?
}

/// Returns `true` for base64 with optional padding. A dot is accepted in place of a plus sign, as
/// in passlib.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/.".contains(&byte);
    !digits.is_empty() && digits.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::Algorithm::*;

    /// The first four hashes are the examples of the AWS developer guide.
    #[test]
    fn form_and_costs_are_checked() {
        let bcrypt = "$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6";
        let salt = "c2FsdHNhbHQ";
        let argon = |costs: &str| format!("$argon2id$v=19${costs}${salt}${salt}");
        for (algorithm, hash, is_valid) in [
            (Bcrypt, bcrypt.to_owned(), true),
            (Scrypt, "65536$8$1$304d$4f69".to_owned(), true),
            (Argon2id, argon("m=19456,t=2,p=1"), true),
            (
                Pbkdf2Sha256,
                format!("$pbkdf2-sha256$600000${salt}${salt}"),
                true,
            ),
            (Bcrypt, bcrypt.replace("$10$", "$13$"), false),
            (Bcrypt, bcrypt[..59].to_owned(), false),
            (Bcrypt, "SecurePass123!".to_owned(), false),
            (Scrypt, "65535$8$1$304d$4f69".to_owned(), false),
            (Scrypt, "131072$8$1$304d$4f69".to_owned(), false),
            (Argon2id, argon("m=19457,t=2,p=1"), false),
            (Argon2id, argon("m=19456,t=2"), false),
            (
                Pbkdf2Sha256,
                format!("$pbkdf2-sha256$600001${salt}${salt}"),
                false,
            ),
            (
                Pbkdf2Sha256,
                format!("$pbkdf2-sha256$-1${salt}${salt}"),
                false,
            ),
        ] {
            assert_eq!(algorithm.check(&hash).is_ok(), is_valid, "{hash}");
        }
    }
}
