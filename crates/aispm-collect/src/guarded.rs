//! Opening what lies in a target: nothing but regular files, never through a link that was not asked for, never waiting.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a regular file whose last part is no link. A pipe in its place, even one put there this moment, does not hang.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("is a directory, a pipe, a socket or a device"));
    }
    Ok(file)
}

/// [`open_regular`] and all of it, at most `limit` bytes. `None` where there is no such file; why not, where it was refused.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, String> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(e) if e.raw_os_error() == Some(libc::ELOOP) => return Err(String::from("is a link")),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
            return Err(String::from("permission denied"));
        }
        Err(e) => return Err(e.to_string()),
    };
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let over = || format!("is larger than {limit} bytes (size budget of such files)");
    if length > limit {
        return Err(over());
    }
    let mut out = Vec::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "capped by `take`: the file may grow while it is read"
    )]
    file.take(limit + 1)
        .read_to_end(&mut out)
        .map_err(|e| e.to_string())?;
    if out.len() as u64 > limit {
        return Err(over());
    }
    Ok(Some(out))
}

/// Reads a file at a known place of a target, `.git/config` say: a regular file of at most `limit` bytes that lies inside it,
/// whatever links are on the way.
///
/// # Errors
/// Why it was refused, to be told as a gap.
pub fn read_inside(root: &Path, place: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
    let Ok(root) = std::fs::canonicalize(root) else {
        return Ok(None);
    };
    let path = match std::fs::canonicalize(root.join(place)) {
        Ok(path) => path,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(_) => {
            return Err(String::from(
                "cannot be resolved: a link loops, or may not be read",
            ));
        }
    };
    if !path.starts_with(&root) {
        return Err(String::from("leads out of the target"));
    }
    read_regular(&path, limit)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_inside_are_read() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("target");
        std::fs::create_dir_all(root.join("docs")).unwrap();
        std::fs::write(outer.path().join("secret"), "x").unwrap();
        std::fs::write(root.join("docs/OWNERS"), "inside").unwrap();
        std::fs::write(root.join("large"), vec![b'x'; 65]).unwrap();
        std::fs::write(root.join("full"), vec![b'x'; 64]).unwrap();
        symlink("/dev/zero", root.join("zero")).unwrap();
        symlink("../secret", root.join("out")).unwrap();
        symlink("docs/OWNERS", root.join("in")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        for (place, read) in [
            ("docs/OWNERS", Ok(Some(6))),
            ("in", Ok(Some(6))),
            ("full", Ok(Some(64))),
            ("absent", Ok(None)),
            ("docs/OWNERS/none", Ok(None)),
            ("large", Err("size budget")),
            ("zero", Err("out of the target")),
            ("out", Err("out of the target")),
            ("up/secret", Err("out of the target")),
            ("loop", Err("loops")),
            ("docs", Err("directory")),
            ("socket", Err("")),
        ] {
            match (read_inside(&root, place, 64), read) {
                (Ok(got), Ok(want)) => assert_eq!(got.map(|b| b.len()), want, "{place}"),
                (Err(got), Err(want)) => assert!(got.contains(want), "{place}: {got}"),
                (got, want) => panic!("{place}: {got:?}, not {want:?}"),
            }
        }
        drop(socket);
    }
}
