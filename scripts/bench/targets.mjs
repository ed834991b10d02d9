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
  for (const { model, form, ...efforts } of RATIOS) {
    const result = results.find((one) => one.model === model && one.form === form);
    if (!result) continue;
    for (const [effort, target] of Object.entries(efforts)) {
      const found = result.api.find((one) => one.effort === effort && one.workers === 0);
      if (found) atLeast(`${model} ${form} ratio, ${effort}`, target, found.ratio, 4);
    }
  }
  for (const { model, form, api, kernels, rivals } of results) {
    const one = api.find(({ effort, workers }) => effort === 'default' && workers === 0);
    const single = api.find(({ effort, workers }) => effort === 'default' && workers === 1);
    const two = api.find(({ effort, workers }) => effort === 'default' && workers === 2);
    const zipnn = rivals.find(({ name }) => name.startsWith('ZipNN'));
    const alone = kernels.find(({ effort }) => effort === 'default');
    for (const side of ['encode', 'decode']) {
      if (form === 'bf16' && zipnn) {
        atLeast(`${model} bf16 ${side}, times ZipNN`, AGAINST_ZIPNN[side], one[side] / zipnn[side], 2);
      }
      if (two) atLeast(`${model} ${form} ${side}, two workers to one`, TWO_WORKERS, two[side] / single[side], 2);
      if (alone)
        atMost(`${model} ${form} ${side}, API's time to kernel's`, API_OVER_KERNEL, alone[side] / one[side], 2);
    }
  }
  return rows;
}
