import { build } from 'esbuild';

await build({
  entryPoints: ['main.js'],
  outfile: 'dist/main.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  // The WebAssembly module and the worker become part of the file.
  alias: { tensorpress: 'tensorpress/inline' },
});
