//! Mutations.

/// A small generator (SplitMix64): the same numbers for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number below `n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() >> 1)
            .unwrap_or(0)
            .checked_rem(n)
            .unwrap_or(0)
    }
}

/// Numbers at which length and offset arithmetic breaks.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    u64::MAX,
];

/// One to eight mutations of `seed`; pieces of `other` may be spliced in.
pub(crate) fn mutate(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = seed.to_vec();
    for _ in 0..=dice.below(8) {
        step(&mut out, other, dice);
    }
    out.truncate(1 << 20);
    out
}

fn step(out: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.below(out.len());
    let len = dice.below(64);
    let end = (at + len).min(out.len());
    match dice.below(9) {
        0 => {
            if let Some(b) = out.get_mut(at) {
                *b ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(b) = out.get_mut(at) {
                *b = u8::try_from(dice.below(256)).unwrap_or(0);
            }
        }
        2 => out.truncate(at),
        3 => drop(out.drain(at..end)),
        4 => {
            let piece: Vec<u8> = out.get(at..end).unwrap_or(&[]).to_vec();
            let times = 1 + dice.below(20);
            drop(out.splice(at..at, piece.repeat(times)));
        }
        5 => {
            let from = dice.below(other.len());
            let piece = other
                .get(from..(from + len).min(other.len()))
                .unwrap_or(&[])
                .to_vec();
            drop(out.splice(at..end, piece));
        }
        6 => {
            let edge = EDGES.get(dice.below(EDGES.len())).copied().unwrap_or(0);
            let width = [1, 2, 4, 8].get(dice.below(4)).copied().unwrap_or(8);
            for (i, b) in edge.to_le_bytes().iter().take(width).enumerate() {
                if let Some(to) = out.get_mut(at + i) {
                    *to = *b;
                }
            }
        }
        7 => {
            let openers: [&[u8]; 8] = [b"{", b"[", b"(", b"\"", b"${", b"- ", b"\x80\x04", b"<!--"];
            let opener = openers.get(dice.below(openers.len())).copied().unwrap_or(b"{");
            drop(out.splice(at..at, opener.repeat(1 + dice.below(400))));
        }
        _ => {
            let insert: Vec<u8> = (0..len)
                .map(|_| u8::try_from(dice.below(256)).unwrap_or(0))
                .collect();
            drop(out.splice(at..at, insert));
        }
    }
}
