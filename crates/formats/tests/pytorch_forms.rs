//! Every form that a pickle of tensors can have: numbers, texts, containers and protocols.

mod common;

use common::pickle::Pickle;
use common::zip::{Entry, archive};
use common::{find, one, read_hostile, tensor_bytes};
use proptest::prelude::*;
use tensorpress_formats::pytorch;

/// A number by each opcode that can hold it.
fn written(number: i64) -> Vec<Vec<u8>> {
    let bytes = number.to_le_bytes();
    let mut forms = Vec::new();
    if (0..256).contains(&number) {
        forms.push(vec![b'K', bytes[0]]);
    }
    if (0..1 << 16).contains(&number) {
        forms.push(vec![b'M', bytes[0], bytes[1]]);
    }
    if i32::try_from(number).is_ok() {
        forms.push([b"J", &bytes[..4]].concat());
    }
    for len in 0..=8 {
        let kept = &bytes[..len];
        let sign = if kept.last().is_some_and(|byte| byte & 0x80 != 0) {
            0xff
        } else {
            0
        };
        if bytes[len..].iter().all(|byte| *byte == sign) {
            forms.push([&[0x8a, len as u8][..], kept].concat());
            forms.push([&[0x8b, len as u8, 0, 0, 0][..], kept].concat());
        }
    }
    match number {
        0 => forms.push(vec![0x89]),
        1 => forms.push(vec![0x88]),
        _ => {}
    }
    forms
}

/// A tensor of no elements, whose size and first element are these opcodes.
fn sized(size: &[u8], offset: &[u8]) -> Pickle {
    let start = Pickle::new().global("torch._utils", "_rebuild_tensor_v2").raw("(");
    let shape = start
        .storage("ByteStorage", "0", 1)
        .raw(offset)
        .raw(size)
        .raw(b"K\x00\x86");
    shape.ints(&[1, 1]).raw([0x89]).raw("}tR")
}

fn interesting() -> impl Strategy<Value = i64> {
    (any::<i64>(), 0..64u32).prop_map(|(number, shift)| number >> shift)
}

proptest! {
    #[test]
    fn numbers_are_read_in_every_form(number in interesting()) {
        for form in written(number) {
            let size = sized(&form, b"K\x00").map(&[4]);
            let offset = sized(b"K\x00", &form).map(&[4]);
            if number < 0 {
                prop_assert!(size.unwrap_err().to_string().contains("no number"), "{:?}", form);
                prop_assert!(offset.unwrap_err().to_string().contains("without offset"), "{:?}", form);
            } else {
                prop_assert_eq!(&size.unwrap().tensors[0].shape, &[number as u64, 0], "{:?}", form);
                prop_assert!(offset.is_ok());
            }
        }
    }
}

#[test]
fn numbers_at_the_ends_of_their_forms() {
    for number in [
        0,
        1,
        127,
        128,
        255,
        256,
        32_767,
        65_535,
        65_536,
        i64::from(i32::MAX),
        1 << 31,
        i64::MAX,
    ] {
        for form in written(number) {
            let map = sized(&form, b"K\x00").map(&[1]).unwrap();
            assert_eq!(map.tensors[0].shape, [number as u64, 0], "{form:?}");
        }
    }
    // More than eight bytes are no size, whatever they hold.
    for form in [
        [&[0x8a, 9][..], &[1; 9]].concat(),
        [&[0x8b, 9, 0, 0, 0][..], &[0; 9]].concat(),
    ] {
        assert!(sized(&form, b"K\x00").refused().contains("no number"));
    }
}

/// The only tensor of a pickle that is `dict`-like.
fn only(pickle: Pickle) -> String {
    let map = pickle.map(&[4]).unwrap();
    assert_eq!(map.tensors.len(), 1, "{map:?}");
    map.tensors[0].name.clone()
}

/// Opcodes of a tensor of four bytes.
fn four() -> Vec<u8> {
    Pickle::new().tensor("ByteStorage", "0", 0, &[4], &[1]).0[2..].to_vec()
}

