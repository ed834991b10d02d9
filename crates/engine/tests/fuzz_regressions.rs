//! Replays the inputs that once broke something (tests/regressions/<target>/), with the fuzzer's own targets.

#[path = "../../../fuzz/src/case.rs"]
#[allow(dead_code)]
mod case;
#[path = "../../../fuzz/src/targets/mod.rs"]
#[allow(dead_code)]
mod targets;

use std::path::Path;

#[test]
fn saved_inputs_break_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/regressions");
    let mut replayed = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
        let target = entry.file_name().into_string().expect("UTF-8");
        if !entry.path().is_dir() {
            continue;
        }
        let found = targets::find(&target).unwrap_or_else(|| panic!("{target} is not a fuzz target"));
        for saved in std::fs::read_dir(entry.path()).expect("readable").flatten() {
            let bytes = std::fs::read(saved.path()).expect("readable");
            let case = case::Case::from_bytes(&bytes).unwrap_or_else(|| panic!("{:?} is no saved input", saved.path()));
            println!("{target}: {:?}", saved.file_name());
            found.run(&case);
            replayed += 1;
        }
    }
    assert!(replayed > 0, "nothing to replay in {}", folder.display());
}
