// What the benchmark must show, and whether this run showed it.

const RATIOS = [
  { model: 'MiniLM', form: 'bf16', default: 1.508, max: 1.515 },
  { model: 'ESRGAN', form: 'bf16', default: 1.545, max: 1.553 },
  { model: 'MiniLM', form: 'fp32', default: 1.226 },
  { model: 'ESRGAN', form: 'fp32', default: 1.2145 },
  { model: 'MiniLM', form: 'fp16', default: 1.179 },
  { model: 'ESRGAN', form: 'fp16', default: 1.201 },
];
const AGAINST_ZIPNN = { decode: 1.6, encode: 2 };
const TWO_WORKERS = 1.8;
const API_OVER_KERNEL = 1.35;

/** Every target that this run can judge, as rows: what, target, found, met or not. */
export function judge(results) {
  const rows = [];
  const atLeast = (what, target, found, digits) =>
    rows.push([what, `>= ${target}`, found.toFixed(digits), found >= target ? 'met' : 'NOT MET']);
  const atMost = (what, target, found, digits) =>
    rows.push([what, `<= ${target}`, found.toFixed(digits), found <= target ? 'met' : 'NOT MET']);
  // With one worker the calling thread works, too. Two cores cannot do the work of both in less than half of its time.
  const twoWorkers = (what, single, two, side) => {
    const found = two[side] / single[side];
    const most = (2 * single.cpu[side]) / single[side];
    const shown = `${found.toFixed(2)}; two cores allow ${most.toFixed(2)}`;
    rows.push([what, `>= ${TWO_WORKERS}`, shown, found >= TWO_WORKERS ? 'met' : 'NOT MET']);
  };
  for (const { model, form, ...efforts } of RATIOS) {
    const result = results.find((one) => one.model === model && one.form === form);
    if (!result) continue;
    for (const [effort, target] of Object.entries(efforts)) {
      const found = result.api.find((one) => one.effort === effort && one.workers === 0 && !one.reuse);
      if (found) atLeast(`${model} ${form} ratio, ${effort}`, target, found.ratio, 4);
    }
  }
  for (const { model, form, api, files, kernels, rivals } of results) {
    const crew = (rows, workers) =>
      rows.find((one) => (one.effort ?? 'default') === 'default' && one.workers === workers && !one.reuse);
    const one = crew(api, 0);
    const into = api.find(({ reuse }) => reuse);
    const zipnn = rivals.find(({ name }) => name.startsWith('ZipNN'));
    const alone = kernels.find(({ effort }) => effort === 'default');
    // One thread is compared by processor time, which other programs do not disturb; workers only can be by the clock.
    for (const side of ['encode', 'decode']) {
      if (form === 'bf16' && zipnn) {
        const rival = zipnn.cpu[side];
        atLeast(`${model} bf16 ${side}, times ZipNN`, AGAINST_ZIPNN[side], one.cpu[side] / rival, 2);
        atLeast(`${model} bf16 ${side} into used memory, times ZipNN`, AGAINST_ZIPNN[side], into.cpu[side] / rival, 2);
      }
      for (const [where, rows] of [
        ['', api],
        [', files', files],
      ]) {
        const [single, two] = [crew(rows, 1), crew(rows, 2)];
        if (single && two) twoWorkers(`${model} ${form} ${side}${where}, two workers to one`, single, two, side);
      }
      if (alone) {
        const what = `${model} ${form} ${side}, API's time to kernel's`;
        atMost(what, API_OVER_KERNEL, alone.cpu[side] / one.cpu[side], 2);
        atMost(`${what}, into used memory`, API_OVER_KERNEL, alone.cpu[side] / into.cpu[side], 2);
      }
    }
  }
  return rows;
}
