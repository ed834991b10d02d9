import * as ort from 'onnxruntime-web';
import { loadModel } from 'tensorpress/onnxruntime';

const { model, externalData } = await loadModel(new URL('./models/external.tpress', import.meta.url));
const session = await ort.InferenceSession.create(model, { externalData });
const x = new ort.Tensor('float32', new Float32Array(64).fill(0.5), [1, 64]);
const { y } = await session.run({ x });
document.querySelector('#result').textContent = JSON.stringify(Array.from(y.data));
