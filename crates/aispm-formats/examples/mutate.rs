//! Seeded mutations of every model format, on stable Rust: `mutate [ITERATIONS] [SEED]`.
//!
//! Unlike a run over the readers, the format is given, so that a mutant with a broken magic still reaches its parser. A
//! panic ends the run with the numbers that repeat it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use aispm_formats::bounded::Limits;
use aispm_formats::{FormatId, detect, inspect};
use aispm_testkit::seeds::model_files;

/// HDF5 has no generator; these are files of the real library.
const HDF5: &[&[u8]] = &[
    include_bytes!("../tests/fixtures/lambda.earliest.h5"),
    include_bytes!("../tests/fixtures/lambda.latest.h5"),
    include_bytes!("../tests/fixtures/lambda.dense.h5"),
];
const JOBLIB: &[&[u8]] = &[
    include_bytes!("../tests/fixtures/arrays.joblib"),
    include_bytes!("../tests/fixtures/forest.joblib"),
];

/// Numbers at which parsers go wrong.
const ODD: &[u64] = &[
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n.max(1) as u64).unwrap_or(0)
    }
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len());
        match dice.below(8) {
            0 => {
                if let Some(b) = bytes.get_mut(at) {
                    *b = dice.roll().to_le_bytes()[0];
                }
            }
            1 => {
                if let Some(b) = bytes.get_mut(at) {
                    *b ^= 1 << dice.below(8);
                }
            }
            2 | 3 => {
                let odd = ODD.get(dice.below(ODD.len())).copied().unwrap_or(0);
                let width = 1 << dice.below(4);
                let new = odd.to_le_bytes();
                bytes
                    .iter_mut()
                    .skip(at)
                    .zip(new.iter().take(width))
                    .for_each(|(b, n)| *b = *n);
            }
            4 => bytes.truncate(at),
            5 => {
                let end = (at + 1 + dice.below(16)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            6 => {
                let from = dice.below(other.len());
                let piece: Vec<u8> = other.iter().skip(from).take(dice.below(64)).copied().collect();
                bytes.splice(at..at, piece);
            }
            _ => {
                let piece: Vec<u8> = bytes.iter().skip(at).take(1 + dice.below(32)).copied().collect();
                for _ in 0..dice.below(8) {
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
    }
}

fn corpus() -> Vec<(FormatId, String, Vec<u8>)> {
    let named = |word: &str| FormatId::ALL.iter().copied().find(|f| f.as_str() == word);
    let mut out: Vec<_> = model_files()
        .into_iter()
        .filter_map(|(format, name, bytes)| Some((named(format)?, name.to_owned(), bytes)))
        .collect();
    out.extend(
        HDF5.iter()
            .map(|b| (FormatId::Hdf5, "a.h5".to_owned(), b.to_vec())),
    );
    out.extend(
        JOBLIB
            .iter()
            .map(|b| (FormatId::Pickle, "a.joblib".to_owned(), b.to_vec())),
    );
    out
}

#[expect(clippy::print_stdout, reason = "a tool that talks to whoever runs it")]
fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<u64>().unwrap_or(0));
    let (iterations, seed) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(1));
    let corpus = corpus();
    let limits = Limits {
        opcodes: 1_000_000,
        inflated: 16 << 20,
        ..Limits::default()
    };
    for n in 0..iterations {
        let mut dice = Dice(seed ^ n.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let Some((format, name, bytes)) = corpus.get(dice.below(corpus.len())) else {
            return ExitCode::FAILURE;
        };
        let other = corpus
            .get(dice.below(corpus.len()))
            .map_or(&[][..], |(_, _, b)| b);
        let mut mutant = bytes.clone();
        mutate(&mut mutant, other, &mut dice);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let head = mutant.get(..mutant.len().min(8192)).unwrap_or(&[]);
            let found = detect(head, name);
            let seen = inspect(&mutant, *format, limits);
            (found, seen.calls.len())
        }));
        if ran.is_err() {
            println!(
                "FAILED: mutation {n} of seed {seed}, {name} read as {}",
                format.as_str()
            );
            return ExitCode::FAILURE;
        }
    }
    println!("{iterations} mutations of {} seeds passed", corpus.len());
    ExitCode::SUCCESS
}
