//! From files to a plan: find the tensors, decide which stream holds which bytes and how it is cut into blocks.
//! Sans-I/O: the driver supplies the byte ranges that the planner asks for.

use crate::codec::Layout;
use crate::duplicates::{self, Candidate};
use crate::fault::{corrupt, from_read, invalid, truncated};
use crate::limits::MAX_FILES;
use crate::options::Options;
use crate::recipe::{self, Choice, Facts, Recipe};
use crate::schema::{Plan, PlanFile, PlanPiece, PlanStream, PlanTensor, SKELETON};
use crate::{EngineError, header, paths};
use std::rc::Rc;
use tensorpress_formats::error::Fault;
use tensorpress_formats::layout::{self, Layout as SetLayout, Piece, Stored};
use tensorpress_formats::{Dtype, Encoding, InputFile, Mapper, Need, Progress, Source, Span, detect};
use tensorpress_json::{ToJson, write_form, write_name};

/// Elements of a block of numbers: 128 Ki keep the planes and tables of a block inside a core's cache, while tables are
/// made half as often as for 64 Ki, which takes a tenth of the time of such a block.
const BLOCK_ELEMENTS: u32 = 131_072;
/// Elements of a tensor that has a stream of its own, however few it has of a block.
const OWN_STREAM: u64 = 65_536;
/// Most blocks of a stream that several smaller tensors share: what reading one of them may cost.
const GROUP_BLOCKS: u64 = 4;
/// What the entries of such streams are called, a number follows.
const GROUP: &str = "tensorpress.group";
/// Bytes of a block of anything else.
const OPAQUE_BLOCK: u32 = 1 << 20;
/// Why bytes of several tensors are exact.
const DISPUTED: &str = "shares bytes with a tensor to which not the same is done";
/// Of how many bytes one is next to nothing: a quarter of it is a thousandth.
const NEGLIGIBLE_ONE_IN: u64 = 256;
/// Notes of one file that are kept word for word.
const MAX_NOTES: usize = 8;

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
    /// Whether so many bytes are next to nothing of what the archive will be, which is known where no recipe makes it
    /// small.
    pub(crate) fn is_negligible(&self, len: u64) -> bool {
        // The planner has checked that files have less than 2^60 bytes in all.
        let all: u64 = self.plan.files.iter().map(|file| file.len).sum();
        self.options.recipe.is_none() && len < all / NEGLIGIBLE_ONE_IN
    }
}

/// What a sans-I/O machine says when polled: `{"need":[{…}]}` or `"done"`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
pub enum Step {
    /// Supply all of these bytes, one behind the other, then poll again.
    Need(Vec<Need>),
    /// Call `finish`.
    Done,
}

impl ToJson for Step {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Step::Need(needs) => write_form("need", |out| needs.write(out), out),
            Step::Done => write_name("done", out),
        }
    }
}

/// Drives one sans-I/O computation and keeps its result.
pub(crate) struct Machine<T> {
    mapper: Mapper<Result<T, EngineError>>,
    /// What was asked for and not supplied.
    needs: Vec<Need>,
    result: Option<Result<T, EngineError>>,
}

impl<T> Machine<T> {
    pub(crate) fn new(mapper: Mapper<Result<T, EngineError>>) -> Self {
        Machine {
            mapper,
            needs: Vec::new(),
            result: None,
        }
    }

    pub(crate) fn poll(&mut self) -> Step {
        if self.result.is_some() {
            return Step::Done;
        }
        // Polled twice without supply: the same needs again.
        if self.needs.is_empty() {
            match self.mapper.poll() {
                Progress::Need(needs) => self.needs = needs,
                Progress::Done(result) => {
                    self.result = Some(result);
                    return Step::Done;
                }
            }
        }
        Step::Need(self.needs.clone())
    }

