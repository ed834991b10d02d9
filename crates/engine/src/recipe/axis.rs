//! Which axis of a tensor has its output channels.

use super::holds;

/// The axis, by what the format's layouts are; `known` is what its reader found out.
pub fn channel_axis(format: &str, name: &str, shape: &[u64], known: Option<usize>) -> usize {
    let last = shape.len().saturating_sub(1);
    if let Some(axis) = known.filter(|axis| *axis <= last) {
        return axis;
    }
    match format {
        // Kernels end with the output channels: [height, width, in, out], [in, out]. Depthwise ones have the channels
        // before the multiplier; a table of embeddings has a row a symbol.
        "tfjs" if holds(name, "depthwise") && shape.len() == 4 => 2,
        "tfjs" if name.ends_with("embeddings") => 0,
        "tfjs" => last,
        // Depthwise kernels are [1, height, width, channels], all others begin with the output channels.
        "tflite" if shape.len() == 4 && shape.first() == Some(&1) => last,
        // MatMul has [in, out], and nothing says who uses the tensor.
        "onnx" if shape.len() == 2 => last,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::channel_axis;

    #[test]
    fn each_format_has_its_layouts() {
        assert_eq!(channel_axis("safetensors", "w", &[8, 4], None), 0);
        assert_eq!(channel_axis("gguf", "w", &[8, 4], None), 0);
        assert_eq!(channel_axis("tfjs", "conv/kernel", &[3, 3, 8, 16], None), 3);
        assert_eq!(channel_axis("tfjs", "conv/depthwise_kernel", &[3, 3, 8, 1], None), 2);
        assert_eq!(channel_axis("tfjs", "embedding/embeddings", &[100, 8], None), 0);
        assert_eq!(channel_axis("tflite", "w", &[1, 3, 3, 8], None), 3);
        assert_eq!(channel_axis("tflite", "w", &[16, 3, 3, 8], None), 0);
        assert_eq!(channel_axis("onnx", "w", &[8, 4], None), 1);
        assert_eq!(channel_axis("onnx", "w", &[8, 4, 3, 3], None), 0);
        assert_eq!(channel_axis("onnx", "w", &[8, 4, 3, 3], Some(1)), 1);
        assert_eq!(channel_axis("onnx", "w", &[8, 4], Some(7)), 1);
        assert_eq!(channel_axis("onnx", "w", &[], None), 0);
    }
}
