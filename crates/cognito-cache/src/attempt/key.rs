//! The names of attempt counters and marks in the store. (A mark records that a user has signed in
//! from an address or with a device.) The names do not reveal the user, the address or the device.

use std::net::{IpAddr, Ipv6Addr};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::store::StoreKey;
use cognito_core::{Error, ErrorKind, Result};

use super::budget::Budget;
use super::subject::{AttemptSubject, CaseRule};
use crate::keyed_hash::keyed_hash;

// Each kind of counter has its own namespace. A bounded store bounds each namespace separately, so
// invented addresses do not evict the counters of users.
const ADDRESS: &str = "attempt-address";
const BUDGET: &str = "attempt-budget";
const DEVICE: &str = "attempt-device";
const KNOWN: &str = "attempt-known";
/// The namespace of the counters for users at known addresses, which are addresses from which the
/// user has signed in. An attacker cannot fill this namespace with invented names, because only a
/// complete sign-in makes an address known.
const KNOWN_PAIR: &str = "attempt-known-pair";
const PAIR: &str = "attempt-pair";
const USER: &str = "attempt-user";

/// The maximum length of a user name, in bytes. A name in Cognito has up to 128 characters of up to
/// 4 bytes each.
const MAX_USER: usize = 512;

/// The maximum length of a device key, in bytes. Cognito's device keys have at most 55 characters,
/// but a service may use its own keys.
const MAX_DEVICE: usize = 512;

/// The name of an attempt counter or a mark in the store: the first half of an HMAC-SHA256. (A mark
/// records that a user has signed in from an address or with a device.) 128 bits are enough to
/// distinguish 1,000,000,000 counters.
pub(super) type Digest = [u8; 16];

/// The names of an attempt's counters and marks. A mark is an entry in the store. It records that
/// the user has already signed in from an address or with a device.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) user: Digest,
    /// The counter for attempts of this user from this address. It is used while the user has never
    /// signed in from the address. In a pool that ignores case, all spellings of the user name have
    /// the same counter. `None` if the attempt has no address.
    pub(super) pair: Option<Digest>,
    /// The counter for attempts of this user from this address. It is used after the user has
    /// signed in from the address with exactly this spelling of the user name. Each spelling has
    /// its own counter, even in a pool that ignores case. `None` if the attempt has no address.
    pub(super) known_pair: Option<Digest>,
    pub(super) networks: Networks,
    pub(super) device: Option<Digest>,
    pub(super) marks: Marks,
}

/// The counters of the networks that contain an address, the smallest network first. There are
/// three for an IPv6 address (/64, /56 and /48), one for an IPv4 address, and none without an
/// address.
#[derive(Clone, Copy, Default)]
pub(super) struct Networks([Option<Digest>; 3]);

impl Networks {
    /// Returns the counter of each network and the factor of its limit. The limit of the counter is
    /// the limit for one client address, multiplied by this factor.
    pub(super) fn counters(&self) -> impl Iterator<Item = (Digest, u32)> + use<> {
        let counters = self.0.into_iter().zip([1, WIDER[0].1, WIDER[1].1]);
        counters.filter_map(|(digest, factor)| Some((digest?, factor)))
    }

    /// Returns the counter of the largest of the networks that contain the client's address.
    /// Returns `None` if there is no address.
    pub(super) fn widest(&self) -> Option<Digest> {
        self.0.into_iter().flatten().last()
    }
}

/// The larger IPv6 networks that have counters: the length of the prefix, and a factor. The limit
/// of such a network is the limit of a /64, multiplied by the factor. Providers assign a customer a
/// /56 or a /48, which is 256 or 65,536 /64 networks (RFC 6177, section 2).
const WIDER: [(u32, u32); 2] = [(56, 4), (48, 16)];

/// The names of the marks that a complete sign-in stores. The marks record that the address and the
/// device are known for the user. If the attempt has no address or no device, the name of that mark
/// is `None`.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    pub(super) network: Option<Digest>,
    pub(super) device: Option<Digest>,
}

/// The component that computes the names of attempt counters and marks in the store. A mark records
/// that a user has signed in from an address or with a device. The names depend on the key of an
/// HMAC, and on the rule for upper and lower case in user names.
pub(super) struct KeyMaker {
    key: hmac::Key,
    case: CaseRule,
}

impl KeyMaker {
    pub(super) const fn new(key: hmac::Key, case: CaseRule) -> Self {
        Self { key, case }
    }

