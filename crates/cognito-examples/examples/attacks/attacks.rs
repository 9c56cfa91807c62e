//! Simulated attacks on the library: the list of all attacks, and the types that every attack uses.

mod budgets;
mod cookie_header;
mod crowd;
mod distribution;
mod enumeration;
mod filling;
mod guessing;
mod large_tokens;
mod lockout;
mod revocations;
mod slow_clients;
mod timing;

use std::fmt;
use std::pin::Pin;

/// All attacks, in the order of `docs/contributing/testing.md`.
pub(crate) const ALL: &[Attack] = &[
    Attack {
        name: "enumeration: responses",
        run: |size| Box::pin(enumeration::sequences(size)),
    },
    Attack {
        name: "timing: sign-in, the share of the library",
        run: |size| Box::pin(timing::of_the_library(size, timing::SIGN_IN)),
    },
    Attack {
        name: "timing: codes, the share of the library",
        run: |size| Box::pin(timing::of_the_library(size, timing::CODES)),
    },
    Attack {
        name: "timing: controls, which must find a difference",
        run: |size| Box::pin(timing::controls(size)),
    },
    Attack {
        name: "timing: with the emulator",
        run: |size| Box::pin(timing::with_the_emulator(size)),
    },
    Attack {
        name: "guessing: one address, one account",
        run: |size| Box::pin(guessing::one_address_one_account(size)),
    },
    Attack {
        name: "large tokens: forged",
        run: |size| Box::pin(large_tokens::forged(size)),
    },
    Attack {
        name: "slow clients: half a head, one address",
        run: |size| Box::pin(slow_clients::half_a_head(size)),
    },
    Attack {
        name: "slow clients: half a head, many addresses",
        run: |size| Box::pin(slow_clients::many_addresses(size)),
    },
    Attack {
        name: "slow clients: slow readers",
        run: |size| Box::pin(slow_clients::slow_readers(size)),
    },
    Attack {
        name: "slow clients: large heads",
        run: |size| Box::pin(slow_clients::large_heads(size)),
    },
    Attack {
        name: "cookie header: many cookies",
        run: |size| Box::pin(cookie_header::many_cookies(size)),
    },
    Attack {
        name: "lockout: guesses that are refused",
        run: |size| Box::pin(lockout::guesses_that_are_refused(size)),
    },
    Attack {
        name: "lockout: many logins at once",
        run: |size| Box::pin(lockout::many_logins_at_once(size)),
    },
    Attack {
        name: "filling: guesses when the counters are full",
        run: |size| Box::pin(filling::full_counters(size)),
    },
    Attack {
        name: "filling: memory of the counters",
        run: |size| Box::pin(filling::memory(size)),
    },
    Attack {
        name: "filling: an IPv6 /48",
        run: |size| Box::pin(filling::ipv6_networks(size)),
    },
    Attack {
        name: "budgets: messages",
        run: |size| Box::pin(budgets::messages(size)),
    },
    Attack {
        name: "budgets: forged tokens",
        run: |size| Box::pin(budgets::forged_tokens(size)),
    },
    Attack {
        name: "crowd: logins with SRP",
        run: |size| Box::pin(crowd::logins_with_srp(size)),
    },
    Attack {
        name: "revocations: one account signs out again and again",
        run: |size| Box::pin(revocations::one_account_signs_out(size)),
    },
    Attack {
        name: "revocations: one account fills the list",
        run: |size| Box::pin(revocations::one_account_fills_the_list(size)),
    },
    Attack {
        name: "revocations: many accounts fill the list",
        run: |size| Box::pin(revocations::many_accounts_fill_the_list(size)),
    },
];

/// A future that runs an attack and returns its figures.
pub(crate) type Figures = Pin<Box<dyn Future<Output = Vec<Figure>> + Send>>;

pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Size) -> Figures,
}

/// The extent of an attack, such as the number of its requests. The program `attacks` uses `Full`.
/// The test `tests/attacks` uses `Reduced`.
#[allow(dead_code, reason = "this file is a module of a program and of a test")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// A reduced extent for the test, which runs with every build. Each attack takes one or two
    /// seconds.
    Reduced,
    /// The full extent, which the program uses. Each attack sends enough requests to detect the
    /// faults that earlier versions of this library had. An attack that fills a list adds ten times
    /// as many entries as the list can hold.
    Full,
}

impl Size {
    /// Returns `reduced` for [`Reduced`](Self::Reduced), and `full` for [`Full`](Self::Full).
    pub(crate) const fn of(self, reduced: u32, full: u32) -> u32 {
        match self {
            Self::Reduced => reduced,
            Self::Full => full,
        }
    }
}

/// A measured value, and the bound that the value must meet.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    value: f64,
    bound: Bound,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Figure {
    /// Creates a figure with a value and its upper bound.
    pub(crate) fn new(what: impl Into<String>, value: f64, at_most: f64) -> Self {
        let (what, bound) = (what.into(), Bound::AtMost(at_most));
        Self { what, value, bound }
    }

    /// Creates a figure with a value and its lower bound.
    pub(crate) fn at_least(what: impl Into<String>, value: f64, at_least: f64) -> Self {
        let (what, bound) = (what.into(), Bound::AtLeast(at_least));
        Self { what, value, bound }
    }

    /// Returns `true` if the value of this figure is within its bound.
    pub(crate) fn holds(&self) -> bool {
        match self.bound {
            Bound::AtLeast(least) => self.value >= least,
            Bound::AtMost(most) => self.value <= most,
        }
    }
}

/// Converts a number of items to `f64`, the type of a figure's value. A number above `u32::MAX`
/// becomes `u32::MAX`.
pub(crate) fn count(number: impl TryInto<u32>) -> f64 {
    f64::from(number.try_into().unwrap_or(u32::MAX))
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "ok" } else { "OUT OF BOUNDS" };
        let (bound, limit) = match self.bound {
            Bound::AtLeast(limit) => ("at least", limit),
            Bound::AtMost(limit) => ("at most", limit),
        };
        let (what, value) = (&self.what, self.value);
        write!(f, "{what}: {value} ({bound} {limit}) {verdict}")
    }
}
