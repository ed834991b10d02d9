//! Gives every tensor of its own bytes a stream, and writes the plan down.

use super::Planned;
use super::group::{OPAQUE_BLOCK, block_of, group, layout_of};
use crate::codec::Layout;
use crate::header;
use crate::options::Options;
use crate::recipe::Choice;
use crate::schema::{Plan, PlanFile, PlanPiece, PlanStream, PlanTensor, SKELETON};
use tensorpress_formats::layout::{Layout as SetLayout, LayoutTensor, Piece, Stored};
use tensorpress_formats::{InputFile, Span};

/// What the entries of streams that several tensors share are called; a number follows.
const GROUP: &str = "tensorpress.group";
/// Notes of one file that are kept word for word.
const MAX_NOTES: usize = 8;

/// Where a tensor is stored.
#[derive(Clone, Copy)]
struct Place {
    stream: usize,
    /// Its first byte in the stream.
    start: u64,
    /// First byte and length, where it shares the stream with others.
    range: Option<(u64, u64)>,
}

/// The streams, stream 0 being the skeleton, and what they hold.
struct Streams {
    streams: Vec<PlanStream>,
    /// For each stream the runs of input bytes that it is made of.
    sources: Vec<Vec<Span>>,
    /// For each stream whose weights are changed the tensor that says how.
    changed: Vec<Option<usize>>,
    /// For each tensor where it is stored, unless that is the skeleton.
    places: Vec<Option<Place>>,
}

/// The plan. `twins` says for every tensor whose stream it shares.
pub(super) fn assign(
    files: &[InputFile],
    set: &SetLayout,
    notes: Vec<Vec<String>>,
    twins: &[usize],
    options: Options,
    choices: Vec<Choice>,
) -> Planned {
    let mut streams = Streams::new(set, twins, &choices);
    let files = files
        .iter()
        .enumerate()
        .map(|(index, file)| streams.tile(index, file, set, join_notes(&notes[index])))
        .collect();
    let tensors = set.tensors.iter().zip(&streams.places);
    let tensors = tensors.map(|(entry, &place)| tensor_of(entry, place)).collect();
    Planned {
        plan: Plan {
            tensors,
            files,
            streams: streams.streams,
        },
        sources: streams.sources,
        options,
        choices,
        changed: streams.changed,
    }
}

impl Streams {
    /// A stream for each tensor of its own bytes or group of them, and the skeleton, which is still empty.
    fn new(set: &SetLayout, twins: &[usize], choices: &[Choice]) -> Self {
        let lossy = |tensor: usize| choices.get(tensor).filter(|choice| choice.is_lossy());
        let owners: Vec<usize> = (0..set.tensors.len())
            .filter(|&i| set.tensors[i].stored == Stored::Payload && twins[i] == i)
            .collect();
        let groups = group(&owners, |owner| {
            let tensor = &set.tensors[owner];
            let layout = layout_of(tensor.tensor.dtype, tensor.tensor.encoding);
            (layout, tensor.len(), lossy(owner).is_some())
        });
        let names = groups.iter().enumerate().map(|(index, group)| match group.members[..] {
            [only] => set.tensors[only].tensor.name.clone(),
            _ => format!("{GROUP}.{index}"),
        });
        let names: Vec<String> = names.collect();
        let mut made = Streams {
            streams: vec![PlanStream {
                name: SKELETON.to_owned(),
                len: 0,
                block: OPAQUE_BLOCK,
                layout: Layout::Opaque,
                chain: String::new(),
            }],
            sources: vec![Vec::new()],
            changed: vec![None],
            places: vec![None; set.tensors.len()],
        };
        for (group, name) in groups
            .iter()
            .zip(header::unique_names(names.iter().map(String::as_str)))
        {
            let mut len = 0;
            let mut spans = Vec::new();
            for &member in &group.members {
                let tensor = &set.tensors[member];
                made.places[member] = Some(Place {
                    stream: made.streams.len(),
                    start: len,
                    range: (group.members.len() > 1).then_some((len, tensor.len())),
                });
                len += tensor.len();
                spans.extend_from_slice(&tensor.tensor.spans);
            }
            let owner = group.members[0];
            let choice = lossy(owner);
            made.streams.push(PlanStream {
                name,
                len,
                block: choice.map_or(block_of(group.layout), |choice| {
                    // At most `MAX_BLOCK`, as slices are made.
                    (choice.slices.unit() * group.layout.width() as u64) as u32
                }),
                layout: group.layout,
                chain: choice.map_or_else(String::new, |choice| choice.text.to_string()),
            });
            made.changed.push(choice.map(|_| owner));
            made.sources.push(spans);
        }
        for (index, (tensor, &twin)) in set.tensors.iter().zip(twins).enumerate() {
            if matches!(tensor.stored, Stored::Payload | Stored::Alias { .. }) {
                made.places[index] = made.places[twin];
            }
        }
        made
    }

    /// The pieces that tile a file; those that are no stream's become the next bytes of the skeleton.
    fn tile(&mut self, index: usize, file: &InputFile, set: &SetLayout, note: String) -> PlanFile {
        let mut at = 0;
        let mut pieces = Vec::with_capacity(set.files[index].len());
        let mut approximate = false;
        for piece in &set.files[index] {
            pieces.push(match *piece {
                Piece::Skeleton { len } => {
                    self.sources[0].push(Span {
                        file: index,
                        offset: at,
                        len,
                    });
                    self.streams[0].len += len;
                    PlanPiece::Skeleton { len }
                }
                Piece::Tensor { tensor, start, len } => match self.places[tensor] {
                    Some(place) => {
                        approximate |= self.changed[place.stream].is_some();
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
        PlanFile {
            path: file.path.clone(),
            len: file.len,
            format: set.formats[index].clone(),
            pieces,
            note,
            approximate,
        }
    }
}

/// What the plan says about a tensor.
fn tensor_of(entry: &LayoutTensor, place: Option<Place>) -> PlanTensor {
    PlanTensor {
        name: entry.tensor.name.clone(),
        file: entry.file,
        dtype: entry.tensor.dtype,
        type_name: entry.tensor.type_name.clone(),
        shape: entry.tensor.shape.clone(),
        encoding: entry.tensor.encoding,
        inflated: entry.tensor.inflated,
        stream: place.map(|place| place.stream),
        range: place.and_then(|place| place.range),
        spans: match place {
            Some(_) => Vec::new(),
            None => entry.tensor.spans.iter().map(|s| (s.file, s.offset, s.len)).collect(),
        },
    }
}

/// The first notes of a file, and how many more there are.
fn join_notes(notes: &[String]) -> String {
    let mut text = notes.iter().take(MAX_NOTES).cloned().collect::<Vec<_>>().join("; ");
    if notes.len() > MAX_NOTES {
        text.push_str(&format!("; and {} more", notes.len() - MAX_NOTES));
    }
    text
}