#[test]
fn texts_are_read_in_every_form() {
    for name in ["w", "", "größer", &"n".repeat(255)] {
        let len = name.len() as u8;
        for head in [
            vec![0x8c, len],
            vec![b'U', len],
            vec![b'X', len, 0, 0, 0],
            vec![b'T', len, 0, 0, 0],
            vec![0x8d, len, 0, 0, 0, 0, 0, 0, 0],
        ] {
            let pickle = Pickle::new().raw("}").raw(head).raw(name).raw(four()).raw("s");
            assert_eq!(only(pickle), if name.is_empty() { "tensor" } else { name });
        }
    }
    for long in [b'X', b'T'] {
        let head = [&[long][..], &300u32.to_le_bytes()].concat();
        let pickle = Pickle::new()
            .raw("}")
            .raw(head)
            .raw("n".repeat(300))
            .raw(four())
            .raw("s");
        assert_eq!(only(pickle), "n".repeat(300));
    }
    let start = Pickle::new().raw("}").raw([0x8c, 2, 0xff, 0xff]).raw(four());
    assert!(start.raw("s").refused().contains("not UTF-8"));
}

#[test]
fn bytes_and_floats_are_passed_over() {
    for head in [
        &[b'C', 3][..],
        &[b'B', 3, 0, 0, 0],
        &[0x8e, 3, 0, 0, 0, 0, 0, 0, 0],
        &[0x96, 3, 0, 0, 0, 0, 0, 0, 0],
    ] {
        let pickle = Pickle::new().raw("}(").text("a").raw(head).raw(".R.").text("b");
        assert_eq!(only(pickle.raw(four()).raw("u")), "b", "{head:?}");
    }
    let pickle = Pickle::new().raw("}(").text("a").raw("G........").text("b");
    assert_eq!(only(pickle.raw(four()).raw("u")), "b");
    // Frames are what they hold.
    let pickle = Pickle::new()
        .raw([0x95])
        .raw("........")
        .raw("}")
        .text("b")
        .raw(four())
        .raw("s");
    assert_eq!(only(pickle), "b");
}

#[test]
fn containers_are_built_in_every_way() {
    let tensor = four();
    let t = Pickle::new;
    for (pickle, expected) in [
        (t().raw("N").raw(&tensor).raw([0x86]), "1"),
        (t().raw("NN").raw(&tensor).raw([0x87]), "2"),
        (t().raw("N(").raw(&tensor).raw([0x91, 0x86]), "1.0"),
        (t().raw("(N").raw(&tensor).raw("l"), "1"),
        (t().raw("(").text("k").raw(&tensor).raw("d"), "k"),
        (t().raw("](").raw(&tensor).raw("t0(N").raw(&tensor).raw("e"), "1"),
        (t().raw([0x8f]).raw("(N").raw(&tensor).raw([0x90]), "1"),
        // What is above a mark is thrown away with it, or by itself.
        (t().raw("}(NN1").text("k").raw(&tensor).raw("s"), "k"),
        (t().raw("}(0").text("k").raw(&tensor).raw("s"), "k"),
        (t().raw("}(N00").text("k").raw(&tensor).raw("s"), "k"),
        (t().raw("]((N00N1").raw(&tensor).raw("a"), "0"),
        (t().raw(&tensor).raw("2").raw([0x85]).raw("0N0"), "tensor"),
        // The memo in its forms.
        (t().raw(&tensor).raw("r\x03\0\0\0").raw("0h\x03"), "tensor"),
        (
            t().raw("N").raw([0x94]).raw(&tensor).raw([0x94]).raw("00j\x01\0\0\0"),
            "tensor",
        ),
        // Keys that are numbers, or nothing that could be a name.
        (t().raw("}M\x00\x01").raw(&tensor).raw("s"), "256"),
        (t().raw(b"}J\xff\xff\xff\xff").raw(&tensor).raw("s"), "-1"),
        (t().raw("}(NNN").raw(&tensor).raw("u"), "1"),
        // Parts of a module.
        (
            t().raw("}")
                .text("_parameters")
                .raw("}")
                .text("w")
                .raw(&tensor)
                .raw("ss"),
            "w",
        ),
        // Objects of unknown classes: arguments, states, what was appended and what was set.
        (t().global("a", "B").raw(&tensor).raw([0x85]).raw("R"), "0"),
        (
            t().global("a", "B")
                .raw(")")
                .raw([0x81])
                .raw("}")
                .text("k")
                .raw(&tensor)
                .raw("sb"),
            "k",
        ),
        (t().global("a", "B").raw(")R").raw(&tensor).raw("a"), "tensor"),
        (t().global("a", "B").raw(")R").text("k").raw(&tensor).raw("s"), "k"),
        (
            t().global("a", "B")
                .raw(")R")
                .text("j")
                .raw("Ns")
                .text("k")
                .raw(&tensor)
                .raw("s"),
            "k",
        ),
        (
            t().global("a", "B")
                .raw(")}")
                .text("k")
                .raw(&tensor)
                .raw("s")
                .raw([0x92]),
            "k",
        ),
        (
            t().raw(b"\x8c\x01a\x8c\x01B")
                .raw([0x93])
                .raw(&tensor)
                .raw([0x85])
                .raw("R"),
            "0",
        ),
    ] {
        assert_eq!(
            only(pickle.clone()),
            expected,
            "{:?}",
            String::from_utf8_lossy(&pickle.0)
        );
    }
    // Nothing below a mark is in reach, and no mark that is not there.
    for broken in ["N1", "N(a", "]N(a", "](0a", "N(q\x00", "N(2"] {
        assert!(t().raw(broken).map(&[]).is_err(), "{broken}");
    }
}

