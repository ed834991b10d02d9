// Comlink ships this file's types under a name that TypeScript does not look for.
declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { Endpoint } from 'comlink';

  interface NodeEndpoint {
    postMessage(message: unknown, transfer?: readonly Transferable[]): void;
    on(type: 'message', listener: (value: unknown) => void): unknown;
    off(type: 'message', listener: (value: unknown) => void): unknown;
    start?(): void;
  }

  /** A port or worker of Node with the methods of the web's. */
  export default function nodeEndpoint(port: NodeEndpoint): Endpoint;
}
