import { packError, unpackError, type WireError } from './errors.js';
import type { RemoteWorker, WorkerApi } from './protocol.js';

/** One end of a channel to another thread. */
export interface Port {
  post(message: unknown, moved: ArrayBuffer[]): void;
  listen(listener: (message: unknown) => void): void;
}

/** Asks the other thread to do something. */
interface Call {
  id: number;
  name: keyof WorkerApi;
  values: unknown[];
}

/** What became of the call of the same number. */
interface Answer {
  id: number;
  value?: unknown;
  error?: WireError;
}

/** The worker at the other end of a channel. */
export function callWorker(port: Port): RemoteWorker {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  port.listen((message) => {
    const answer = message as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const call = (name: keyof WorkerApi, values: unknown[], moved: ArrayBuffer[] = []): Promise<unknown> => {
    return new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ value, error }) => (error ? reject(unpackError(error)) : resolve(value)));
      port.post({ id: last, name, values } satisfies Call, moved);
    });
  };
  return call as RemoteWorker;
}

/** Does what the other thread asks for; an error crosses with its class and code. */
export async function answerCall(api: Partial<WorkerApi>, call: unknown, post: Port['post']): Promise<void> {
  const { id, name, values } = call as Call;
  try {
    const work = api[name] as (...values: unknown[]) => unknown;
    const [value, moved] = (await work(...values)) as [unknown, ArrayBuffer[]];
    post({ id, value } satisfies Answer, moved);
  } catch (thrown) {
    post({ id, error: packError(thrown) } satisfies Answer, []);
  }
}
