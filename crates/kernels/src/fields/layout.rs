//! How one float is cut into a field (exponent and leading mantissa bits) and raw bits.

/// Elements to one group of the sub-byte planes.
pub const GROUP: usize = 128;
/// The most bits a field may have.
pub const MAX_FIELD_BITS: u32 = 16;
/// The most planes an element can be cut into: seven whole bytes, a nibble, a pair and a bit.
pub const MAX_PLANES: usize = 10;

/// The cut of an element of 2, 4 or 8 bytes.
///
/// The element is rotated left by one, which makes the sign the lowest bit. The top `field_bits` bits of the result
/// are the field, the rest are raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldLayout {
    element_bytes: u8,
    field_bits: u8,
}

/// Lengths in bytes of the raw planes of a run of elements, in the order they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLengths {
    lengths: [usize; MAX_PLANES],
    count: usize,
}

impl PlaneLengths {
    /// The lengths, first plane first.
    pub fn as_slice(&self) -> &[usize] {
        &self.lengths[..self.count]
    }

    /// Bytes of all planes together.
    pub fn total(&self) -> usize {
        self.as_slice().iter().sum()
    }
}

impl FieldLayout {
    /// The layout, or `None` unless `element_bytes` is 2, 4 or 8 and `field_bits` is within 1..=16 and below the
    /// element's width.
    pub const fn new(element_bytes: usize, field_bits: u32) -> Option<Self> {
        let wide = matches!(element_bytes, 2 | 4 | 8);
        if !wide || field_bits == 0 || field_bits > MAX_FIELD_BITS || field_bits >= element_bytes as u32 * 8 {
            return None;
        }
        Some(Self {
            element_bytes: element_bytes as u8,
            field_bits: field_bits as u8,
        })
    }

    /// Bytes of an element.
    pub const fn element_bytes(&self) -> usize {
        self.element_bytes as usize
    }

    /// Bits of the field.
    pub const fn field_bits(&self) -> u32 {
        self.field_bits as u32
    }

    /// Bits that are not in the field.
    pub const fn raw_bits(&self) -> u32 {
        self.element_bytes as u32 * 8 - self.field_bits as u32
    }

    /// Raw planes of one byte an element.
    pub const fn byte_planes(&self) -> usize {
        (self.raw_bits() / 8) as usize
    }

    /// Raw bits that do not fill a byte: stored as a nibble, a pair and a bit plane.
    pub const fn fraction_bits(&self) -> u32 {
        self.raw_bits() % 8
    }

    /// Lengths of the raw planes for `elements` elements: the byte planes, lowest byte first, then those of the
    /// nibble, pair and bit planes that exist.
    pub fn plane_lengths(&self, elements: usize) -> PlaneLengths {
        let mut lengths = [0; MAX_PLANES];
        let mut count = self.byte_planes();
        lengths[..count].fill(elements);
        let groups = elements.div_ceil(GROUP);
        for bits in [4, 2, 1] {
            if self.fraction_bits() & bits != 0 {
                lengths[count] = groups * GROUP * bits as usize / 8;
                count += 1;
            }
        }
        PlaneLengths { lengths, count }
    }

    /// Bytes that a whole group has in the plane of this index.
    pub(super) fn group_bytes(&self, plane: usize) -> usize {
        self.plane_lengths(GROUP).lengths[plane]
    }
}