    pub(crate) fn supply(&mut self, mut bytes: Vec<u8>) -> Result<(), EngineError> {
        if self.needs.is_empty() {
            return Err(invalid("supply", "nothing was asked for"));
        }
        let mut needs = std::mem::take(&mut self.needs);
        let len = needs.iter().map(|need| need.len).sum();
        if bytes.len() as u64 != len {
            return Err(truncated("input", len, bytes.len() as u64));
        }
        while let Some(need) = needs.pop() {
            let own = bytes.split_off(bytes.len() - need.len as usize);
            self.mapper.supply(need, own);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<T, EngineError> {
        self.result
            .unwrap_or_else(|| Err(invalid("finish", "called before poll said done")))
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
                        maps.push((file, map));
                        notes[file].clear();
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

/// What the recipe does to each tensor. Tensors of the same bytes get the same: they stay exact where it wants two things.
fn choose(recipe: &Recipe, files: &[InputFile], set: &SetLayout) -> Vec<Choice> {
    let mut choices = recipe::choose(
        recipe,
        set.tensors.iter().map(|entry| Facts {
            name: &entry.tensor.name,
            file: &files[entry.file].path,
            format: &set.formats[entry.file],
            dtype: entry.tensor.dtype,
            encoding: entry.tensor.encoding,
            shape: &entry.tensor.shape,
            axis: entry.tensor.axis,
            len: entry.len(),
        }),
    );
    let mut disputed: Vec<bool> = set.tensors.iter().map(|entry| entry.overlapped.is_some()).collect();
    for (index, entry) in set.tensors.iter().enumerate() {
        if let Stored::Alias { of } = entry.stored {
            disputed[of] |= choices[of].text != choices[index].text || choices[of].group != choices[index].group;
        }
    }
    for (choice, (index, entry)) in choices.iter_mut().zip(set.tensors.iter().enumerate()) {
        let exact = match entry.stored {
            Stored::Skeleton => Some("too small for a stream of its own, or part of another tensor"),
            Stored::Payload if disputed[index] => Some(DISPUTED),
            Stored::Alias { of } if disputed[of] => Some(DISPUTED),
            _ => None,
        };
        if let Some(reason) = exact.filter(|_| choice.is_lossy()) {
            *choice = Choice::exact(reason);
        }
    }
    choices
}

/// For every tensor the tensor whose stream it shares, itself included.
async fn find_twins(source: &Source, set: &SetLayout, choices: &[Choice]) -> Result<Vec<usize>, EngineError> {
    let stored: Vec<usize> = (0..set.tensors.len())
        .filter(|&i| set.tensors[i].stored == Stored::Payload)
        .collect();
    // Equal bytes become equal approximations only where the same is done to them.
    let mut treatments: Vec<&Choice> = Vec::new();
    let mut treatment = |index: usize| {
        let choice = choices.get(index).filter(|choice| choice.is_lossy())?;
        let same = |known: &&Choice| {
            known.text == choice.text
                && known.group == choice.group
                && known.weight == choice.weight
                && known.slices == choice.slices
        };
        Some(treatments.iter().position(same).unwrap_or_else(|| {
            treatments.push(choice);
            treatments.len() - 1
        }))
    };
    let candidates: Vec<_> = stored
        .iter()
        .map(|&index| {
            let tensor = &set.tensors[index];
            Candidate {
                key: (tensor.tensor.dtype, tensor.tensor.encoding, treatment(index)),
                spans: &tensor.tensor.spans,
                len: tensor.len(),
            }
        })
        .collect();
    let first = duplicates::find(source, &candidates).await?;
    let mut twins: Vec<usize> = (0..set.tensors.len()).collect();
    for (candidate, of) in first.into_iter().enumerate() {
        twins[stored[candidate]] = stored[of];
    }
    for index in 0..twins.len() {
        if let Stored::Alias { of } = set.tensors[index].stored {
            twins[index] = twins[of];
        }
    }
    Ok(twins)
}

/// Gives every tensor of its own bytes a stream and writes the plan down.
fn assign(
    files: &[InputFile],
    set: &SetLayout,
    notes: Vec<Vec<String>>,
    twins: &[usize],
    options: Options,
    choices: Vec<Choice>,
) -> Planned {
    let lossy = |tensor: usize| choices.get(tensor).filter(|choice| choice.is_lossy());
    let owners: Vec<usize> = (0..set.tensors.len())
        .filter(|&i| set.tensors[i].stored == Stored::Payload && twins[i] == i)
        .collect();
    let groups = group(&owners, |owner| {
        let tensor = &set.tensors[owner];
        let layout = layout_of(tensor.tensor.dtype, tensor.tensor.encoding);
        (layout, tensor.len(), lossy(owner).is_some())
    });
    let mut place_of: Vec<Option<Place>> = vec![None; set.tensors.len()];
    let mut streams = vec![PlanStream {
        name: SKELETON.to_owned(),
        len: 0,
        block: OPAQUE_BLOCK,
        layout: Layout::Opaque,
        chain: String::new(),
    }];
    let mut sources: Vec<Vec<Span>> = vec![Vec::new()];
    let mut changed = vec![None];
    let names = groups.iter().enumerate().map(|(index, group)| match group.members[..] {
        [only] => set.tensors[only].tensor.name.clone(),
        _ => format!("{GROUP}.{index}"),
    });
    let names: Vec<String> = names.collect();
    for (group, name) in groups
        .iter()
        .zip(header::unique_names(names.iter().map(String::as_str)))
    {
        let mut len = 0;
        let mut spans = Vec::new();
        for &member in &group.members {
            let tensor = &set.tensors[member];
            place_of[member] = Some(Place {
                stream: streams.len(),
                start: len,
                range: (group.members.len() > 1).then_some((len, tensor.len())),
            });
            len += tensor.len();
            spans.extend_from_slice(&tensor.tensor.spans);
        }
        let owner = group.members[0];
        let choice = lossy(owner);
        streams.push(PlanStream {
            name,
            len,
            block: choice.map_or(block_of(group.layout), |choice| {
                // At most `MAX_BLOCK`, as slices are made.
                (choice.slices.unit() * group.layout.width() as u64) as u32
            }),
            layout: group.layout,
            chain: choice.map_or_else(String::new, |choice| choice.text.to_string()),
        });
        changed.push(choice.map(|_| owner));
        sources.push(spans);
    }
    for index in 0..set.tensors.len() {
        if matches!(set.tensors[index].stored, Stored::Payload | Stored::Alias { .. }) {
            place_of[index] = place_of[twins[index]];
        }
    }
    let mut plan_files = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let mut at = 0;
        let mut pieces = Vec::with_capacity(set.files[index].len());
        let mut approximate = false;
        for piece in &set.files[index] {
            pieces.push(match *piece {
                Piece::Skeleton { len } => {
                    sources[0].push(Span {
                        file: index,
                        offset: at,
                        len,
                    });
                    streams[0].len += len;
                    PlanPiece::Skeleton { len }
                }
                Piece::Tensor { tensor, start, len } => match place_of[tensor] {
                    Some(place) => {
                        approximate |= changed[place.stream].is_some();
                        PlanPiece::Stream {
                            stream: place.stream,
                            start: place.start + start,
                            len,
                        }
                    }
                    None => unreachable!("the layout was validated: pieces name stored tensors"),
                },
            });
            at += piece.len();
        }
        plan_files.push(PlanFile {
            path: file.path.clone(),
            len: file.len,
            format: set.formats[index].clone(),
            pieces,
            note: join_notes(&notes[index]),
            approximate,
        });
    }
    let tensors = set.tensors.iter().zip(&place_of).map(|(entry, &place)| PlanTensor {
        name: entry.tensor.name.clone(),
        file: entry.file,
        dtype: entry.tensor.dtype,
        type_name: entry.tensor.type_name.clone(),
        shape: entry.tensor.shape.clone(),
        encoding: entry.tensor.encoding,
        stream: place.map(|place| place.stream),
        range: place.and_then(|place| place.range),
        spans: match place {
            Some(_) => Vec::new(),
            None => entry.tensor.spans.iter().map(|s| (s.file, s.offset, s.len)).collect(),
        },
    });
    Planned {
        plan: Plan {
            tensors: tensors.collect(),
            files: plan_files,
            streams,
        },
        sources,
        options,
        choices,
        changed,
    }
}

/// Where a tensor is stored.
#[derive(Clone, Copy)]
struct Place {
    stream: usize,
    /// Its first byte in the stream.
    start: u64,
    /// First byte and length, where it shares the stream with others.
    range: Option<(u64, u64)>,
}

/// Tensors that share a stream.
struct Group {
    layout: Layout,
    len: u64,
    members: Vec<usize>,
}

/// Puts tensors that do not fill half a block together with the next ones of their layout: a table a block, an entry and a
/// job would cost more than they save on each alone.
///
/// `describe` gives a tensor's layout, its length, and whether it needs a stream of its own.
fn group(owners: &[usize], describe: impl Fn(usize) -> (Layout, u64, bool)) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // The group that is still open, a layout.
    let mut open: Vec<(Layout, usize)> = Vec::new();
    for &owner in owners {
        let (layout, len, alone) = describe(owner);
        let block = u64::from(block_of(layout));
        let small = layout != Layout::Opaque && len < OWN_STREAM * layout.width() as u64 && !alone;
        if small && let Some((_, index)) = open.iter_mut().find(|(of, _)| *of == layout) {
            if groups[*index].len + len <= block * GROUP_BLOCKS {
                groups[*index].len += len;
                groups[*index].members.push(owner);
                continue;
            }
            *index = groups.len();
        } else if small {
            open.push((layout, groups.len()));
        }
        groups.push(Group {
            layout,
            len,
            members: vec![owner],
        });
    }
    groups
}

fn join_notes(notes: &[String]) -> String {
    let mut text = notes.iter().take(MAX_NOTES).cloned().collect::<Vec<_>>().join("; ");
    if notes.len() > MAX_NOTES {
        text.push_str(&format!("; and {} more", notes.len() - MAX_NOTES));
    }
    text
}

/// How the codec reads elements of a type.
fn layout_of(dtype: Dtype, encoding: Encoding) -> Layout {
    use Dtype::*;
    let planes = |dtype: Dtype| match dtype.bits() {
        Some(16) => Layout::W2,
        Some(32) => Layout::W4,
        Some(64 | 128) => Layout::W8,
        Some(_) => Layout::U8,
        None => Layout::Opaque,
    };
    match encoding {
        Encoding::Plain => match dtype {
            F64 | C128 => Layout::F64,
            F32 | C64 => Layout::F32,
            F16 => Layout::F16,
            Bf16 => Layout::Bf16,
            other => planes(other),
        },
        // The planes of a big-endian number are the same planes, in the other order.
        Encoding::BigEndian => match dtype {
            C64 => Layout::W4,
            other => planes(other),
        },
        Encoding::Varint | Encoding::Deflate | Encoding::Other => Layout::Opaque,
    }
}

fn block_of(layout: Layout) -> u32 {
    match layout {
        Layout::Opaque => OPAQUE_BLOCK,
        other => BLOCK_ELEMENTS * other.width() as u32,
    }
}
