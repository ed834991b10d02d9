//! Turns views of storages into tensors whose bytes are the same or apart.

use super::FORMAT;
use super::names::{self, Named};
use super::value::{Heap, Node, Storage, View};
use crate::error::FormatError;
use crate::layout::product;
use crate::map::{Dtype, Encoding, FileMap, Span, Tensor};
use crate::order::sort_by_number;
use crate::ordered::Map;
use crate::zip::{Member, Method};
use tensorpress_json::{Quoted, to_text};

/// Where storages are found.
pub struct Archive<'a> {
    /// Index of the input file.
    pub file: usize,
    /// The archive's top folder with its slash.
    pub folder: &'a str,
    /// All members by name.
    pub members: &'a Map<&'a str, &'a Member>,
    /// Whether the storages are big-endian.
    pub big_endian: bool,
}

/// Members by their names; of those with the same the last.
pub fn by_name(members: &[Member]) -> Map<&str, &Member> {
    let mut by_name = Map::default();
    for member in members {
        *by_name.entry(member.name.as_str(), member) = member;
    }
    by_name
}

/// A view and the name that leads to it.
struct Use<'a> {
    name: String,
    view: &'a View,
}

/// Maps the tensors of a pickle.
pub fn map(heap: &Heap, archive: &Archive) -> Result<FileMap, FormatError> {
    let (tensors, notes) = locate(heap, names::collect(heap)?, archive)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes,
    })
}

/// Places the named tensors, see [`place`].
fn locate(heap: &Heap, named: Vec<Named>, archive: &Archive) -> Result<(Vec<Tensor>, Vec<String>), FormatError> {
    let mut by_key: Map<&str, Vec<Use>> = Map::default();
    let mut notes = Vec::new();
    for Named { node, name } in named {
        let Node::Tensor(view) = &heap.nodes[node] else {
            continue;
        };
        let Node::Storage(Storage { key, .. }) = heap.nodes[view.storage] else {
            continue;
        };
        by_key.entry(key, Vec::new()).push(Use { name, view });
    }
    let mut tensors = Vec::new();
    for (key, uses) in by_key.into_entries() {
        match archive.members.get(format!("{}data/{key}", archive.folder).as_str()) {
            Some(member) => place(uses, member, archive, &mut tensors, &mut notes)?,
            None => notes.push(format!(
                "{}: storage {} is not in the archive",
                Quoted(&uses[0].name),
                Quoted(key)
            )),
        }
    }
    crate::map::sort_by_offset(&mut tensors);
    Ok((tensors, notes))
}

/// Whether the elements lie one behind the other, last dimension innermost.
fn is_contiguous(view: &View) -> bool {
    let mut expected = 1u64;
    for (&dimension, &stride) in view.shape.iter().zip(&view.strides).rev() {
        if dimension != 1 {
            if u64::try_from(stride) != Ok(expected) {
                return false;
            }
            expected = expected.saturating_mul(dimension);
        }
    }
    true
}

/// First byte within the storage and the byte behind the last, for a contiguous view.
fn byte_range(view: &View) -> Option<(u64, u64)> {
    let elements = product(&view.shape)?;
    let begin = view.offset.checked_mul(view.element.bytes)?;
    Some((begin, begin.checked_add(elements.checked_mul(view.element.bytes)?)?))
}

