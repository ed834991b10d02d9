/** An address that holds the text of a script, for where there is no file to name. */
export function scriptUrl(text: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}
