//! ONNX models that are nested too deep, too large or damaged are refused, without harm.

mod common;

use common::onnx::{bytes, everything, int, message, model, read, tensor};
use common::{assert_hostile_safe, one};
use tensorpress_formats::error::Fault;
use tensorpress_formats::onnx;

#[test]
fn nesting_is_bounded() {
    let nest = |depth: usize| {
        let mut graph = message(5, &[tensor("w", 1, &[1], bytes(9, b"deep"))]);
        for _ in 1..depth {
            graph = message(1, &[message(5, &[bytes(6, &graph)])]);
        }
        read(&one("m.onnx", model(&[graph])))
    };
    assert_eq!(nest(64).unwrap().tensors.len(), 1);
    assert!(matches!(
        nest(65).unwrap_err().fault(),
        Fault::Limit { limit: "MAX_DEPTH", .. }
    ));
}

/// Each tensor of an attribute takes the attribute's name twice, that of its node and a slash.
#[test]
fn names_are_bounded_together() {
    let named = |count: usize| {
        let name = bytes(1, "a".repeat(255).as_bytes());
        let attribute = [name, bytes(10, b"").repeat(count)];
        read(&one(
            "m.onnx",
            model(&[message(1, &[bytes(3, b"n"), message(5, &attribute)])]),
        ))
    };
    let most = (tensorpress_formats::limits::MAX_NAMES / 512) as usize;
    assert_eq!(named(most).unwrap().tensors.len(), most);
    let more = named(most + 1).unwrap_err();
    assert!(
        matches!(more.fault(), Fault::Limit { limit: "MAX_NAMES", .. }),
        "{more}"
    );
    // Shapes count, too.
    let shaped = |count: usize| {
        read(&one(
            "m.onnx",
            model(&[message(5, &[bytes(1, &[1; 64])]).repeat(count)]),
        ))
    };
    assert_eq!(shaped(most).unwrap().tensors.len(), most);
    assert!(shaped(most + 1).is_err());
}

#[test]
fn refusals() {
    let no_graph = read(&one("m.onnx", int(1, 8)));
    assert!(matches!(no_graph.unwrap_err().fault(), Fault::Unsupported { .. }));
    let group = read(&one("m.onnx", [model(&[]), vec![0x3b, 0x3c]].concat()));
    assert!(matches!(group.unwrap_err().fault(), Fault::Corrupt { .. }));
    let endless = read(&one(
        "m.onnx",
        vec![0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ));
    assert!(matches!(endless.unwrap_err().fault(), Fault::Corrupt { .. }));
    let rank = vec![1; 65];
    let deep = read(&one("m.onnx", model(&[message(5, &[tensor("w", 1, &rank, vec![])])])));
    assert!(matches!(
        deep.unwrap_err().fault(),
        Fault::Limit { limit: "MAX_RANK", .. }
    ));
}

/// 20 GB in ten tensors, of which only the structure exists: weights must never be asked for.
#[test]
fn hostile() {
    assert_hostile_safe(&one("m.onnx", everything()), onnx::read);
}
