//! Compares this crate with `jsonwebtoken`: creates tokens, verifies each with both libraries, and
//! counts the results.

use std::collections::BTreeMap;
use std::fmt::Write;

use cognito_jwt::Reason;

use super::mutants::{Mutants, pool};
use super::verifiers::{Ours, Theirs};

/// The maximum number of tokens that a `Report` lists.
const MAX_SHOWN: usize = 20;

/// The result of comparing two verifiers: how many tokens had each combination of results.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tokens: u64,
    pub(crate) with_valid_signature: u64,
    pub(crate) accepted_by_both: u64,
    pub(crate) rejected_by_both: u64,
    pub(crate) rejected_by_us_alone: BTreeMap<Reason, u64>,
    /// The number of tokens that the verifier of this crate rejected, by reason. It includes the
    /// tokens that `jsonwebtoken` also rejected.
    pub(crate) reasons: BTreeMap<Reason, u64>,
    pub(crate) accepted_by_us_alone: u64,
    pub(crate) read_differently: u64,
    /// The first tokens that only the verifier of this crate accepted, or that both verifiers
    /// accepted with different claims. Each has its sequence number.
    shown: Vec<(u64, String)>,
}

/// Creates the first `count` tokens for `seed`, and verifies each with this crate and with
/// `jsonwebtoken`.
pub(crate) fn run(count: u64, seed: u64) -> Report {
    let ours = Ours::new();
    let theirs = Theirs::new(&pool(), &ours.issuers());
    let mutants = Mutants::new();
    let mut report = Report::default();
    for place in 0..count {
        let mutant = mutants.get(seed, place);
        report.tokens += 1;
        report.with_valid_signature += u64::from(mutant.is_signed);
        let token = mutant.token;
        let accepted = theirs.verify(&token, mutant.token_use);
        match (ours.verify(&token, mutant.token_use), accepted) {
            (Ok(ours), Some(theirs)) if ours == theirs => report.accepted_by_both += 1,
            (Ok(_), Some(_)) => {
                report.read_differently += 1;
                report.show(place, token);
            }
            (Ok(_), None) => {
                report.accepted_by_us_alone += 1;
                report.show(place, token);
            }
            (Err(reason), accepted) => report.rejected(reason, accepted.is_some()),
        }
    }
    report
}

impl Report {
    /// Returns `true` if every token that the verifier of this crate accepted was also accepted by
    /// `jsonwebtoken`, with the same claims.
    pub(crate) fn is_clean(&self) -> bool {
        self.accepted_by_us_alone == 0 && self.read_differently == 0
    }

    fn rejected(&mut self, reason: Reason, by_us_alone: bool) {
        *self.reasons.entry(reason).or_default() += 1;
        if by_us_alone {
            *self.rejected_by_us_alone.entry(reason).or_default() += 1;
        } else {
            self.rejected_by_both += 1;
        }
    }

    fn show(&mut self, place: u64, token: String) {
        if self.shown.len() < MAX_SHOWN {
            self.shown.push((place, token));
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |what: &str, count: u64| {
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{what:<46} {count:>9}");
        };
        line("tokens", self.tokens);
        line("with a valid signature", self.with_valid_signature);
        line("accepted by both", self.accepted_by_both);
        line("rejected by both", self.rejected_by_both);
        let alone = self.rejected_by_us_alone.values().sum();
        line("rejected by the verifier alone", alone);
        for (reason, count) in &self.rejected_by_us_alone {
            line(&format!("  {}", reason.name()), *count);
        }
        line("accepted by the verifier alone", self.accepted_by_us_alone);
        line(
            "accepted by both and read differently",
            self.read_differently,
        );
        line(
            "rejected by the verifier, in all",
            self.reasons.values().sum(),
        );
        for (reason, count) in &self.reasons {
            line(&format!("  {}", reason.name()), *count);
        }
        for (place, token) in &self.shown {
            let _ = writeln!(text, "token {place}: {token}");
        }
        text
    }
}
