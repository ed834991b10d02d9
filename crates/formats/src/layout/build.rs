//! Builds a layout from the readers' maps.

use super::{Layout, LayoutTensor, Note, Piece, SMALL_TENSOR, Stored};
use crate::order::sort_by_number;
use crate::ordered::Map;
use crate::{Encoding, FileMap, InputFile, Span, Tensor, limits};
use tensorpress_json::{Quoted, to_text};

/// Builds the layout from each mapped file's index and map. Files without a map are all skeleton;
/// so are files whose map is not possible, with a note that says why.
pub fn build(files: &[InputFile], maps: Vec<(usize, FileMap)>) -> Layout {
    let mut layout = Layout {
        formats: vec![String::new(); files.len()],
        ..Layout::default()
    };
    let mut found: Vec<LayoutTensor> = Vec::new();
    for (file, map) in maps {
        if file >= files.len() {
            continue;
        }
        let mut note = |text: String| layout.notes.push(Note { file, text });
        if let Err(why) = check_map(files, &map) {
            note(format!(
                "stored as plain bytes: the {} reader's map is impossible: {why}",
                map.format
            ));
            continue;
        }
        map.notes.into_iter().for_each(&mut note);
        layout.formats[file] = map.format;
        found.extend(map.tensors.into_iter().map(|mut tensor| {
            tensor.spans = merge_spans(&tensor.spans);
            LayoutTensor {
                file,
                stored: Stored::Skeleton,
                overlapped: None,
                tensor,
            }
        }));
    }
    sort(&mut found);
    drop_repeats(&mut found);
    layout.tensors = found;
    let owners = assign(&mut layout);
    mark_overlapped(&mut layout.tensors, &owners);
    cut(&mut layout, files, &owners);
    layout
}

/// Sorts by the place of the first byte, and tensors without one behind all others. Among tensors at the same place those
/// whose elements can be read come first, so that an alias never hides the better description.
fn sort(tensors: &mut [LayoutTensor]) {
    let place = |tensor: &LayoutTensor| match tensor.tensor.spans.first() {
        Some(span) => (span.file as u64, span.offset),
        None => (u64::MAX, tensor.file as u64),
    };
    // The last one counts most.
    sort_by_number(tensors, |tensor| {
        u64::from(tensor.tensor.encoding != Encoding::Plain || tensor.tensor.dtype.bits().is_none())
    });
    sort_by_number(tensors, |tensor| place(tensor).1);
    sort_by_number(tensors, |tensor| place(tensor).0);
}

/// A map that lies about the files must not reach the pieces.
fn check_map(files: &[InputFile], map: &FileMap) -> Result<(), String> {
    if map.tensors.len() as u64 > limits::MAX_TENSORS {
        return Err(format!(
            "{} tensors, at most {}",
            map.tensors.len(),
            limits::MAX_TENSORS
        ));
    }
    map.tensors.iter().try_for_each(|tensor| check_tensor(files, tensor))
}

fn check_tensor(files: &[InputFile], tensor: &Tensor) -> Result<(), String> {
    let name = &tensor.name;
    if tensor.shape.len() > limits::MAX_RANK {
        return Err(format!("tensor {} has rank {}", Quoted(name), tensor.shape.len()));
    }
    let mut total = 0u64;
    for span in &tensor.spans {
        let Some(file) = files.get(span.file) else {
            return Err(format!(
                "tensor {} lies in file {} of {}",
                Quoted(name),
                span.file,
                files.len()
            ));
        };
        if span.offset.checked_add(span.len).is_none_or(|end| end > file.len) {
            return Err(format!(
                "tensor {} needs {} bytes at {} of {}, which has {}",
                Quoted(name),
                span.len,
                span.offset,
                Quoted(&file.path),
                file.len
            ));
        }
        total = total
            .checked_add(span.len)
            .ok_or_else(|| format!("tensor {} has more than 2^64 bytes", Quoted(name)))?;
    }
    let plain = matches!(tensor.encoding, Encoding::Plain | Encoding::BigEndian);
    if plain && !tensor.spans.is_empty() && tensor.dtype.bits().is_some() {
        let expected = elements(&tensor.shape).and_then(|count| tensor.dtype.bytes_for(count));
        if expected != Some(total) {
            return Err(format!(
                "tensor {} of shape {} and type {} has {total} bytes",
                Quoted(name),
                to_text(&tensor.shape),
                tensor.dtype.name()
            ));
        }
    }
    Ok(())
}

/// Product of the dimensions; `None` on overflow. A zero anywhere makes it 0.
pub(crate) fn elements(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    product(shape)
}

/// The same, but that dimensions before a zero may overflow.
#[inline(never)]
pub(crate) fn product(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1u64, |product, &dim| product.checked_mul(dim))
}

fn merge_spans(spans: &[Span]) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.iter().filter(|span| span.len > 0) {
        match merged.last_mut() {
            Some(last) if last.file == span.file && last.offset + last.len == span.offset => last.len += span.len,
            _ => merged.push(*span),
        }
    }
    merged
}

