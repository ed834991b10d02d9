//! Blocks written byte by byte: each rule of docs/FORMAT.md, sections 4 and 5, kept and broken.

use super::{Layout, Scratch, decode_block};
use std::panic::catch_unwind;

/// A plane that is stored raw.
pub(super) fn plane(bytes: &[u8]) -> Vec<u8> {
    [&[0], bytes].concat()
}

/// A block that is stored as it is.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    plane(bytes)
}

fn decode(block: &[u8], len: usize) -> Result<Vec<u8>, &'static str> {
    let decoded = catch_unwind(|| {
        let mut out = vec![0xa5; len];
        decode_block(Layout::Opaque, block, &mut out, &mut Scratch::new()).map(|()| out)
    });
    let decoded = decoded.unwrap_or_else(|_| panic!("{block:?} of {len} bytes panics"));
    decoded.map_err(|error| error.code())
}

/// Decodes to these bytes, and not with a byte more or less.
#[track_caller]
pub(super) fn holds(block: &[u8], expected: &[u8]) {
    assert_eq!(decode(block, expected.len()).as_deref(), Ok(expected));
    for cut in 0..block.len() {
        assert!(decode(&block[..cut], expected.len()).is_err(), "cut to {cut}");
    }
    assert!(decode(&[block, &[0]].concat(), expected.len()).is_err(), "a byte more");
}

#[track_caller]
pub(super) fn refused(block: &[u8], len: usize) {
    let code = decode(block, len).unwrap_err();
    assert!(matches!(code, "corrupt" | "truncated"), "{code}");
}

#[test]
fn stored_and_constant() {
    holds(&stored(b"abc"), b"abc");
    refused(&stored(b"abc"), 2);
    refused(&stored(b"abc"), 4);
    for width in [1, 2, 4, 8] {
        let value = &b"abcdefgh"[..width];
        let block = [&[1, width as u8], value].concat();
        holds(&block, &value.repeat(3));
        if width > 1 {
            refused(&block, 3 * width + 1);
            refused(&block, width / 2);
        }
    }
}

