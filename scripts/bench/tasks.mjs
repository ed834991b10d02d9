// What models still can after each preset: real tasks, run by onnxruntime.
import { pathToFileURL } from 'node:url';
import { grouped, table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { EIGHTH, optionsOf, prepareTasks, runTask, sizeOf } from '../tasks/main.mjs';

const PRESETS = ['lossless', 'high', 'balanced', EIGHTH, 'small', 'deepCompression'];

export async function measure() {
  const library = await import(pathToFileURL(inRoot('dist', 'index.js')).href);
  const results = [];
  for (const task of await prepareTasks()) {
    const whole = sizeOf(task);
    const rows = [];
    let names = [];
    for (const preset of PRESETS) {
      const { size, score } = await runTask(library, task, optionsOf(task, preset));
      names = Object.keys(score);
      const numbers = Object.values(score).map((value) => value.toFixed(4));
      rows.push([preset, grouped(size), (whole / size).toFixed(2), ...numbers]);
      results.push({ model: task.title, preset, size, ratio: whole / size, score });
    }
    console.log(`\n${task.title}, ${grouped(whole)} bytes`);
    console.log(table(['preset', 'bytes', 'ratio', ...names], rows));
  }
  await library.dispose();
  return results;
}
