//! Which paths an archive may name. Checked when writing and again when reading, because whoever unpacks an
//! archive joins these paths to a folder.

use crate::limits::MAX_PATH;
use std::cmp::Ordering;
use tensorpress_formats::ordered::Map;
use tensorpress_json::Quoted;

/// Says what is wrong with one path.
pub fn check_path(path: &str) -> Result<(), String> {
    let fail = |why: &str| Err(format!("path {} {why}", Quoted(path)));
    if path.is_empty() {
        return fail("is empty");
    }
    if path.len() > MAX_PATH {
        return Err(format!(
            "a path has {} bytes, at most {MAX_PATH} are allowed",
            path.len()
        ));
    }
    if path.starts_with('/') {
        return fail("is absolute");
    }
    if path.bytes().any(|byte| byte == b'\\') {
        return fail("contains a backslash; folders are separated by /");
    }
    if path.chars().any(|c| c == '\0' || c.is_control()) {
        return fail("contains a control character");
    }
    let mut head = path.chars();
    if head.next().is_some_and(|c| c.is_ascii_alphabetic()) && head.next() == Some(':') {
        return fail("begins with a drive letter");
    }
    match components(path).find(|part| matches!(*part, b"" | b"." | b"..")) {
        Some(b"") => fail("has an empty component"),
        Some(b".") => fail("has the component \".\""),
        Some(_) => fail("has the component \"..\""),
        None => Ok(()),
    }
}

/// What stands between the slashes.
fn components(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}

/// A path, in order component by component, so that a folder's content comes directly behind its name.
#[derive(PartialEq, Eq)]
struct ByFolder<'a>(&'a str);

impl Ord for ByFolder<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        components(self.0).cmp(components(other.0))
    }
}

impl PartialOrd for ByFolder<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Checks all paths of a set: each by itself, no path twice, and no file that is also a folder of another.
pub fn check_paths<'a>(paths: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut known = Map::default();
    for path in paths {
        check_path(path)?;
        if !known.insert(ByFolder(path), ()) {
            return Err(format!("path {} occurs twice", Quoted(path)));
        }
    }
    let mut before = None;
    for (ByFolder(path), ()) in known.iter() {
        if let Some(before) = before.replace(*path)
            && path.strip_prefix(before).is_some_and(|rest| rest.starts_with('/'))
        {
            return Err(format!(
                "path {} is a file and also the folder of {}",
                Quoted(before),
                Quoted(path)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "a",
            "a/b.onnx",
            "weights..bin",
            "ä/…/x y",
            ".hidden/file",
            "1:2",
            "ab:c",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
        assert_eq!(check_path(&"x".repeat(MAX_PATH)), Ok(()));
        assert_eq!(check_paths(["a/b", "a/c", "ab"].into_iter()), Ok(()));
    }

    #[test]
    fn paths_that_leave_the_folder_fail() {
        let long = "x".repeat(MAX_PATH + 1);
        for path in [
            "",
            "/etc/passwd",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "C:/x",
            "c:x",
            "a\0b",
            "a\nb",
            &long,
        ] {
            assert!(check_path(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn paths_that_collide_fail() {
        assert!(check_paths(["a", "b", "a"].into_iter()).is_err());
        assert!(check_paths(["a/b/c", "a/b"].into_iter()).is_err());
        assert!(check_paths(["a", "a/b"].into_iter()).is_err());
    }
}
