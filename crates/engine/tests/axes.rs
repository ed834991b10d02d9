//! Axes that a recipe names are those of the tensor, however it is cut into units.

mod support;

use support::{f32_bytes, safetensors, weights};
use tensorpress_engine::recipe::Recipe;
use tensorpress_engine::{Options, compress, decompress};

/// Two slices of more than a unit each.
const SHAPE: [usize; 3] = [2, 1100, 1024];

fn restored(values: &[f32], chain: &str) -> (Vec<f32>, Option<f64>) {
    let shape = SHAPE.map(|size| size as u64);
    let file = safetensors(&[("w", "F32", &shape, &f32_bytes(values))]);
    let options = Options {
        recipe: Some(Recipe::from_json(&format!(r#"{{"rules":[{{"chain":[{chain}]}}]}}"#)).unwrap()),
        ..Options::default()
    };
    let (archive, report) = compress(&[("m.safetensors".to_owned(), file)], &options).unwrap();
    let file = decompress(&archive).unwrap().remove(0).1;
    let bytes = &file[file.len() - 4 * values.len()..];
    let floats = bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
    (floats.collect(), report.quality.and_then(|quality| quality.sqnr))
}

#[test]
fn scales_are_those_of_the_axis() {
    let [_, rows, columns] = SHAPE;
    let mut values = weights(SHAPE.iter().product(), 1);
    for (index, value) in values.iter_mut().enumerate() {
        *value *= 2f32.powi((index / columns % rows % 16) as i32);
    }
    let quality = |axis: usize| {
        let chain = format!(r#"{{"quantize":{{"per":"channel","axis":{axis}}}}}"#);
        restored(&values, &chain).1.unwrap()
    };
    let [right, wrong] = [1, 2].map(quality);
    assert!(right > 42.0 && wrong < 39.0, "{right} and {wrong}");
}

#[test]
fn neighbours_are_those_of_the_axis() {
    let [_, rows, columns] = SHAPE;
    let values = weights(SHAPE.iter().product(), 2);
    for (axis, stride) in [(1, columns), (2, 1)] {
        let chain = format!(r#"{{"prune":{{"pattern":"1:4","axis":{axis}}}}}"#);
        let (found, _) = restored(&values, &chain);
        let length = SHAPE[axis];
        for start in (0..found.len()).filter(|index| (index / stride % length).is_multiple_of(4)) {
            let kept = (0..4)
                .filter(|neighbour| found[start + neighbour * stride] != 0.0)
                .count();
            // Neighbours that a unit's end divides keep one on each side.
            let place = start / columns;
            assert!(kept <= 1 || axis == 1 && kept == 2, "axis {axis}, row {place}: {kept}");
        }
        let zeros = found.iter().filter(|&&weight| weight == 0.0).count();
        assert!(
            zeros >= 2 * rows * columns * 3 / 4 - 4 * columns,
            "axis {axis}: {zeros}"
        );
    }
    let (untouched, _) = restored(&values, r#"{"prune":{"pattern":"1:4","axis":3}}"#);
    assert_eq!(untouched, values);
}