    pub(super) fn keys(&self, subject: &AttemptSubject<'_>) -> Result<Keys> {
        let exact = exact_name(subject)?;
        let name = self.folded(exact);
        let (exact, name) = (exact.as_bytes(), name.as_bytes());
        let network = subject.address.map(network);
        let device = device(subject)?;
        let digest = |namespace: &str, parts: &[&[u8]]| {
            self.digest(&[
                &[subject.purpose.name().as_bytes(), namespace.as_bytes()],
                parts,
            ])
        };
        Ok(Keys {
            user: digest(USER, &[name]),
            pair: network.map(|network| digest(PAIR, &[&network, name])),
            known_pair: network.map(|network| digest(KNOWN, &[&network, exact])),
            networks: subject.address.map_or_else(Networks::default, |address| {
                networks(address, |network| digest(ADDRESS, network))
            }),
            device: device.map(|device| digest(DEVICE, &[device, exact])),
            marks: self.marks_of(exact, network, device),
        })
    }

    pub(super) fn budget(&self, budget: Budget, address: IpAddr) -> Networks {
        networks(address, |network| {
            let name = [BUDGET.as_bytes(), budget.name().as_bytes()];
            self.digest(&[&name, network])
        })
    }

    /// Returns the names of the marks of a subject. (A mark is an entry in the store. It records
    /// that the user has signed in from an address or with a device.) The purpose of the subject
    /// has no effect: an address or a device is known for every kind of secret. Fails if the user
    /// name or the device key is too long.
    pub(super) fn marks(&self, subject: &AttemptSubject<'_>) -> Result<Marks> {
        let name = exact_name(subject)?;
        let network = subject.address.map(network);
        Ok(self.marks_of(name.as_bytes(), network, device(subject)?))
    }

    fn marks_of(&self, name: &[u8], network: Option<[u8; 16]>, device: Option<&[u8]>) -> Marks {
        let mark =
            |kind: &[u8], place: &[u8]| self.digest(&[&[KNOWN.as_bytes(), kind, place, name]]);
        Marks {
            network: network.map(|network| mark(b"network", &network)),
            device: device.map(|device| mark(b"device", device)),
        }
    }

    fn folded(&self, name: &str) -> String {
        match self.case {
            CaseRule::Insensitive => name.to_lowercase(),
            CaseRule::Sensitive => name.to_owned(),
        }
    }

    fn digest(&self, parts: &[&[&[u8]]]) -> Digest {
        let hash = keyed_hash(&self.key, parts.iter().copied().flatten());
        let (start, _) = hash.as_chunks();
        start.first().copied().unwrap_or_default()
    }
}

/// Returns the user name as the caller entered it, without white space at both ends. Fails if it is
/// longer than [`MAX_USER`]. Security: a mark records that a user has signed in from an address or
/// with a device. In a case-sensitive pool, another spelling can be the name of another user, so a
/// mark applies only to the exact spelling.
fn exact_name<'a>(subject: &AttemptSubject<'a>) -> Result<&'a str> {
    // Security: the length is checked before any work that depends on it.
    if subject.user.len() > MAX_USER {
        return Err(Error::new(ErrorKind::InvalidParameter)
            .with_detail("user name must be at most 128 characters"));
    }
    Ok(subject.user.trim())
}

/// The kind of a counter. Each kind has its own namespace in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Address,
    Budget,
    Device,
    KnownPair,
    Pair,
    User,
}

/// Returns the key of a counter in the store.
pub(super) fn store_key(dimension: Dimension, digest: &Digest) -> StoreKey {
    let namespace = match dimension {
        Dimension::Address => ADDRESS,
        Dimension::Budget => BUDGET,
        Dimension::Device => DEVICE,
        Dimension::KnownPair => KNOWN_PAIR,
        Dimension::Pair => PAIR,
        Dimension::User => USER,
    };
    named(namespace, digest)
}

pub(super) fn mark_key(mark: &Digest) -> StoreKey {
    named(KNOWN, mark)
}

fn named(namespace: &'static str, digest: &Digest) -> StoreKey {
    // Formatting byte by byte would cost more than the digest itself.
    StoreKey::new(namespace, URL_SAFE_NO_PAD.encode(digest))
}

/// Returns the device key of a subject. An empty key counts as no device, because all users would
/// share it. Fails if the key is longer than [`MAX_DEVICE`].
fn device<'a>(subject: &AttemptSubject<'a>) -> Result<Option<&'a [u8]>> {
    match subject.device {
        Some(device) if device.len() > MAX_DEVICE => Err(Error::new(ErrorKind::InvalidParameter)
            .with_detail("device key must be at most 512 bytes")),
        device => Ok(device
            .map(str::as_bytes)
            .filter(|device| !device.is_empty())),
    }
}

