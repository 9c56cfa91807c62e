//! Detects RSA keys that can be factored because of a flaw in the key generator of some smart cards
//! (ROCA, CVE-2017-15361).
//!
//! The modulus of such a key is a power of 65537 modulo each of the smallest primes (Nemec et al.,
//! "The Return of Coppersmith's Attack", section 2). The probability that the modulus of another
//! key has this property is far below one in a million.

/// The 39 smallest primes. If a modulus is from the key generator with the flaw (ROCA), it is a
/// power of 65537 modulo each of these primes, for every key length.
const PRIMES: [u32; 39] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

const GENERATOR: u32 = 65537;

/// Returns `true` if an RSA key may be weak: if for each prime in `PRIMES`, the remainder of the
/// modulus is also the remainder of a power of 65537. `modulus` is big-endian.
pub(super) fn is_suspect(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let step = |rest: u32, byte: &u8| (rest * 256 + u32::from(*byte)) % prime;
        is_power(modulus.iter().fold(0, step), prime)
    })
}

/// Returns `true` if `number` is a power of 65537 modulo `prime`.
fn is_power(number: u32, prime: u32) -> bool {
    let next = |power: &u32| Some(power * (GENERATOR % prime) % prime);
    let mut powers = std::iter::successors(Some(1 % prime), next).take(prime as usize);
    powers.any(|power| power == number)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns 65537 to the power of `exponent`, as big-endian bytes.
    pub(in crate::key) fn power(exponent: usize) -> Vec<u8> {
        let mut number = vec![1_u8];
        for _ in 0..exponent {
            let mut carry = 0;
            for byte in number.iter_mut().rev() {
                let product = u32::from(*byte) * GENERATOR + carry;
                *byte = product.to_le_bytes()[0];
                carry = product >> 8;
            }
            while carry > 0 {
                number.insert(0, carry.to_le_bytes()[0]);
                carry >>= 8;
            }
        }
        number
    }

    #[test]
    fn powers_of_the_generator_are_suspect() {
        assert_eq!(power(1), [1, 0, 1]);
        assert_eq!(power(2), [1, 0, 2, 0, 1]);
        for exponent in [0, 1, 2, 7, 64, 127] {
            assert!(is_suspect(&power(exponent)), "{exponent}");
        }
    }

    #[test]
    fn their_neighbours_are_not() {
        for exponent in [64, 100, 127] {
            let mut number = power(exponent);
            let last = number.last_mut().unwrap();
            // Odd again, as a modulus is.
            *last = last.wrapping_add(2);
            assert!(!is_suspect(&number), "{exponent}");
        }
    }

    #[test]
    fn subgroup_differs_from_its_group() {
        // 65537 is 10 modulo 11 and 4 modulo 13.
        let powers = |prime| {
            (0..prime)
                .filter(|&n| is_power(n, prime))
                .collect::<Vec<_>>()
        };
        assert_eq!(powers(2), [1]);
        assert_eq!(powers(11), [1, 10]);
        assert_eq!(powers(13), [1, 3, 4, 9, 10, 12]);
    }
}
