import type { FetchOptions } from './fetch.js';

const MODEL_FILES = /\.(onnx|onnx_data(_\d+)?|safetensors|gguf|bin|tflite|pt|pth|npy|npz|h5)$/i;

function absolute(address: string): URL | undefined {
  try {
    // A page may say with `<base>` what its addresses are relative to.
    return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return undefined;
  }
}

/** What an archive is looked for: its address, and the name of the file that is wanted of it. */
interface Sought {
  archive: URL;
  file: string;
}

/** The last part of a path, as it is written in an archive. */
function nameOf({ pathname }: URL): string {
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Says which archive is looked for in place of a file; nothing for what is not looked for in compressed form. */
export function archiveFinder(options: FetchOptions): (address: string) => Sought | undefined {
  const { match = MODEL_FILES, suffix = '.tpress' } = options;
  // Not `test`, which with some flags goes on where it stopped the last time.
  const matches = (url: URL): boolean => (match instanceof RegExp ? url.pathname.search(match) >= 0 : match(url));
  return (address) => {
    const url = absolute(address);
    if (!url || url.pathname.endsWith(suffix) || !matches(url)) return undefined;
    // A cache of one's own may know no fragments.
    url.hash = '';
    const archive = new URL(url);
    archive.pathname += suffix;
    // Nothing can be appended to what has no path, such as `data:`.
    return archive.href === url.href ? undefined : { archive, file: nameOf(url) };
  };
}
