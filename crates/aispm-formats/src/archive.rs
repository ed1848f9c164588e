//! Zip archives that are models: PyTorch, TorchScript, Keras 3, NumPy `.npz`, TorchServe; and any other that holds some.

use crate::bounded::{Part, ReadAt, Stop, peek, read_range};
use crate::detect::FormatId;
use crate::keras::{self, Loader};
use crate::pickle::{Verdict, looks_like_pickle};
use crate::scanner::{Scanner, join};
use crate::zip::{Archive, Member, directory};

/// Longest configuration text of a member.
const CONFIG: u64 = 8 << 20;

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let mut archive = directory(source, cx.meter)?;
    for d in std::mem::take(&mut archive.defects) {
        cx.out
            .defect(d.defect, d.detail, d.offset, d.hides_content, member);
    }
    if let Some(stop) = archive.stop {
        cx.out.stopped(member, stop);
    }
    let format = kind_of(&archive);
    if member.is_none() {
        cx.out.format = format;
    }
    prepended(cx, source, &archive, member);
    for m in archive.members.iter().filter(|m| !m.is_directory()) {
        let path = join(member, &m.name);
        if m.encrypted() && !m.is_plain(source, cx.meter) {
            cx.out.unread(Some(&path), "encrypted member");
            continue;
        }
        if m.encrypted() {
            // Python refuses such a member, PyTorch reads it.
            let detail = "marked as encrypted, yet plain".to_owned();
            cx.out
                .defect("encryption-flag", detail, m.header, true, Some(&path));
        }
        if let Err(stop) = read_member(cx, source, m, format, &path) {
            cx.out.stopped(Some(&path), stop);
        }
    }
    finish(cx, &archive, format, member);
    Ok(())
}

/// Which kind of model the members make.
fn kind_of(archive: &Archive) -> FormatId {
    let has = |name: &str| archive.member(name).is_some();
    let ends = |suffix: &str| archive.members.iter().any(|m| m.name.ends_with(suffix));
    let has_root_pickle = ends("/data.pkl") || has("data.pkl");
    if has("MAR-INF/MANIFEST.json") {
        FormatId::TorchServe
    } else if ends("/.data/extern_modules") || ends(".data/extern_modules") {
        FormatId::TorchPackage
    } else if has_root_pickle
        && (ends("/constants.pkl") || archive.members.iter().any(|m| m.name.contains("/code/")))
    {
        FormatId::TorchScript
    } else if has_root_pickle {
        FormatId::PytorchZip
    } else if has("config.json")
        && (has("model.weights.h5") || has("model.weights.npz") || has("metadata.json"))
    {
        FormatId::KerasV3
    } else if ends("archive_format") || ends("serialized_exported_program.json") {
        FormatId::PytorchExport
    } else if !archive.members.is_empty() && archive.members.iter().all(|m| m.name.ends_with(".npy")) {
        FormatId::Npz
    } else {
        FormatId::Zip
    }
}

/// What stands before the first member, where it is a pickle: `pickle.load` reads that and never comes to the archive.
fn prepended(cx: &mut Scanner<'_>, source: &dyn ReadAt, archive: &Archive, member: Option<&str>) {
    let first = archive.members.iter().map(|m| m.header).min().unwrap_or(0);
    if first == 0 {
        return;
    }
    let part = Part::new(source, 0, first);
    let head = peek(&part, 0, 512).unwrap_or_default();
    if looks_like_pickle(&head) {
        cx.out.defect(
            "polyglot",
            "a pickle before the archive".to_owned(),
            0,
            true,
            member,
        );
        cx.pickles(&part, member);
    }
}

fn read_member(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    m: &Member,
    format: FormatId,
    path: &str,
) -> Result<(), Stop> {
    let torch = matches!(
        format,
        FormatId::PytorchZip | FormatId::TorchScript | FormatId::PytorchExport
    );
    if torch && is_storage(&m.name) {
        return Ok(());
    }
    let meter = cx.meter;
    m.open(source, meter, &mut |content: &dyn ReadAt| {
        let keras = format == FormatId::KerasV3 && m.name == "config.json";
        if keras {
            return keras_config(cx, content, m.size, path);
        }
        if torch && m.name.ends_with(".py") {
            return torchscript_source(cx, content, m.size, path);
        }
        if m.name.ends_with(".pkl") || m.name.ends_with(".pickle") {
            let first = cx.out.calls.len();
            cx.pickles(content, Some(path));
            if format == FormatId::TorchScript {
                torchscript_types(cx, first);
            }
            return Ok(());
        }
        cx.read_member(content, path);
        Ok(())
    })?
}

/// Weights: PyTorch reads them as raw numbers, never as anything else.
fn is_storage(name: &str) -> bool {
    let mut parts = name.rsplit('/');
    let last = parts.next().unwrap_or("");
    let folder = parts.next().unwrap_or("");
    let numbered = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    (numbered && matches!(folder, "data" | "constants" | "tensors" | "xl_model_data"))
        || (folder == "weights" && last.starts_with("weight_"))
}

fn keras_config(cx: &mut Scanner<'_>, content: &dyn ReadAt, size: u64, path: &str) -> Result<(), Stop> {
    if size > CONFIG {
        return Err(Stop::Budget("configuration size"));
    }
    let bytes = read_range(content, 0, size, cx.meter)?;
    keras::config(cx, &String::from_utf8_lossy(&bytes), Some(path), Loader::V3);
    Ok(())
}

/// TorchScript source: it runs in its own interpreter; what runs at load is `__setstate__`.
fn torchscript_source(cx: &mut Scanner<'_>, content: &dyn ReadAt, size: u64, path: &str) -> Result<(), Stop> {
    let bytes = read_range(content, 0, size.min(CONFIG), cx.meter)?;
    let on_load = memchr::memmem::find(&bytes, b"def __setstate__").is_some();
    for word in [
        &b"aten::from_file"[..],
        b"torch.from_file",
        b"aten::save",
        b"torch.save",
        b"ops.load_library",
    ] {
        if memchr::memmem::find(&bytes, word).is_some() {
            let detail = format!("{} in TorchScript code", String::from_utf8_lossy(word));
            cx.out
                .hazard("torchscript-file-access", detail, Some(path), on_load);
        }
    }
    Ok(())
}

/// Classes under `__torch__` are code of the archive itself, run by TorchScript's interpreter.
fn torchscript_types(cx: &mut Scanner<'_>, first: usize) {
    for call in cx.out.calls.iter_mut().skip(first) {
        let own = call.module == "__torch__" || call.module.starts_with("__torch__.");
        if own && call.verdict == Verdict::Unknown {
            call.verdict = Verdict::Harmless;
        }
    }
}

/// What the archive as a whole means.
fn finish(cx: &mut Scanner<'_>, archive: &Archive, format: FormatId, member: Option<&str>) {
    let code = archive.members.iter().filter(|m| m.name.ends_with(".py")).count();
    match format {
        FormatId::TorchScript => {
            let detail = format!("{code} files of TorchScript code");
            cx.out.hazard("torchscript-code", detail, member, false);
        }
        FormatId::TorchPackage => {
            let detail = format!("{code} files of Python code");
            cx.out.hazard("torch-package-code", detail, member, true);
        }
        FormatId::TorchServe if code > 0 => {
            let detail = format!("handler: {code} files of Python code");
            cx.out.hazard("torchserve-handler", detail, member, true);
        }
        _ => {}
    }
}
