// Comlink without what calls between a pool and its workers have no use for. It is made for objects of any kind at both ends
// of any channel; here one end calls functions of the other by name, and `ts/jobs/calls.ts` says how errors cross.
import { readFileSync } from 'node:fs';

/** What is cut out: from a text that occurs once, up to the next place of another, which stays. */
const CUTS = [
  // A proxy as argument or result would need both ends.
  ['["proxy", proxyTransferHandler],', '["throw"'],
  // Replaced by the handler of this package.
  ['serialize({ value }) {', '};\n/**\n * Allows customizing'],
  // Messages from and to workers have no origin.
  ['if (!isAllowedOrigin(allowedOrigins, ev.origin))', 'const { id, type, path }'],
  // Nothing is read, written or constructed, and workers end by being terminated.
  ['case "GET" /*', 'case "APPLY" /*'],
  ['case "CONSTRUCT" /*', 'default:'],
  ['if (type === "RELEASE" /*', '})\n            .catch((error)'],
  ['let isProxyReleased = false;', 'const proxy = new Proxy('],
  [
    'throwIfProxyReleased(isProxyReleased);\n            if (prop',
    'return createProxy(ep, pendingListeners, [...path, prop])',
  ],
  ['set(_target, prop, rawValue)', 'apply(_target'],
  ['throwIfProxyReleased(isProxyReleased);\n            const last', 'const [argumentList'],
  ['construct(_target', '});\n    registerProxy(proxy'],
  ['registerProxy(proxy, ep);\n', 'return proxy;'],
  ['const proxyFinalizers =', 'function registerProxy('],
  // Names are strings.
  ['.map((p) => p.toString())', ',\n                argumentList'],
  // A channel has two ends, and one number a call tells its answer apart.
  ['new Array(4)', 'Math.floor(Math.random()'],
  ['.toString(16))', ';\n}\n\nexport'],
  // Workers need not be started, nor Node's channels, which start when they are listened to.
  ['if (ep.start) {\n            ep.start', 'ep.postMessage(Object.assign'],
  ['if (ep.start) {\n        ep.start', '}\nfunction isMessagePort'],
];

/** The text without what is between two others. */
function cut(text, [first, behind]) {
  const start = text.indexOf(first);
  const end = text.indexOf(behind, start);
  if (start < 0 || end < 0 || text.includes(first, start + 1)) {
    throw new Error(`comlink: ${JSON.stringify(first)} is not where it used to be.`);
  }
  return text.slice(0, start) + text.slice(end);
}

/** Comlink as the bundles have it: a plugin of esbuild. */
export const comlink = {
  name: 'comlink',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\/comlink\.mjs$/ }, ({ path }) => ({
      contents: CUTS.reduce(cut, readFileSync(path, 'utf8')),
    }));
  },
};
