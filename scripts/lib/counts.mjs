// Reads how many tests passed and failed out of what each test runner prints.

const sum = (matches) => matches.reduce((total, match) => total + Number(match[1]), 0);

/** A runner that fails without naming a failed test (it could not compile, crashed, ran nothing) is one failure. */
function settle(passed, failed, ok) {
  if (ok && failed === 0 && passed === 0) return { passed, failed: 1, note: 'no test ran' };
  return { passed, failed: ok ? failed : Math.max(failed, 1) };
}

/** `cargo test`: one `test result:` line a test program. */
export function countCargo(output, ok) {
  const passed = sum([...output.matchAll(/^test result: .*?(\d+) passed;/gm)]);
  const failed = sum([...output.matchAll(/^test result: .*?(\d+) failed;/gm)]);
  return settle(passed, failed, ok);
}

/** uvu: a summary with a total, what passed, and what was skipped. */
export function countUvu(output, ok) {
  const total = sum([...output.matchAll(/^\s*Total:\s+(\d+)/gm)]);
  const passed = sum([...output.matchAll(/^\s*Passed:\s+(\d+)/gm)]);
  const skipped = sum([...output.matchAll(/^\s*Skipped:\s+(\d+)/gm)]);
  return settle(passed, total - passed - skipped, ok);
}

/** Our own runners close with `N passed, N failed`, and `, N skipped` where something was left out. */
export function countOwn(output, ok) {
  const last = output
    .trimEnd()
    .split('\n')
    .at(-1)
    .match(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/);
  if (!last) return { passed: 0, failed: 1, note: 'no closing line with the counts' };
  const [passed, failed, skipped] = last.slice(1).map((digits) => Number(digits ?? 0));
  if (ok && passed + failed === 0 && skipped > 0) return { passed, failed, note: 'skipped' };
  return settle(passed, failed, ok);
}
