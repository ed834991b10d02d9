// node convert.mjs model.onnx model.tpress copy.onnx
// bun convert.mjs model.onnx model.tpress copy.onnx
// deno run --allow-read --allow-write convert.mjs model.onnx model.tpress copy.onnx
import { compress, decompress } from 'tensorpress';

const [model, archive, copy] = process.argv.slice(2);
const { report } = await compress(model, { output: { path: archive } });
console.log(`${report.raw} bytes, ratio ${report.ratio.toFixed(3)}`);
await decompress(archive, { output: { path: copy }, verify: true });
