import { nodeResolve } from '@rollup/plugin-node-resolve';
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets';

export default {
  input: 'main.js',
  output: { dir: 'dist', format: 'es' },
  // The second copies what `new URL(…, import.meta.url)` names: the modules and the worker.
  plugins: [nodeResolve({ browser: true, exportConditions: ['browser'] }), importMetaAssets()],
};
