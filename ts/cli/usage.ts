const MAIN = `tensorpress: neural-network weights, smaller, and the same bytes back

Usage: tensorpress <command> [options] ...

Commands:
  compress     a model file or folder into a .tpress archive
  decompress   an archive into the files it was made from
  inspect      list the files and tensors of a model or archive
  diff         compare two models or archives tensor by tensor

Options of every command:
  --json             print the result as JSON; of a failure {"error":{"code","message"}}
  --workers <n>      threads; 0: none besides the main one (default: one a core; of diff none)
  --help, --version

Exit codes: 0 done (diff: nothing differs), 1 failed (diff: something differs), 2 wrong usage

Examples:
  tensorpress compress model.safetensors
  tensorpress decompress model.safetensors.tpress -o copy.safetensors
  tensorpress compress --help
`;

const COMPRESS = `Usage: tensorpress compress <file, folder or -> [-o <archive or ->] [options]

  -o, --output <path>   the archive (default: the input's name with .tpress; - for standard output)
  --effort <level>      fast, default or max
  --verify              decode the finished archive and compare every file's digest
  --force               replace the output if it exists
  --follow-links        of a folder read what links lead to outside of it, too
  --workers <n>, --json, --help

What is done to the weights; without these options nothing:
  --preset <name>       high (45 dB), balanced (27 dB), small (20 dB), deepCompression or lossless
  --recipe <file>       a recipe of your own, as JSON
  --target-bytes <size> size of the archive, such as 20MB
  --bits-per-weight <n> bits that an approximated weight takes on average
  --sqnr <dB>           signal-to-noise ratio of the approximated weights
  --tensor-sqnr <dB>    the same in the mean over tensors, each of which counts alike
  --max-error <n>       largest error of any weight

Examples:
  tensorpress compress model.onnx
  tensorpress compress model.onnx --preset balanced
  tensorpress compress model.safetensors --target-bytes 20MB
  tensorpress compress checkpoint/ -o checkpoint.tpress --effort max
  tensorpress compress ~/.cache/huggingface/hub/models--org--name/snapshots/<hash> -o name.tpress
  cat model.gguf | tensorpress compress - > model.tpress
`;

const DECOMPRESS = `Usage: tensorpress decompress <archive or -> [-o <path or ->] [options]

  -o, --output <path>   file, or folder where the archive holds several files
                        (default: beside the archive; - for standard output)
  --verify              compare every file's digest with the original's (blocks are always checked)
  --force               replace the output if it exists; of a folder only files that the archive holds, too
  --workers <n>, --json, --help

Examples:
  tensorpress decompress model.onnx.tpress
  tensorpress decompress checkpoint.tpress -o restored/
  curl -s https://example.org/model.tpress | tensorpress decompress - -o model.safetensors
`;

const INSPECT = `Usage: tensorpress inspect <file, folder, archive or -> [--follow-links] [--json]

  --follow-links   of a folder read what links lead to outside of it, too

Examples:
  tensorpress inspect model.safetensors
  tensorpress inspect model.tpress --json
`;

const DIFF = `Usage: tensorpress diff <model, archive or -> <model, archive or -> [--rename <before=after> ...] [--json]

Prints the tensors that differ, with the largest and the mean error, the signal-to-noise ratio and the cosine of floats.

  --rename <before=after>   what a tensor of the first model is called in the second
  --follow-links            of folders read what links lead to outside of them, too

Examples:
  tensorpress diff before.safetensors after.safetensors
  tensorpress diff model.onnx model.onnx.tpress
`;

/** The help of each command; that of the program itself under the empty name. */
export const HELP: Record<string, string> = {
  '': MAIN,
  compress: COMPRESS,
  decompress: DECOMPRESS,
  inspect: INSPECT,
  diff: DIFF,
};
