//! A small, fixed hash: the same numbers on every machine, so that plans, partitions and reports agree.

/// FNV-1a over bytes, finished as in SplitMix64 so that low bits are usable as buckets.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ mix(seed);
    let folded = bytes.iter().fold(start, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(folded)
}

/// Order matters: `join(join(0, a), b)` is not `join(join(0, b), a)`.
pub(crate) fn join(so_far: u64, next: u64) -> u64 {
    mix(so_far.rotate_left(23) ^ next.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The finisher of SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
