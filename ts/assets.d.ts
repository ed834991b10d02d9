// What the bundler puts in place of files.

declare module '*.wasm?inline' {
  /** The file's bytes, held in the bundle. */
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.js?source' {
  /** The finished script of that name, as text. */
  const text: string;
  export default text;
}

declare module '*.mjs?source' {
  /** The finished module of that name, as text. */
  const text: string;
  export default text;
}

declare module '*.wasm' {
  /** Compiled by the runtime. */
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.wasm?module' {
  /** Compiled by the runtime. */
  const module: WebAssembly.Module;
  export default module;
}

/** Whether the bundle is for runtimes with files; what needs them is left out of others. */
declare const __FILES__: boolean;

/** Whether the bundle holds the encoder; what only serves it is left out of others. */
declare const __ENCODER__: boolean;
