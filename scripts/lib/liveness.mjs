// What the locals of a function hold, and which of it at the same time. A local often holds several things one after the
// other, which have nothing to do with each other: each is a web, all places that set it with all places that get it.
import { instructionsOf, LOCAL, OPCODE } from './instructions.mjs';

/** For each instruction those that may come next; whatever leaves the function has none. */
function successorsOf(instructions) {
  const next = instructions.map((_, at) => [at + 1]);
  // The function itself is a block.
  const open = [{ at: -1, jumps: [] }];
  const jump = (at, depth) => {
    const target = open[open.length - 1 - depth];
    if (target.loop) next[at].push(target.at);
    else target.jumps.push(at);
  };
  for (const [at, { opcode, immediates }] of instructions.entries()) {
    switch (opcode) {
      case OPCODE.block:
      case OPCODE.loop:
        open.push({ at, loop: opcode === OPCODE.loop, jumps: [] });
        break;
      case OPCODE.if:
        // Without an `else` it goes to the end.
        open.push({ at, jumps: [at] });
        break;
      case OPCODE.else: {
        const block = open.at(-1);
        next[block.at].push(at + 1);
        block.jumps = [...block.jumps.filter((from) => from !== block.at), at];
        next[at] = [];
        break;
      }
      case OPCODE.end:
        for (const from of open.pop().jumps) next[from].push(at);
        if (open.length === 0) next[at] = [];
        break;
      case OPCODE.br:
      case OPCODE.brTable:
        next[at] = [];
        for (const depth of new Set(immediates.flatMap(({ values }) => values))) jump(at, depth);
        break;
      case OPCODE.brIf:
        jump(at, immediates[0].values[0]);
        break;
      case OPCODE.return:
      case OPCODE.unreachable:
        next[at] = [];
        break;
      default:
    }
  }
  return next;
}

/** Which local each instruction sets or gets, -1 for none. */
const localsOf = (instructions, ...opcodes) =>
  Int32Array.from(instructions, ({ opcode, immediates }) => (opcodes.includes(opcode) ? immediates[0].values[0] : -1));

/** For each instruction the locals whose values are needed before it, as a byte each. */
function liveBefore({ next, gets, sets }, locals) {
  const live = new Uint8Array(next.length * locals);
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = next.length - 1; at >= 0; at--) {
      const own = at * locals;
      for (const successor of next[at]) {
        const other = successor * locals;
        for (let local = 0; local < locals; local++) {
          if (live[other + local] <= live[own + local] || sets[at] === local) continue;
          live[own + local] = 1;
          changed = true;
        }
      }
      if (gets[at] >= 0 && live[own + gets[at]] === 0) {
        live[own + gets[at]] = 1;
        changed = true;
      }
    }
  }
  return live;
}

/** Sets that are joined, each with one of its members to stand for it. */
class Joined {
  constructor(size) {
    this.parents = Int32Array.from({ length: size }, (_, member) => member);
  }

  find(member) {
    const { parents } = this;
    for (; parents[member] !== member; member = parents[member]) parents[member] = parents[parents[member]];
    return member;
  }

  join(one, other) {
    this.parents[this.find(other)] = this.find(one);
  }
}

/**
 * The webs of a function of `locals` locals, parameters among them: `places`, the web of each place that names a local, in
 * order; `homes`, the local of each web; `entering`, the webs that the function begins with; and `conflicts`, for each web
 * the set of those that cannot be in the same local.
 */
export function websOf(body, locals) {
  const instructions = instructionsOf(body);
  const next = successorsOf(instructions);
  const gets = localsOf(instructions, OPCODE.get);
  const sets = localsOf(instructions, OPCODE.set, OPCODE.tee);
  const live = liveBefore({ next, gets, sets }, locals);
  const joined = new Joined((instructions.length + 1) * locals);
  for (const [at, successors] of next.entries()) {
    for (const successor of successors) {
      for (let local = 0; local < locals; local++) {
        if (live[successor * locals + local] === 1 && sets[at] !== local) {
          joined.join(at * locals + local, successor * locals + local);
        }
      }
    }
  }

  const homes = [];
  const conflicts = [];
  const numbers = new Map();
  const webAt = (at, local) => {
    const root = joined.find(at * locals + local);
    if (!numbers.has(root)) {
      numbers.set(root, homes.length);
      homes.push(local);
      conflicts.push(new Set());
    }
    return numbers.get(root);
  };
  const liveAt = (at) => {
    const found = [];
    for (let local = 0; local < locals; local++) if (live[at * locals + local] === 1) found.push(webAt(at, local));
    return found;
  };
  const conflict = (web, others) => {
    for (const other of others) {
      if (other === web) continue;
      conflicts[web].add(other);
      conflicts[other].add(web);
    }
  };
  const entering = liveAt(0);
  for (const web of entering) conflict(web, entering);
  const places = [];
  for (const [at, { immediates }] of instructions.entries()) {
    if (immediates[0]?.kind !== LOCAL) continue;
    if (sets[at] < 0) places.push(webAt(at, gets[at]));
    else {
      // What is set and never needed is a web all the same, for it destroys what else is there.
      const web = webAt(at + 1, sets[at]);
      places.push(web);
      conflict(web, liveAt(at + 1));
    }
  }
  return { places, homes, entering, conflicts };
}