/// Places the views of one storage: each by itself where all are contiguous and those that are not the same are apart from
/// each other; else the whole storage is one flat tensor with the name of its first view.
fn place(
    uses: Vec<Use>,
    member: &Member,
    archive: &Archive,
    tensors: &mut Vec<Tensor>,
    notes: &mut Vec<String>,
) -> Result<(), FormatError> {
    if member.method == Method::Other {
        notes.push(format!(
            "{}: its storage is encrypted or packed in an unknown way",
            Quoted(&uses[0].name)
        ));
        return Ok(());
    }
    // Tensors without elements have no bytes that could overlap.
    let mut full = Vec::new();
    for one in uses {
        if one.view.shape.contains(&0) {
            tensors.push(describe(one.name, one.view, archive, Vec::new()));
        } else {
            full.push(one);
        }
    }
    let Some(Use { name, view }) = full.first() else {
        return Ok(());
    };
    let first = Use {
        name: name.clone(),
        view,
    };
    let mut ranges = Vec::new();
    let stored = member.method == Method::Stored;
    let mut apart = true;
    // Stable, so that of equal views the first in the pickle is the first here.
    sort_by_number(&mut full, |u| u.view.element.bytes);
    sort_by_number(&mut full, |u| u.view.offset);
    let mut last: Option<(&View, u64)> = None;
    for (index, one) in full.iter().enumerate() {
        let range = byte_range(one.view).filter(|_| is_contiguous(one.view));
        let is_free = |begin| last.is_none_or(|(view, end)| begin >= end || is_same(view, one.view));
        // A deflated storage is one view, or has to be read as a whole.
        let is_apart =
            |range: &(u64, u64)| is_free(range.0) && (stored || (member.len > 0 && *range == (0, member.unpacked)));
        let Some((begin, end)) = range.filter(is_apart) else {
            apart = false;
            break;
        };
        if end > member.unpacked {
            return Err(outside(one, member));
        }
        ranges.push((index, begin, end - begin));
        last = Some((one.view, end));
    }
    if apart {
        for (index, begin, len) in ranges {
            let Use { name, view } = &full[index];
            tensors.push(take(name.clone(), view, archive, member, begin, len));
        }
    } else {
        notes.push(format!(
            "{} stands for its whole storage, which {} tensors view",
            Quoted(&first.name),
            full.len()
        ));
        tensors.extend(whole(first, &full, member, archive));
    }
    Ok(())
}

fn is_same(one: &View, other: &View) -> bool {
    one.element == other.element
        && one.offset == other.offset
        && one.shape == other.shape
        && one.strides == other.strides
}

fn outside(one: &Use, member: &Member) -> FormatError {
    let (name, shape, start) = (&one.name, to_text(&one.view.shape), one.view.offset);
    FormatError::corrupt(
        FORMAT,
        member.offset,
        format!(
            "{} of {shape} from element {start} needs more than its storage's {} bytes",
            Quoted(name),
            member.len
        ),
    )
}

/// A storage as one flat tensor; opaque where its views disagree on the type.
fn whole(first: Use, uses: &[Use], member: &Member, archive: &Archive) -> Option<Tensor> {
    if member.len == 0 {
        return None;
    }
    let mut view = first.view.clone();
    let agreed =
        uses.iter().all(|u| u.view.element == view.element) && member.unpacked.is_multiple_of(view.element.bytes);
    if !agreed {
        view.element.dtype = Dtype::Opaque;
        view.element.type_name = "storage";
        view.element.bytes = 1;
    }
    view.shape = vec![member.unpacked / view.element.bytes];
    Some(take(first.name, &view, archive, member, 0, member.unpacked))
}

/// A tensor of so many bytes of a storage, of all where that is deflated.
fn take(name: String, view: &View, archive: &Archive, member: &Member, begin: u64, len: u64) -> Tensor {
    let deflated = member.method == Method::Deflated;
    let span = Span {
        file: archive.file,
        offset: member.offset + begin,
        len: if deflated { member.len } else { len },
    };
    let mut tensor = describe(name, view, archive, vec![span]);
    if deflated {
        tensor.deflate(begin, len);
    }
    tensor
}

fn describe(name: String, view: &View, archive: &Archive, spans: Vec<Span>) -> Tensor {
    let element = view.element;
    Tensor {
        name,
        dtype: element.dtype,
        type_name: element.type_name.to_owned(),
        shape: view.shape.clone(),
        encoding: match element.dtype {
            Dtype::Opaque => Encoding::Other,
            _ if archive.big_endian && element.bytes > 1 => Encoding::BigEndian,
            _ => Encoding::Plain,
        },
        axis: None,
        inflated: None,
        spans,
    }
}
