//! Which tensors share a stream, and how the elements of a stream are laid out and cut into blocks.

use crate::codec::Layout;
use tensorpress_formats::{Dtype, Encoding};

/// Elements of a block of numbers: 128 Ki keep the planes and tables of a block inside a core's cache, while tables are
/// made half as often as for 64 Ki, which takes a tenth of the time of such a block.
const BLOCK_ELEMENTS: u32 = 131_072;
/// Elements from which a tensor has a stream of its own.
const OWN_STREAM: u64 = 65_536;
/// The most blocks of a stream that several smaller tensors share: what reading one of them may cost.
const GROUP_BLOCKS: u64 = 4;
/// Bytes of a block of anything else.
pub(super) const OPAQUE_BLOCK: u32 = 1 << 20;

/// Tensors that share a stream.
pub(super) struct Group {
    /// How their elements are laid out.
    pub(super) layout: Layout,
    len: u64,
    /// The tensors, at least one.
    pub(super) members: Vec<usize>,
}

/// Puts tensors that do not fill half a block together with the next ones of their layout: alone, each would cost a table, an
/// entry and a job, which is more than it saves.
///
/// `describe` gives a tensor's layout, its length, and whether it needs a stream of its own.
pub(super) fn group(owners: &[usize], describe: impl Fn(usize) -> (Layout, u64, bool)) -> Vec<Group> {
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

/// How the codec reads elements of a type.
pub(super) fn layout_of(dtype: Dtype, encoding: Encoding) -> Layout {
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

/// Decoded bytes of a block.
pub(super) fn block_of(layout: Layout) -> u32 {
    match layout {
        Layout::Opaque => OPAQUE_BLOCK,
        other => BLOCK_ELEMENTS * other.width() as u32,
    }
}
