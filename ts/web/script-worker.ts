/** A worker from the text of its script, a module. */
export function scriptWorker(text: string): Worker {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    return new Worker(url, { type: 'module' });
  } finally {
    // Not at once: some browsers resolve the address only when they get round to fetching it.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
