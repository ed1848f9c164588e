//! Seeded mutations over every reader, on stable Rust: `make fuzz`.
//!
//! Not a coverage-guided fuzzer (those are in `fuzz/`), but one that runs anywhere, on all readers at once, and gives the same
//! mutations for the same seed. A panic or a mutant that takes longer than its budget is told with its number; `--only NUMBER`
//! repeats it alone and keeps the mutant as `fuzz-mutant`.
//! `--write-seeds` writes the seeds of the reader targets in `fuzz/corpus` anew.

mod corpus;
mod mutate;
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use aispm_collect::{Readers, VirtualFile};

use mutate::Dice;

/// Mutations between two lines of progress.
const PROGRESS: u64 = 100_000;

#[expect(clippy::print_stdout, reason = "a tool that talks to whoever runs it")]
fn main() -> ExitCode {
    let number = |name: &str, default: u64| {
        let args: Vec<String> = std::env::args().collect();
        let at = args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
        at.and_then(|v| v.parse().ok()).unwrap_or(default)
    };
    let (wanted, seed) = (number("--mutations", 100_000), number("--seed", 1));
    let corpus = corpus::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").as_path());
    if std::env::args().any(|a| a == "--write-seeds") {
        return match seeds::write(Path::new(env!("CARGO_MANIFEST_DIR")), &corpus) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                println!("cannot write the seeds: {e}");
                ExitCode::FAILURE
            }
        };
    }
    if std::env::args().any(|a| a == "--only") {
        return only(&corpus, seed, number("--only", 0));
    }
    println!("{} seeds, {wanted} mutations, seed {seed}", corpus.len());
    std::panic::set_hook(Box::new(|_| {})); // counted below, with the seed that repeats it
    let (failures, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for t in 0..threads {
            let (corpus, failures, done) = (&corpus, &failures, &done);
            scope.spawn(move || {
                let readers = aispm_engine::readers(b"fuzz");
                for n in (t..wanted).step_by(usize::try_from(threads).unwrap_or(1)) {
                    if let Err(what) = one(&readers, corpus, seed, n) {
                        failures.fetch_add(1, Ordering::Relaxed);
                        println!("FAILED mutation {n} of seed {seed}: {what}");
                    }
                    let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if so_far.is_multiple_of(PROGRESS) && so_far < wanted {
                        println!("{so_far} done");
                    }
                }
            });
        }
    });
    let failed = failures.load(Ordering::Relaxed);
    println!("{} passed, {failed} failed", wanted - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Repeats one mutation and keeps what it made.
#[expect(clippy::print_stdout, reason = "a tool that talks to whoever runs it")]
fn only(corpus: &[(String, Vec<u8>)], seed: u64, n: u64) -> ExitCode {
    if let Some((_, file)) = mutant(corpus, seed, n) {
        let kept = std::fs::write("fuzz-mutant", file.source.bytes().unwrap_or(&[]));
        println!("mutation {n} of seed {seed} is of {}: {kept:?}", file.path);
    }
    match one(&aispm_engine::readers(b"fuzz"), corpus, seed, n) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            println!("FAILED {what}");
            ExitCode::FAILURE
        }
    }
}

/// The path of a seed and the file that a mutation makes of it.
fn mutant(corpus: &[(String, Vec<u8>)], seed: u64, n: u64) -> Option<(&String, VirtualFile)> {
    let mut dice = Dice::new(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (path, bytes) = corpus.get(dice.below(corpus.len()))?;
    let other = corpus.get(dice.below(corpus.len())).map_or(&[][..], |(_, b)| b);
    let file = VirtualFile::memory(path.clone(), mutate::mutate(bytes, other, &mut dice));
    Some((path, file))
}

/// Mutates one seed and hands it to every reader that wants it, then to the joining step.
fn one(readers: &Readers, corpus: &[(String, Vec<u8>)], seed: u64, n: u64) -> Result<(), String> {
    let Some((path, file)) = mutant(corpus, seed, n) else {
        return Ok(());
    };
    let cx = aispm_fuzz::context();
    for reader in readers.readers.iter().filter(|r| r.wants(&file)) {
        aispm_fuzz::judge(reader.as_ref(), &file, &cx)?;
    }
    if path.contains("corpus/imports/") {
        let text = String::from_utf8_lossy(file.source.bytes().unwrap_or(&[])).into_owned();
        catch_unwind(|| aispm_import::read(path, &text).is_ok())
            .map_err(|_| format!("the reader of findings panics on a mutant of {path}"))?;
    }
    if path.contains("corpus/logs/") || path.contains("corpus/answers/") {
        let bytes = file.source.bytes().unwrap_or(&[]);
        aispm_fuzz::log(bytes)?;
        catch_unwind(|| aispm_discover::read_answer(200, &[], bytes))
            .map_err(|_| format!("the reader of answers panics on a mutant of {path}"))?;
    }
    if path.contains("corpus/guard/") || path.contains("corpus/guard-log/") {
        let bytes = file.source.bytes().unwrap_or(&[]);
        let (choice, rest) = bytes.split_first().unwrap_or((&0, &[]));
        catch_unwind(|| aispm_fuzz::guard(*choice, rest).and_then(|()| aispm_fuzz::guard_log(bytes)))
            .map_err(|_| format!("the guard panics on a mutant of {path}"))??;
    }
    if path.contains("corpus/git-index/") {
        let bytes = file.source.bytes().unwrap_or(&[]);
        catch_unwind(|| aispm_collect::Index::parse(bytes).is_ok())
            .map_err(|_| format!("the reader of git's index panics on a mutant of {path}"))?;
    }
    if let Some((_, kind)) = aispm_fuzz::Rows::ALL
        .iter()
        .find(|(name, _)| path.contains(&format!("corpus/{name}/")))
    {
        let bytes = file.source.bytes().unwrap_or(&[]);
        catch_unwind(|| aispm_fuzz::rows(*kind, bytes))
            .map_err(|_| format!("the reader of rows panics on a mutant of {path}"))??;
    }
    if path.contains("corpus/audit/") {
        let bytes = file.source.bytes().unwrap_or(&[]);
        catch_unwind(|| aispm_fuzz::audit_log(bytes))
            .map_err(|_| format!("the reader of audit logs panics on a mutant of {path}"))??;
    }
    if let Some(bytes) = file.source.bytes() {
        catch_unwind(|| aispm_fuzz::edits(path, bytes))
            .map_err(|_| format!("an editor panics on a mutant of {path}"))??;
    }
    for unpacker in readers.unpackers.iter().filter(|u| u.wants(&file)) {
        catch_unwind(AssertUnwindSafe(|| {
            unpacker.unpack(&file, &cx.budgets, &mut |_| None)
        }))
        .map_err(|_| format!("an unpacker panics on a mutant of {path}"))?;
    }
    Ok(())
}
