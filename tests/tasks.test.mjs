// Real models do their tasks after lossy compression, run by onnxruntime: what the documents say of the presets.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareTasks, runTask } from '../scripts/tasks/main.mjs';
import { tensorpress } from './helpers/package.mjs';

/** What must hold of a score, given the untouched model's. */
const EXPECTED = {
  'PP-OCRv4 rec': {
    high: (score, before) => score['characters read'] >= before['characters read'] - 0.01,
    // A network for phones has little to spare: the documents say so.
    balanced: (score) => score['characters read'] >= 0.6,
  },
  'Silero VAD v5': {
    high: (score) => score['windows decided alike'] >= 0.99,
    balanced: (score) => score['windows decided alike'] >= 0.9,
  },
  'MiniLM-L6-v2': {
    high: (score) => score['least cosine'] >= 0.999,
    balanced: (score) => score['mean cosine'] >= 0.95,
  },
};

const test = suite('tasks');
for (const task of await prepareTasks()) {
  test(`${task.title} still does its task`, async () => {
    const before = await task.score(task.bytes);
    for (const [preset, holds] of Object.entries(EXPECTED[task.title])) {
      const { size, report, score } = await runTask(tensorpress, task, { preset });
      assert.ok(size < task.bytes.length * 0.6, `${preset}: ${size} of ${task.bytes.length} bytes`);
      assert.is(report.encoded, size);
      assert.ok(holds(score, before), `${preset}: ${JSON.stringify(score)}, before ${JSON.stringify(before)}`);
      console.log(`  ${task.title}, ${preset}: ${(task.bytes.length / size).toFixed(2)}x, ${JSON.stringify(score)}`);
    }
  });
}
test.after(() => tensorpress.dispose());
test.run();
