//! Readers and the layout of whole sets of files.

use crate::case::Case;
use tensorpress_formats::detect::{self, FormatKind};
use tensorpress_formats::source::map_in_memory;
use tensorpress_formats::{FileMap, FormatError, InputFile, layout, limits};

/// A reader answers with an error, or with a map whose spans lie inside their files. That a hostile
/// file may make tensors overlap is the layout's business.
pub fn reader(kind: FormatKind, case: &Case) -> Result<FileMap, FormatError> {
    let map = map_in_memory(&case.files, |source| detect::read(kind, source, 0))?;
    assert!(
        map.tensors.len() as u64 <= limits::MAX_TENSORS,
        "{} tensors",
        map.tensors.len()
    );
    for tensor in &map.tensors {
        for span in &tensor.spans {
            let len = case.files[span.file].1.len() as u64;
            let end = span.offset.checked_add(span.len);
            assert!(span.len > 0, "{:?} has an empty span", tensor.name);
            assert!(
                end.is_some_and(|end| end <= len),
                "{:?}: {span:?} in {len} bytes",
                tensor.name
            );
        }
    }
    Ok(map)
}

/// Every file through every reader that may know it; the layout of all maps must tile the files.
pub fn whole_layout(case: &Case) {
    let files: Vec<InputFile> = case
        .files
        .iter()
        .map(|(path, bytes)| InputFile {
            path: path.clone(),
            len: bytes.len() as u64,
        })
        .collect();
    let mut maps = Vec::new();
    for (index, (path, bytes)) in case.files.iter().enumerate() {
        let head = &bytes[..bytes.len().min(detect::HEAD_LEN)];
        let read = |kind| map_in_memory(&case.files, |source| detect::read(kind, source, index)).ok();
        if let Some(map) = detect::candidates(path, head).into_iter().find_map(read) {
            maps.push((index, map));
        }
    }
    let layout = layout::build(&files, maps);
    if let Err(why) = layout.validate(&files) {
        panic!("the layout does not tile its files: {why}");
    }
}
