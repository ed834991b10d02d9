/** Asks for what is shared; nothing where it is not there. */
type Ask = (signal: AbortSignal | undefined) => Promise<Response | undefined>;

/** What several callers wait for: the pending answer, then what the next of them takes. */
interface Pending {
  answer: Promise<void>;
  answered: boolean;
  response: Response | undefined;
  waiting: number;
  abort: AbortController;
}

/** Settles as a promise does, unless the caller aborts first. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}

const drop = (response: Response | undefined): void => {
  response?.body?.cancel().catch(() => {});
};

/**
 * Shares a download among all callers who ask for it before there is an answer. Bytes that one caller has taken and another
 * has not wait in memory, except for callers who cancel. The download is aborted when nobody wants it any more.
 */
export class SharedDownloads {
  readonly #pending = new Map<string, Pending>();

  /** The answer for `key`, requested by `ask` if nobody has requested it yet; without a key it is not shared. */
  async get(key: string | undefined, signal: AbortSignal | undefined, ask: Ask): Promise<Response | undefined> {
    if (key === undefined) return ask(signal);
    const pending = this.#pending.get(key) ?? this.#start(key, ask);
    pending.waiting += 1;
    try {
      await unlessAborted(pending.answer, signal);
      return this.#take(pending);
    } finally {
      pending.waiting -= 1;
      if (pending.waiting === 0) this.#end(key, pending);
    }
  }

  #start(key: string, ask: Ask): Pending {
    const abort = new AbortController();
    const pending: Pending = { answer: Promise.resolve(), answered: false, response: undefined, waiting: 0, abort };
    this.#pending.set(key, pending);
    const answer = async (): Promise<void> => {
      try {
        const response = await ask(abort.signal);
        if (abort.signal.aborted) drop(response);
        else pending.response = response;
      } finally {
        pending.answered = true;
        // Whoever comes now is late for the first bytes.
        this.#forget(key, pending);
      }
    };
    pending.answer = answer();
    return pending;
  }

  /** Hands the answer to one of those who wait: a copy, or to the last one the original. */
  #take(pending: Pending): Response | undefined {
    const { response } = pending;
    if (!response?.body) return response;
    pending.response = undefined;
    if (pending.waiting === 1) return response;
    const [own, others] = response.body.tee();
    pending.response = new Response(others, response);
    return new Response(own, response);
  }

  #end(key: string, pending: Pending): void {
    if (pending.answered) {
      drop(pending.response);
      return;
    }
    this.#forget(key, pending);
    pending.abort.abort();
  }

  #forget(key: string, pending: Pending): void {
    if (this.#pending.get(key) === pending) this.#pending.delete(key);
  }
}
