//! From files to a plan: find the tensors, decide which stream holds which bytes and how it is cut into blocks.
//! Sans-I/O: the driver supplies the byte ranges that the planner asks for.

mod assign;
mod group;
mod machine;
mod treatment;

pub(crate) use machine::Machine;
pub use machine::Step;

use crate::fault::{corrupt, from_read, invalid};
use crate::limits::MAX_FILES;
use crate::options::Options;
use crate::recipe::Choice;
use crate::schema::{MANIFEST, Plan};
use crate::{EngineError, paths};
use assign::assign;
use std::rc::Rc;
use tensorpress_formats::error::Fault;
use tensorpress_formats::{InputFile, Mapper, Source, Span, detect, layout};
use treatment::{choose, find_twins};

/// Less than this fraction of all bytes is negligible: saving a quarter of it would save a thousandth.
const NEGLIGIBLE_ONE_IN: u64 = 256;

/// A plan and where its streams' bytes come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What the archive will say.
    pub plan: Plan,
    /// For each stream the runs of input bytes that it is made of.
    pub sources: Vec<Vec<Span>>,
    /// The caller's choices.
    pub options: Options,
    /// For each tensor what is done to it; empty without a recipe.
    pub choices: Vec<Choice>,
    /// For each stream whose weights are changed the tensor that says how.
    pub changed: Vec<Option<usize>>,
}

impl Planned {
    /// Whether so many bytes are a negligible part of the archive. Where a recipe makes that small, none are.
    pub(crate) fn is_negligible(&self, len: u64) -> bool {
        // The planner has checked that files have less than 2^60 bytes in all.
        let all: u64 = self.plan.files.iter().map(|file| file.len).sum();
        self.options.recipe.is_none() && len < all / NEGLIGIBLE_ONE_IN
    }
}

/// Plans the compression of a set of files.
pub struct Planner(Machine<Planned>);

impl Planner {
    /// Starts; refuses paths that an archive must not hold.
    pub fn new(files: Vec<InputFile>, options: Options) -> Result<Self, EngineError> {
        if files.len() > MAX_FILES {
            return Err(crate::fault::limit("MAX_FILES", MAX_FILES as u64, files.len() as u64));
        }
        paths::check_paths(files.iter().map(|file| file.path.as_str())).map_err(|why| invalid("files", why))?;
        let total = files.iter().try_fold(0u64, |sum, file| sum.checked_add(file.len));
        if total.is_none_or(|total| total > 1 << 60) {
            return Err(invalid("files", "more than 2^60 bytes"));
        }
        if let Some(opaque) = options.opaque.iter().find(|opaque| opaque.file >= files.len()) {
            let detail = format!("file {} of {}", opaque.file, files.len());
            return Err(invalid("opaque", detail));
        }
        if let Some(recipe) = &options.recipe {
            recipe.check()?;
            recipe.check_budget()?;
        }
        Ok(Planner(Machine::new(Mapper::new(Rc::new(files), move |source| {
            plan(source, options)
        }))))
    }

    /// What to do next.
    pub fn poll(&mut self) -> Step {
        self.0.poll()
    }

    /// Answers the last needs with exactly their bytes, one behind the other.
    pub fn supply(&mut self, bytes: Vec<u8>) -> Result<(), EngineError> {
        self.0.supply(bytes)
    }

    /// The plan, once `poll` has said `Done`.
    pub fn finish(self) -> Result<Planned, EngineError> {
        self.0.finish()
    }
}

async fn plan(source: Source, options: Options) -> Result<Planned, EngineError> {
    let files = source.files();
    let mut maps = Vec::new();
    let mut notes: Vec<Vec<String>> = vec![Vec::new(); files.len()];
    for opaque in &options.opaque {
        notes[opaque.file].push(opaque.reason.clone());
    }
    for file in 0..files.len() {
        if is_opaque(&options, file) {
            continue;
        }
        let head = source.len(file).min(detect::HEAD_LEN as u64);
        let head = source.read("file", file, 0, head).await.map_err(from_read)?;
        for kind in detect::candidates(&files[file].path, &head) {
            match detect::read(kind, source.clone(), file).await {
                Ok(map) => {
                    let mut spans = map.tensors.iter().flat_map(|tensor| &tensor.spans);
                    if let Some(span) = spans.find(|span| is_opaque(&options, span.file)) {
                        let path = &files[span.file].path;
                        notes[file] = vec![format!(
                            "stored as plain bytes: its tensors lie in {path}, which is, too"
                        )];
                    } else {
                        notes[file].clear();
                        if map.tensors.iter().any(|tensor| tensor.name == MANIFEST) {
                            notes[file].push("it is a tensorpress archive already".to_owned());
                        }
                        maps.push((file, map));
                    }
                    break;
                }
                Err(error) if matches!(error.fault(), Fault::Other { .. }) => {}
                Err(why) => notes[file].push(format!("stored as plain bytes: {why}")),
            }
        }
    }
    let set = layout::build(&files, maps);
    set.validate(&files).map_err(|why| corrupt("layout", why))?;
    for note in &set.notes {
        notes[note.file].push(note.text.clone());
    }
    let choices = match &options.recipe {
        Some(recipe) => choose(recipe, &files, &set),
        None => Vec::new(),
    };
    let twins = find_twins(&source, &set, &choices).await?;
    Ok(assign(&files, &set, notes, &twins, options, choices))
}

fn is_opaque(options: &Options, file: usize) -> bool {
    options.opaque.iter().any(|opaque| opaque.file == file)
}
