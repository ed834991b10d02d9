import { type Endpoint, expose, type Remote, type TransferHandler, transfer, transferHandlers, wrap } from 'comlink';
import { packError, unpackError, type WireError } from '../errors.js';
import type { Moved, RemoteWorker, WorkerApi } from './protocol.js';

/** A thrown value as Comlink's handlers see it. */
interface Thrown {
  value: unknown;
}

/** Lets errors cross between threads with their class and code: Comlink's own handler keeps the message only. */
function installErrorHandler(): void {
  const handler: TransferHandler<Thrown, WireError> = {
    ...(transferHandlers.get('throw') as TransferHandler<Thrown, WireError>),
    serialize: ({ value }) => [packError(value), []],
    deserialize: (wire) => {
      throw unpackError(wire);
    },
  };
  transferHandlers.set('throw', handler);
}

type Work = (...values: unknown[]) => unknown;

/** The worker at the other end of a channel. */
export function callWorker(endpoint: Endpoint): RemoteWorker {
  installErrorHandler();
  const remote = wrap<Record<keyof WorkerApi, Work>>(endpoint);
  const call = (name: keyof WorkerApi, [first, ...others]: unknown[], moved: ArrayBuffer[] = []): Promise<unknown> => {
    const work = remote[name] as Remote<Work>;
    return Promise.resolve(work(moved.length > 0 ? transfer(first, moved) : first, ...others));
  };
  return call as RemoteWorker;
}

/** Does what the thread at the other end asks for. */
export function answerCalls(api: Partial<WorkerApi>, endpoint: Endpoint): void {
  installErrorHandler();
  const works = Object.entries(api).map(([name, work]) => {
    const answer = async (...values: unknown[]): Promise<unknown> => {
      const [value, moved] = (await (work as Work)(...values)) as Moved<unknown>;
      return moved.length > 0 ? transfer(value, moved) : value;
    };
    return [name, answer] as const;
  });
  expose(Object.fromEntries(works), endpoint);
}
