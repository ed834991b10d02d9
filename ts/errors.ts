/** What went wrong, for programs; the message says the same for people. */
export type ErrorCode =
  /** The archive contradicts its own checksums or the format. */
  | 'corrupt'
  /** The archive ends before it should. */
  | 'truncated'
  /** A newer format version, or something this runtime cannot do. */
  | 'unsupported'
  /** A named limit is exceeded, or that of memory; in Node, Deno and Bun also that of an array's length. */
  | 'limit'
  /** An argument or option has a wrong name, type or value. */
  | 'invalid-option'
  /** The caller's `AbortSignal` fired. */
  | 'aborted'
  /** Reading or writing failed, or an input changed while it was read. */
  | 'io'
  /** A defect in tensorpress itself. */
  | 'internal';

/** The one class of errors that tensorpress throws. */
export class TensorpressError extends Error {
  override readonly name = 'TensorpressError';
  /** What went wrong, for programs. */
  declare readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether an error is one of the operating system's. */
function isSystemError(thrown: unknown): boolean {
  const { code, syscall } = Object(thrown) as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' && typeof syscall === 'string';
}

/** Whether an engine found no memory for itself, or for what it gives. */
function isWantOfMemory(thrown: unknown): boolean {
  return thrown instanceof RangeError && /memory|allocation/i.test(thrown.message);
}

/** What is said of anything thrown, which may be an error of another realm. */
function reasonOf(thrown: unknown): string {
  return (thrown as Error | undefined)?.message ?? String(thrown);
}

/** Any thrown value as a `TensorpressError`; what is none of ours and no system error is a defect, hence `internal`. */
export function toTensorpressError(thrown: unknown): TensorpressError {
  if (thrown instanceof TensorpressError) return thrown;
  const reason = reasonOf(thrown);
  if (__FILES__ && isSystemError(thrown)) return new TensorpressError('io', reason, { cause: thrown });
  if ((__FILES__ || __ENCODER__) && isWantOfMemory(thrown)) {
    return new TensorpressError('limit', `there is too little memory: ${reason}`, { cause: thrown });
  }
  const message = `${reason} (a defect in tensorpress: please report it with the input that shows it)`;
  return new TensorpressError('internal', message, { cause: thrown });
}

/** Runs engine code; whatever it throws leaves as a `TensorpressError`. */
export function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw toTensorpressError(thrown);
  }
}

/** Runs an operation for a caller who may abort it; whatever it throws leaves as a `TensorpressError`. */
export async function operate<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  checkAborted(signal);
  try {
    return await work();
  } catch (thrown) {
    checkAborted(signal);
    throw toTensorpressError(thrown);
  }
}

/** As `guard`, for input and output: names what was being done, such as `cannot read model.onnx`. */
export async function guardIo<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof TensorpressError) throw thrown;
    throw new TensorpressError('io', `${doing}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** Runs code of the caller's, or what fails for an argument of theirs: no fault of ours, whatever it throws. */
export function guardCaller<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new TensorpressError('invalid-option', `${field}: ${reasonOf(cause)}`, { cause });
  }
}

/** Throws if the caller's signal has fired. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TensorpressError('aborted', 'the operation was aborted', { cause: signal.reason });
}

/** The fields of an error that can cross to another thread. */
export interface WireError {
  code: ErrorCode;
  message: string;
  stack?: string | undefined;
}

/** Prepares an error for another thread. */
export function packError(thrown: unknown): WireError {
  const { code, message, stack } = toTensorpressError(thrown);
  return { code, message, stack };
}

/** The inverse of `packError`. */
export function unpackError({ code, message, stack }: WireError): TensorpressError {
  return Object.assign(new TensorpressError(code, message), { stack });
}