#[test]
fn constants_have_one_value_of_a_width() {
    for block in [
        &[1, 3, 1, 2, 3][..],
        &[1, 16, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[1, 0],
        &[1, 2, 1],
        &[1, 1, 1, 1],
        &[1],
    ] {
        for len in [0, 48] {
            refused(block, len);
        }
    }
}

#[test]
fn deflate() {
    let raw = b"weights weights weights";
    let stream = miniz_oxide::deflate::compress_to_vec(raw, 6);
    let block = [&[2], &stream[..]].concat();
    holds(&block, raw);
    for len in [0, raw.len() - 1, raw.len() + 1] {
        refused(&block, len);
    }
}

#[test]
fn planes() {
    holds(&[&[4, 1][..], &plane(b"abc")].concat(), b"abc");
    holds(&[&[4, 2][..], &plane(b"abc"), &plane(b"def")].concat(), b"adbecf");
    refused(&[&[4, 2][..], &plane(b"abc"), &plane(b"def")].concat(), 5);
    refused(&[&[4, 2][..], &plane(b"abc"), &plane(b"def")].concat(), 7);
    refused(&[&[4, 3][..], &plane(b"a"), &plane(b"b"), &plane(b"c")].concat(), 3);
    refused(&[4, 0], 0);
    refused(&[&[4, 1][..], &[9], b"abc"].concat(), 3);
}

/// A palette of elements of two bytes.
fn palette(count: u32, values: &[u16], planes: &[&[u8]]) -> Vec<u8> {
    let mut block = [&[5, 2][..], &count.to_le_bytes()].concat();
    block.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    planes.iter().for_each(|bytes| block.extend(plane(bytes)));
    block
}

#[test]
fn palettes() {
    let values: Vec<u16> = (0..65_536u32).map(|index| (index * 7 % 65_536) as u16).collect();
    let elements = |indices: &[usize]| -> Vec<u8> {
        let found = indices.iter().flat_map(|&index| values[index].to_le_bytes());
        found.collect()
    };
    holds(&palette(2, &values[..2], &[&[0, 1, 1]]), &elements(&[0, 1, 1]));
    holds(&palette(256, &values[..256], &[&[255, 0]]), &elements(&[255, 0]));
    holds(
        &palette(257, &values[..257], &[&[0, 255], &[1, 0]]),
        &elements(&[256, 255]),
    );
    let whole = palette(65_536, &values, &[&[255, 0], &[255, 1]]);
    assert_eq!(decode(&whole, 4), Ok(elements(&[65_535, 256])));
    holds(&palette(1, &values[..1], &[&[]]), &[]);
    // Indices without a value, and numbers of values that there may not be.
    refused(&palette(2, &values[..2], &[&[0, 2]]), 4);
    refused(&palette(2, &values[..2], &[&[2, 0]]), 4);
    refused(&palette(255, &values[..255], &[&[255, 0]]), 4);
    refused(&palette(257, &values[..257], &[&[1, 0], &[1, 0]]), 4);
    refused(&palette(257, &values[..257], &[&[0, 0], &[0, 255]]), 4);
    refused(&palette(0, &[], &[&[]]), 0);
    let more = [&values[..], &[0]].concat();
    refused(&palette(65_537, &more, &[&[0, 0], &[0, 0]]), 4);
    for count in [1 << 29, 1 << 31, (1 << 31) + 1, u32::MAX] {
        refused(&palette(count, &values[..2], &[&[0, 1]]), 4);
    }
    refused(&palette(2, &values[..2], &[&[0, 1]]), 3);
    let mut odd = palette(2, &values[..2], &[&[0, 1]]);
    odd[1] = 3;
    refused(&odd, 3);
}

/// A sparse block of elements of two bytes.
fn sparse(count: u32, mask: &[u8], kept: &[u8]) -> Vec<u8> {
    [&[6, 2][..], &count.to_le_bytes(), &plane(mask), &stored(kept)].concat()
}

#[test]
fn sparse_elements() {
    // Ten elements: the first, the fourth and the last.
    let expected = [&b"ab"[..], &[0; 4], b"cd", &[0; 10], b"ef"].concat();
    holds(&sparse(3, &[0b1001, 0b10], b"abcdef"), &expected);
    holds(&sparse(0, &[0, 0], b""), &[0; 20]);
    holds(&sparse(8, &[0xff], b"abcdefghijklmnop"), b"abcdefghijklmnop");
    holds(&sparse(0, &[], b""), b"");
    for (count, kept) in [
        (2, &b"abcd"[..]),
        (4, b"abcdefgh"),
        (0, b""),
        (u32::MAX, b"abcdef"),
        (1 << 31, b""),
    ] {
        refused(&sparse(count, &[0b1001, 0b10], kept), 20);
    }
    for (count, kept) in [(3, &b"abcd"[..]), (3, b"abcdefgh")] {
        refused(&sparse(count, &[0b1001, 0b10], kept), 20);
    }
    // Bits behind the last element.
    for bit in 2..8 {
        refused(&sparse(4, &[0b1001, 0b10 | 1 << bit], b"abcdefgh"), 20);
        refused(&sparse(3, &[0b1001, 1 << bit], b"abcdef"), 20);
    }
    refused(&sparse(3, &[0b1001, 0b10], b"abcdef"), 19);
    let inner = sparse(1, &[1], b"ab");
    refused(&[&[6, 2, 1, 0, 0, 0][..], &plane(&[1]), &inner].concat(), 2);
}

#[test]
fn narrow_elements() {
    let halves: Vec<u8> = [0x3c00u16, 0x8001, 0xfd01, 0x7c00]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect();
    let singles: Vec<u8> = [0x3f80_0000u32, 0xb380_0000, 0xffa0_2000, 0x7f80_0000]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect();
    holds(&[&[7, 0][..], &stored(&halves)].concat(), &singles);
    holds(&[&[7, 1][..], &stored(&[1, 2])].concat(), &[0, 0, 1, 2]);
    let wide = |single: u32| [&[7, 2][..], &stored(&single.to_le_bytes())].concat();
    for single in [0, 0x8000_0000, 0x0080_0000, 0x3f80_0001, 0x7f80_0000, 0xff80_0001] {
        let double = match single {
            0xff80_0001 => 0xfff0_0000_2000_0000,
            _ => f64::from(f32::from_bits(single)).to_bits(),
        };
        holds(&wide(single), &double.to_le_bytes());
    }
    for subnormal in [1, 0x007f_ffff, 0x8000_0001] {
        refused(&wide(subnormal), 8);
    }
    for target in [3, 255] {
        refused(&[&[7, target][..], &stored(&[0; 4])].concat(), 8);
    }
    for len in [2, 3, 6] {
        refused(&[&[7, 1][..], &stored(&[1, 2])].concat(), len);
    }
    refused(&wide(0), 12);
}

#[test]
fn mixed_elements() {
    // Three groups of four bytes an element, the last of five elements; the first and the last are marked.
    let groups: [Vec<u8>; 3] = [(1u8, 128), (2, 128), (3, 20)].map(|(byte, len)| vec![byte; len]);
    let [marked, other] = [[&groups[0][..], &groups[2]].concat(), groups[1].clone()];
    let block = |width: u8, mask: u8, len: u32| {
        let head = [&[8, width][..], &plane(&[mask]), &len.to_le_bytes()].concat();
        [&head[..], &stored(&marked), &stored(&other)].concat()
    };
    let len = marked.len() as u32 + 1;
    holds(&block(4, 0b101, len), &groups.concat());
    for wrong in [0, len - 1, len + 1, u32::MAX] {
        refused(&block(4, 0b101, wrong), 276);
    }
    for mask in [0b001, 0b100, 0b011, 0b111, 0, 0b1101, 0b1000_0101] {
        refused(&block(4, mask, len), 276);
    }
    for width in [1, 2, 3, 8] {
        refused(&block(width, 0b101, len), 276);
    }
    refused(&block(4, 0b101, len), 275);
    refused(&block(4, 0b101, len), 280);
}

/// A block of bf16 whose fields are the exponents.
fn float(base: u16, exceptions: &[(u32, u16)], symbols: &[u8], raw: &[u8]) -> Vec<u8> {
    let mut block = [&[3, 2, 8, 0][..], &base.to_le_bytes()].concat();
    block.extend((exceptions.len() as u32).to_le_bytes());
    for (index, field) in exceptions {
        block.extend(index.to_le_bytes());
        block.extend(field.to_le_bytes());
    }
    [block, plane(symbols), plane(raw)].concat()
}

#[test]
fn floats() {
    let bits = |values: &[u16]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    // 0, 1, 2 and -1: the sign is the lowest bit of what is raw.
    let expected = bits(&[0, 0x3f80, 0x4000, 0xbf80]);
    holds(&float(0x7f, &[], &[0, 1, 2, 1], &[0, 0, 0, 1]), &expected);
    let other = bits(&[0x7f80, 0x3f80, 0x4000, 0x0080]);
    holds(&float(0x7f, &[(0, 255), (3, 1)], &[1, 1, 2, 1], &[0; 4]), &other);
    for exceptions in [
        &[(3, 1), (0, 255)][..],
        &[(0, 1), (0, 255)],
        &[(0, 1), (2, 1), (1, 1)],
        &[(4, 1)],
        &[(u32::MAX, 1)],
        &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)],
        // A field of nine bits.
        &[(0, 256)],
        &[(3, u16::MAX)],
    ] {
        refused(&float(0x7f, exceptions, &[1, 1, 2, 1], &[0; 4]), 8);
    }
    let all: Vec<_> = (0..4).map(|index| (index, 7)).collect();
    holds(&float(0x7f, &all, &[1; 4], &[0; 4]), &bits(&[7 << 7; 4]));
    // The largest field there is.
    holds(&float(254, &[], &[2], &[0]), &bits(&[0x7f80]));
    let block = float(0x7f, &[], &[1], &[0]);
    // Widths, exponents and mantissas that no type has.
    for (place, value) in [(1, 3), (1, 1), (1, 4), (2, 7), (2, 0), (3, 7), (3, 255)] {
        let mut block = block.clone();
        block[place] = value;
        refused(&block, 2);
    }
    for (width, exponent, extra) in [(8, 11, 6), (4, 5, 0), (2, 11, 0), (8, 8, 0)] {
        let head = [3, width, exponent, extra, 0, 0, 0, 0, 0, 0];
        refused(&[&head[..], &[0; 64]].concat(), 8);
    }
    refused(&block, 3);
    let mut claims = block.clone();
    claims[6..10].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(&claims, 2);
}
