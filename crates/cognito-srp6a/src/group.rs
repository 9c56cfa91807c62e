//! The group that Cognito uses: the 3072-bit prime of RFC 3526 section 5, with the generator 2. RFC
//! 5054 uses another generator with the same prime.

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U3072, const_monty_params};
use zeroize::Zeroizing;

use crate::integer::Integer;

const_monty_params!(
    Modulus,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
     020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
     4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
     EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05\
     98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB\
     9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
     E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718\
     3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33\
     A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
     ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864\
     D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2\
     08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "N, the modulus."
);

/// The generator g of the SRP group.
pub(crate) const GENERATOR: u8 = 2;

/// The SRP multiplier k: the SHA-256 of the encodings of N and g. N and g are constants, so k is a
/// constant, too.
pub(crate) const MULTIPLIER: [u8; 32] = [
    0x53, 0x82, 0x82, 0xc4, 0x35, 0x47, 0x42, 0xd7, 0xcb, 0xbd, 0xe2, 0x35, 0x9f, 0xcf, 0x67, 0xf9,
    0xf5, 0xb3, 0xa6, 0xb0, 0x87, 0x91, 0xe5, 0x01, 0x1b, 0x43, 0xb8, 0xa5, 0xb6, 0x6d, 0x9e, 0xe6,
];

/// The length in bytes of the private values a and b. Exponents of 260 to 420 bits are as strong as
/// this group (RFC 3526 section 8).
pub(crate) const PRIVATE_BYTES: usize = 64;

/// The length of N, the prime of the SRP group, in bytes.
const BYTES: usize = 384;

type Form = ConstMontyForm<Modulus, { U3072::LIMBS }>;

/// A number below N, the prime of the SRP group. It may be a secret, so it is wiped on drop.
#[derive(Clone)]
pub(crate) struct Residue(Zeroizing<Form>);

impl Residue {
    /// Returns the generator raised to the power of `exponent`.
    pub(crate) fn generator_to_the(exponent: &Exponent) -> Self {
        Self::new(&U3072::from_u8(GENERATOR)).to_the(exponent)
    }

    pub(crate) fn multiplier() -> Self {
        Self::new(&widened(&MULTIPLIER))
    }

    /// Returns the residue of a received number. Returns `None` if the number is not between 1 and
    /// N - 1.
    ///
    /// Security: with 0 or a multiple of N, the sender of the number could compute the premaster
    /// secret (RFC 5054 sections 2.5.3 and 2.5.4).
    pub(crate) fn from_outside(number: &Integer) -> Option<Self> {
        let bytes = number.magnitude();
        let in_range = !bytes.is_empty() && bytes.len() <= BYTES;
        let number = in_range.then(|| widened(bytes))?;
        (number < *Form::MODULUS).then(|| Self::new(&number))
    }

    /// Returns the residue of a digest. The digest is read as a big-endian number, and must be
    /// shorter than N.
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        Self::new(&widened(digest))
    }

    /// Returns this residue raised to the power of `exponent`. The time depends only on the maximum
    /// length of the exponent.
    pub(crate) fn to_the(&self, exponent: &Exponent) -> Self {
        Self::wiped(self.0.pow_bounded_exp(&exponent.value, exponent.bits))
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self::wiped(*self.0 + *other.0)
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self::wiped(*self.0 - *other.0)
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        Self::wiped(*self.0 * *other.0)
    }

    pub(crate) fn to_integer(&self) -> Integer {
        let number = Zeroizing::new(self.0.retrieve());
        Integer::from_be_bytes(Zeroizing::new(number.to_be_bytes()).as_slice())
    }

    fn new(number: &U3072) -> Self {
        Self::wiped(ConstMontyForm::new(number))
    }

    fn wiped(form: Form) -> Self {
        Self(Zeroizing::new(form))
    }
}

/// A secret exponent. Its maximum length in bits is public. The time of an exponentiation depends
/// only on that length.
pub(crate) struct Exponent {
    value: Zeroizing<U3072>,
    bits: u32,
}

impl Exponent {
    /// Reads big-endian bytes. There must be at most 384 bytes, the length of N.
    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Self {
        Self {
            value: Zeroizing::new(widened(bytes)),
            bits: bytes.len().min(BYTES) as u32 * 8,
        }
    }

    /// Returns `self + first * second`, for an exponentiation with a + u * x. The sum does not
    /// overflow, because u and x have 256 bits and a is less than N.
    pub(crate) fn plus_product(&self, first: &Self, second: &Self) -> Self {
        let product = Zeroizing::new(first.value.wrapping_mul(&*second.value));
        Self {
            value: Zeroizing::new(self.value.wrapping_add(&product)),
            bits: self.bits.max(first.bits + second.bits) + 1,
        }
    }
}

#[cfg(any(test, feature = "test-util"))]
pub(crate) fn modulus() -> Integer {
    Integer::from_be_bytes(Form::MODULUS.to_be_bytes().as_slice())
}

/// Converts big-endian bytes to a number. If there are more than 384 bytes, only the last 384 are
/// used.
fn widened(bytes: &[u8]) -> U3072 {
    let mut wide = Zeroizing::new([0; BYTES]);
    for (to, from) in wide.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    U3072::from_be_slice(&*wide)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;

    #[test]
    fn multiplier_hashes_modulus_and_generator() {
        let generator = Integer::from_be_bytes(&[GENERATOR]);
        assert_eq!(
            *digest(&[&modulus().encode(), &generator.encode()]),
            MULTIPLIER
        );
    }

    #[test]
    fn accepts_only_values_below_modulus() {
        // Values from 1 to N - 1.
        let n = modulus();
        let mut below = n.magnitude().to_vec();
        *below.last_mut().unwrap() -= 1;
        for good in [&[1][..], &[0, 2], &below] {
            assert!(Residue::from_outside(&Integer::from_be_bytes(good)).is_some());
        }
        let twice = [n.magnitude(), &[0]].concat();
        for bad in [
            &[][..],
            &[0; 500],
            n.magnitude(),
            &[0xff; 384],
            &twice,
            &[1; 385],
        ] {
            assert!(Residue::from_outside(&Integer::from_be_bytes(bad)).is_none());
        }
    }

    #[test]
    fn exponent_arithmetic_matches_powers() {
        let exponent = |bytes: &[u8]| Exponent::from_be_bytes(bytes);
        let (a, u, x) = (
            exponent(&[0xff; 8]),
            exponent(&[0xfe; 3]),
            exponent(&[0xfd; 4]),
        );
        let power = Residue::generator_to_the(&a.plus_product(&u, &x));
        let parts = Residue::generator_to_the(&a).times(&Residue::generator_to_the(&u).to_the(&x));
        assert_eq!(power.to_integer(), parts.to_integer());
    }
}
