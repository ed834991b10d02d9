import { build } from 'esbuild';

await build({
  entryPoints: ['main.js'],
  outfile: 'dist/main.js',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  // esbuild copies no file that an address names: this entry has all within itself.
  alias: { tensorpress: 'tensorpress/inline' },
});
