/** What a built-in value calls itself. */
export const tagOf = (value: unknown): unknown => (value as Uint8Array | undefined)?.[Symbol.toStringTag];

/** Whether a value names a file of this machine: a path, or an address of whatever realm. */
export const isPath = (value: unknown): value is string | URL => typeof value === 'string' || tagOf(value) === 'URL';

/**
 * Whether a value is a Uint8Array, of whatever realm: what comes from a frame, or from Node's own functions into a test
 * that jest or jsdom runs, is an instance of another class of that name.
 */
export const isBytes = (value: unknown): value is Uint8Array<ArrayBuffer> => tagOf(value) === 'Uint8Array';
