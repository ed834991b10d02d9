//! Whole steps of a chain on one thread: weights in, a step's recipe in, restored weights and sizes out.

use std::sync::Mutex;
use tensorpress_transforms::{Geometry, Outcome, Scales, Step, Unit, Zeros};

/// What the exported functions work on, one after the other.
struct State {
    weights: Vec<f32>,
    shape: Vec<usize>,
    recipe: Vec<u8>,
    unit: Option<Unit>,
}

static STATE: Mutex<State> = Mutex::new(State {
    weights: Vec::new(),
    shape: Vec::new(),
    recipe: Vec::new(),
    unit: None,
});

fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    work(&mut STATE.lock().expect("one thread"))
}

/// Makes room for a matrix and gives where its weights go.
#[unsafe(no_mangle)]
pub extern "C" fn weights(rows: usize, columns: usize) -> *mut f32 {
    with(|state| {
        state.shape = vec![rows, columns];
        state.weights = vec![0.0; rows * columns];
        state.weights.as_mut_ptr()
    })
}

/// Makes room for a recipe of `length` bytes and gives where it goes.
#[unsafe(no_mangle)]
pub extern "C" fn recipe(length: usize) -> *mut u8 {
    with(|state| {
        state.recipe = vec![0; length];
        state.recipe.as_mut_ptr()
    })
}

/// Makes a unit of the weights, with the channels along `axis`.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(axis: usize) {
    with(|state| {
        let geometry = Geometry::new(state.shape.clone(), axis);
        state.unit = Some(Unit::new(state.weights.clone(), geometry));
    });
}

/// Applies the recipe to the unit: finds scales, chooses codes, restores the weights.
#[unsafe(no_mangle)]
pub extern "C" fn run() {
    with(|state| {
        let step: Step = serde_json::from_slice(&state.recipe).expect("a recipe");
        step.check().expect("a recipe that makes sense");
        let unit = state.unit.as_mut().expect("a unit");
        step.apply(unit).expect("weights that the step can work on");
    });
}

/// Where the restored weights lie.
#[unsafe(no_mangle)]
pub extern "C" fn restored() -> *const f32 {
    with(|state| state.unit.as_ref().expect("a unit").weights.as_ptr())
}

/// Bits that codes, scales and zero points take as fixed fields, without any entropy coding.
#[unsafe(no_mangle)]
pub extern "C" fn bits() -> f64 {
    with(|state| {
        let Some(Outcome::Scaled(scaled)) = state.unit.as_ref().map(|unit| &unit.outcome) else {
            return f64::NAN;
        };
        let width = (scaled.levels.len() as f64).log2().ceil();
        let codes = scaled.codes.len() as f64 * width;
        let scales = match &scaled.scales {
            Scales::F32(scales) => 32.0 * scales.len() as f64,
            Scales::F16(scales) | Scales::Bf16(scales) => 16.0 * scales.len() as f64,
            Scales::E8m0(scales) => 8.0 * scales.len() as f64,
            Scales::E4m3 { codes, .. } => 8.0 * codes.len() as f64 + 32.0,
            Scales::Double { codes, steps, .. } => 8.0 * codes.len() as f64 + 32.0 * steps.len() as f64,
        };
        let zeros = match &scaled.zeros {
            Zeros::None => 0.0,
            Zeros::Integers(zeros) => width * zeros.len() as f64,
            Zeros::F16(zeros) => 16.0 * zeros.len() as f64,
            Zeros::F32(zeros) => 32.0 * zeros.len() as f64,
        };
        codes + scales + zeros
    })
}
