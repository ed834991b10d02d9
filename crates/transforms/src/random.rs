//! Numbers that look random and depend on nothing but a seed and a place, so that neither the order of the work nor how
//! it is cut matters.

/// The increment of SplitMix64: 2^64 divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Number `index` of the SplitMix64 sequence that starts at `seed` (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014, with the finalizer "variant 13" of David Stafford).
pub(crate) fn at(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(GAMMA.wrapping_mul(index.wrapping_add(1))))
}

/// A seed for the tensor that `salt` stands for.
pub(crate) fn seed(recipe: u32, salt: u64) -> u64 {
    mix(u64::from(recipe).wrapping_add(GAMMA)) ^ salt
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// A number from 0 to below `bound`, which is above 0, made of a random one without division (Lemire 2019, without the
/// rejection: the bias is below `bound / 2^64`).
pub(crate) fn below(random: u64, bound: u64) -> u64 {
    ((u128::from(random) * u128::from(bound)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_splitmix64() {
        // The first numbers for the seed 1234567, as the reference implementation in C gives them.
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        for (index, number) in expected.into_iter().enumerate() {
            assert_eq!(at(1_234_567, index as u64), number);
        }
        assert_eq!((below(0, 10), below(u64::MAX, 10)), (0, 9));
    }
}
