// A panic traps: no module says what went wrong, for there is nobody to say it to but the JavaScript that called. So neither
// what panics do before nor what they would say and where they happened is of use (`unused.mjs` has that go). The compiler
// has no stable way to leave it out.
import { functionsOf, withFunctions } from './wasm.mjs';

/** What does nothing but panic in the standard library, by its path without hashes and types. */
const PANIC =
  /^<?(core::panicking::\w|__rustc::rust_begin_unwind$|(core|alloc|std)::[\w:<>, ]*::(\w+_fail(_rt)?|\w+_failed|panic_\w+|handle_error|handle_alloc_error|capacity_overflow)$)/;
/** Instructions of a function that traps: no locals, `unreachable`, the end. */
const TRAP = Buffer.from([0, 0, 11]);

/** The module with functions that trap at once for those that panic; then wasm-opt leaves out what these would have been told. */
export function trapPanics(module) {
  const functions = functionsOf(module).map((each) => {
    const path = each.name.replace(/\[[0-9a-f]+\]/g, '').replace(/::(h[0-9a-f]{16}|<.*>)$/, '');
    return PANIC.test(path) ? { ...each, body: TRAP } : each;
  });
  return withFunctions(module, functions);
}
