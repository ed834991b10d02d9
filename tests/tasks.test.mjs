// Real models do their tasks after lossy compression, run by onnxruntime and TensorFlow.js: what the documents say of the
// presets.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EIGHTH, optionsOf, prepareTasks, runTask, sizeOf } from '../scripts/tasks/main.mjs';
import { tensorpress } from './helpers/package.mjs';

/** What must hold of a score, given the untouched model's. */
const EXPECTED = {
  'PP-OCRv4 rec': {
    high: (score, before) => score['characters read'] >= before['characters read'] - 0.01,
    balanced: (score) => score['characters read'] >= 0.9,
    [EIGHTH]: (score) => score['characters read'] >= 0.9,
  },
  'Silero VAD v5': {
    high: (score) => score['windows decided alike'] >= 0.99,
    balanced: (score) => score['windows decided alike'] >= 0.95,
    [EIGHTH]: (score) => score['windows decided alike'] >= 0.98,
  },
  // Compared with what the untouched model makes of the same picture, and with the picture itself.
  'ESRGAN-thick x2': {
    high: (score) => score['PSNR to the untouched'] >= 60,
    balanced: (score) => score['PSNR to the untouched'] >= 40,
    [EIGHTH]: (score) => score['PSNR to the untouched'] >= 45,
  },
  'MiniLM-L6-v2': {
    high: (score) => score['least cosine'] >= 0.999,
    balanced: (score) => score['mean cosine'] >= 0.98,
  },
};

const test = suite('tasks');
for (const task of await prepareTasks()) {
  test(`${task.title} still does its task`, async () => {
    const [before, whole] = [await task.score(task.files), sizeOf(task)];
    for (const [preset, holds] of Object.entries(EXPECTED[task.title])) {
      const { size, report, score } = await runTask(tensorpress, task, optionsOf(task, preset));
      assert.ok(size < whole * 0.6, `${preset}: ${size} of ${whole} bytes`);
      assert.is(report.encoded, size);
      if (preset === EIGHTH) assert.ok(size <= whole / 8 && size >= 0.98 * (whole / 8), `${size} of ${whole / 8}`);
      assert.ok(holds(score, before), `${preset}: ${JSON.stringify(score)}, before ${JSON.stringify(before)}`);
      console.log(`  ${task.title}, ${preset}: ${(whole / size).toFixed(2)}x, ${JSON.stringify(score)}`);
    }
  });
}
test.after(() => tensorpress.dispose());
test.run();