#[test]
fn protocols_two_to_five() {
    for protocol in [2, 3, 4, 5] {
        let mut pickle = Pickle::new().raw(four());
        pickle.0[1] = protocol;
        assert_eq!(only(pickle), "tensor");
    }
    for protocol in [0, 1, 6, 255] {
        let mut pickle = Pickle::new().raw(four());
        pickle.0[1] = protocol;
        assert!(pickle.refused().contains("2 to 5 are known"), "{protocol}");
    }
}

/// A pickle that packed takes more bytes than are tried first.
#[test]
fn a_long_packed_pickle_is_inflated() {
    let mut state = 1u64;
    let long: String = (0..400_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'0' + (state >> 58) as u8)
        })
        .collect();
    let pickle = Pickle::new().text(&long).raw("0").raw(four());
    let data = Entry::deflated("m/data.pkl", &[&pickle.0[..], b"."].concat());
    assert!(data.len > 4 * 65_536);
    let files = one(
        "m.pt",
        archive(&[data.clone(), Entry::stored("m/data/0", &[5; 4])], false),
    );
    let map = read_hostile(&files, pytorch::read).unwrap();
    assert_eq!(tensor_bytes(&files, find(&map, "tensor")), [5; 4]);
    // One that ends too early, and one that breaks off.
    let short = Entry {
        unpacked: data.unpacked + 1,
        ..data.clone()
    };
    let map = read_hostile(
        &one("m.pt", archive(&[short, Entry::stored("m/data/0", &[5; 4])], false)),
        pytorch::read,
    );
    assert_eq!(map.unwrap().tensors.len(), 1);
    let mut broken = data;
    broken.packed.truncate(200_000);
    broken.len = 200_000;
    let broken = archive(&[broken], false);
    let error = read_hostile(&one("m.pt", broken), pytorch::read).unwrap_err();
    assert!(error.to_string().contains("no deflate stream from byte"), "{error}");
}

#[test]
fn names_are_bounded() {
    // Two keys that make one name too long together.
    let half = "k".repeat(1 << 19);
    let nested = |rest: usize| {
        let start = Pickle::new().raw("}").text(&half).raw("}").text(&"k".repeat(rest));
        start.raw(four()).raw("ss")
    };
    assert_eq!(
        nested((1 << 19) - 2).map(&[4]).unwrap().tensors[0].name.len(),
        (1 << 20) - 1
    );
    assert!(nested(1 << 19).refused().contains("MAX_STRING"));
    // A million times the same tensor without a name worth the word.
    let most = tensorpress_formats::limits::MAX_TENSORS as usize;
    let start = Pickle::new().raw(four()).raw("q\x010](");
    let many = |count: usize| start.clone().raw("h\x01".repeat(count)).raw("e");
    assert!(many(most + 1).refused().contains("MAX_TENSORS"));
    let nested = |depth: usize| Pickle::new().raw(four()).raw(vec![0x85; depth]);
    assert_eq!(nested(64).map(&[4]).unwrap().tensors.len(), 1);
    assert!(nested(65).refused().contains("MAX_DEPTH"));
}