/// An index and its shard may both list the same tensor: keep the first listing.
fn drop_repeats(found: &mut Vec<LayoutTensor>) {
    let mut seen: Map<(usize, u64, &str), &LayoutTensor> = Map::default();
    let kept: Vec<bool> = found
        .iter()
        .map(|entry| {
            let Some(first) = entry.tensor.spans.first() else {
                return true;
            };
            let other = seen.entry((first.file, first.offset, &entry.tensor.name), entry);
            std::ptr::eq(*other, entry) || other.file == entry.file || other.tensor != entry.tensor
        })
        .collect();
    let mut kept = kept.into_iter();
    found.retain(|_| kept.next() != Some(false));
}

/// Payload spans by (file, offset): length, tensor, start within the tensor.
type Owners = Map<(usize, u64), (u64, usize, u64)>;

/// Decides where each tensor's bytes are kept: the first at a place owns it.
fn assign(layout: &mut Layout) -> Owners {
    let mut owners = Owners::default();
    // How many of each file, and the first.
    let mut overlapping = vec![(0u64, 0); layout.formats.len()];
    for index in 0..layout.tensors.len() {
        let entry = &layout.tensors[index];
        let bulk = !matches!(entry.tensor.encoding, Encoding::Varint | Encoding::Deflate);
        if !bulk || entry.len() < SMALL_TENSOR {
            continue;
        }
        let stored = match twin(layout, &owners, entry) {
            Some(of) => Stored::Alias { of },
            None if claim(&mut owners, index, &entry.tensor.spans) => Stored::Payload,
            None => {
                let (count, first) = &mut overlapping[entry.file];
                if *count == 0 {
                    *first = index;
                }
                *count += 1;
                Stored::Skeleton
            }
        };
        layout.tensors[index].stored = stored;
    }
    for (file, (count, first)) in overlapping.into_iter().enumerate() {
        if count > 0 {
            let text = format!(
                "{count} tensors overlap others and have no payload of their own, the first is {}",
                Quoted(&layout.tensors[first].tensor.name)
            );
            layout.notes.push(Note { file, text });
        }
    }
    owners
}

/// The payload tensor with exactly these spans.
fn twin(layout: &Layout, owners: &Owners, entry: &LayoutTensor) -> Option<usize> {
    let first = entry.tensor.spans.first()?;
    let (_, owner, _) = owners.get(&(first.file, first.offset))?;
    (layout.tensors[*owner].tensor.spans == entry.tensor.spans).then_some(*owner)
}

/// Takes all spans for tensor `index`, or none if any byte is already taken.
fn claim(owners: &mut Owners, index: usize, spans: &[Span]) -> bool {
    let mut own = Owners::default();
    let mut start = 0;
    for span in spans {
        if is_taken(owners, span) || is_taken(&own, span) {
            return false;
        }
        own.entry((span.file, span.offset), (span.len, index, start));
        start += span.len;
    }
    for (place, owner) in own.into_entries() {
        owners.entry(place, owner);
    }
    true
}

/// Says of tensors that others without a payload have bytes of theirs.
fn mark_overlapped(tensors: &mut [LayoutTensor], owners: &Owners) {
    for index in 0..tensors.len() {
        if tensors[index].stored != Stored::Skeleton {
            continue;
        }
        for span in tensors[index].tensor.spans.clone() {
            let mut end = span.offset + span.len;
            while let Some((owner, start)) = last_owner(owners, &span, end) {
                // Spans come in the order of their starts: what lies before is marked where this one is.
                let since = tensors[owner].overlapped.replace((span.file, span.offset));
                if since.is_some_and(|(file, offset)| file == span.file && offset <= span.offset) {
                    break;
                }
                end = start;
            }
        }
    }
}

/// Whether any byte of the span has an owner.
fn is_taken(owners: &Owners, span: &Span) -> bool {
    last_owner(owners, span, span.offset + span.len).is_some()
}

/// The last tensor that owns a byte of the span before `end`, and where its own span starts.
fn last_owner(owners: &Owners, span: &Span, end: u64) -> Option<(usize, u64)> {
    let &((file, offset), (len, owner, _)) = owners.before(&(span.file, end))?;
    (file == span.file && offset + len > span.offset).then_some((owner, offset))
}

/// Cuts every file at the payload spans; what is between them is skeleton.
fn cut(layout: &mut Layout, files: &[InputFile], owners: &Owners) {
    let mut owners = owners.iter().peekable();
    for (file, input) in files.iter().enumerate() {
        let mut pieces = Vec::new();
        let mut done = 0;
        while let Some(&((_, offset), (len, tensor, start))) = owners.next_if(|((owned, _), _)| *owned == file) {
            if offset > done {
                pieces.push(Piece::Skeleton { len: offset - done });
            }
            pieces.push(Piece::Tensor { tensor, start, len });
            done = offset + len;
        }
        if input.len > done {
            pieces.push(Piece::Skeleton { len: input.len - done });
        }
        layout.files.push(pieces);
    }
}
