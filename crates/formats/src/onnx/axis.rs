//! Which axis of its weights an operator reads as output channels.

/// Inputs that may be weights: the third ones are recurrent weights.
pub(super) const INPUTS: usize = 3;

/// An axis, counted from the first or from behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    First(usize),
    Last(usize),
}

impl Axis {
    /// The axis of a tensor of so many dimensions, if it has it.
    pub(super) fn of(self, rank: usize) -> Option<usize> {
        match self {
            Axis::First(axis) => (axis < rank).then_some(axis),
            Axis::Last(axis) => rank.checked_sub(axis),
        }
    }
}

/// How a node reads its first inputs: one axis or none for each.
pub(super) fn uses(operator: &str, transposed: bool) -> [Option<Axis>; INPUTS] {
    // By the shapes that the operators' specifications give.
    match operator {
        "Conv" | "ConvInteger" | "QLinearConv" => [None, Some(Axis::First(0)), None],
        "ConvTranspose" => [None, Some(Axis::First(1)), None],
        "MatMul" => [Some(Axis::Last(2)), Some(Axis::Last(1)), None],
        "Gemm" if transposed => [None, Some(Axis::First(0)), None],
        "Gemm" => [None, Some(Axis::First(1)), None],
        "Gather" | "EmbedLayerNormalization" => [Some(Axis::First(0)), None, None],
        // [directions, gates · hidden, input]
        "LSTM" | "GRU" | "RNN" => [None, Some(Axis::First(1)), Some(Axis::First(1))],
        _ => [None; INPUTS],
    }
}