/// Returns the names of the counters of an address: one for each of its networks, such as an IPv6
/// /64. `digest` computes a name from the prefix length and the first bytes of a network.
fn networks(address: IpAddr, digest: impl Fn(&[&[u8]]) -> Digest) -> Networks {
    let narrow = network(address);
    let wider = |(prefix, _): (u32, u32)| match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => {
            let mask = u128::MAX << (128 - prefix);
            let network = (u128::from(address) & mask).to_be_bytes();
            Some(digest(&[&prefix.to_be_bytes(), &network]))
        }
    };
    let [first, second] = WIDER.map(wider);
    Networks([Some(digest(&[&narrow])), first, second])
}

/// Returns the network that counts as one client: an IPv4 address, or an IPv6 /64. An IPv6 client
/// can use another address of its /64 for every request (RFC 6177, section 2).
fn network(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).octets()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::subject::Purpose;
    use super::*;

    fn maker(case: CaseRule) -> KeyMaker {
        KeyMaker::new(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), case)
    }

    fn keys(case: CaseRule, user: &str, address: &str) -> Keys {
        let subject = AttemptSubject::new(Purpose::SignIn, user);
        maker(case)
            .keys(&subject.with_address(address.parse().unwrap()))
            .unwrap()
    }

    #[test]
    fn case_insensitive_pool_shares_counter_across_spellings() {
        let alice = keys(CaseRule::Insensitive, "alice", "192.0.2.1").user;
        for spelling in ["Alice", "ALICE", "alice ", "\talice"] {
            assert_eq!(
                keys(CaseRule::Insensitive, spelling, "192.0.2.1").user,
                alice,
                "{spelling:?}"
            );
        }
        for other in ["alice+tag", "alic", "alicé", ""] {
            let other = keys(CaseRule::Insensitive, other, "192.0.2.1").user;
            assert_ne!(other, alice);
        }
        assert_ne!(
            keys(CaseRule::Sensitive, "Alice", "192.0.2.1").user,
            keys(CaseRule::Sensitive, "alice", "192.0.2.1").user
        );
    }

    #[test]
    fn ipv6_network_counts_as_one_client() {
        // A mapped address counts as its IPv4 address.
        let counters = |text| keys(CaseRule::Insensitive, "a", text).networks.0;
        let address = |text| counters(text)[0];
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:0:0:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn wider_ipv6_networks_have_counters() {
        let counters = |text| keys(CaseRule::Insensitive, "a", text).networks.0;
        let one = counters("2001:db8::1");
        let same_56 = counters("2001:db8:0:ff::1");
        assert!(one[0] != same_56[0] && one[1] == same_56[1] && one[2] == same_56[2]);
        let same_48 = counters("2001:db8:0:100::1");
        assert!(one[1] != same_48[1] && one[2] == same_48[2]);
        let other = counters("2001:db8:1::1");
        assert!(one[2] != other[2]);
        // The first network of each width has a counter for each width.
        assert!(one[0] != one[1] && one[1] != one[2]);
        assert_eq!(counters("::ffff:192.0.2.1")[1..], [None, None]);
    }

    #[test]
    fn counter_names_differ_by_purpose_and_kind() {
        let maker = maker(CaseRule::Insensitive);
        let mut seen = std::collections::BTreeSet::new();
        for purpose in Purpose::ALL {
            let subject = AttemptSubject::new(*purpose, "alice")
                .with_address("192.0.2.1".parse().unwrap())
                .with_device("a device");
            let keys = maker.keys(&subject).unwrap();
            let on_places = [keys.pair, keys.known_pair, keys.networks.0[0], keys.device];
            for digest in on_places.into_iter().flatten().chain([keys.user]) {
                assert!(seen.insert(digest));
            }
            // Marks are the same for all purposes.
            seen.extend([keys.marks.network.unwrap(), keys.marks.device.unwrap()]);
        }
        assert_eq!(seen.len(), 5 * Purpose::ALL.len() + 2);
    }

    #[test]
    fn empty_device_is_none_and_long_one_rejected() {
        let maker = maker(CaseRule::Insensitive);
        let on = |device: &str| {
            let subject = AttemptSubject::new(Purpose::SignIn, "a").with_device(device);
            maker.keys(&subject)
        };
        let keys = on("").unwrap();
        assert!(keys.device.is_none() && keys.marks.device.is_none());
        assert!(on(&"x".repeat(512)).unwrap().device.is_some());
        let error = on(&"x".repeat(513)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }

    #[test]
    fn rejects_long_name_without_repeating_it() {
        let maker = maker(CaseRule::Insensitive);
        let name = "secretive".repeat(60);
        let refused = maker.keys(&AttemptSubject::new(Purpose::SignIn, &name));
        let error = refused.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(!format!("{error} {error:?}").contains("secretive"));
    }
}
