// A static server and a browser that opens what it serves.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { importFrom } from '../../scripts/lib/npm.mjs';
import { CHROMIUM_FLAGS, ensureBrowser } from '../../scripts/lib/runtimes.mjs';
import { bundlers } from './workshop.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Ample for what a page does. */
const MILLISECONDS = 60_000;

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const hasBrowser = (await ensureBrowser(CHROMIUM, ['chromium'])) === undefined;

/** Serves a folder with headers on every answer; gives its address and `close`. */
export async function serve(folder, { headers = {} } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    requests.push(pathname);
    const path = join(folder, normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
    if (!path.startsWith(folder) || !existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404).end();
      return undefined;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-length': statSync(path).size,
      ...headers,
    });
    return createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

let browser;

async function launched() {
  if (browser) return browser;
  const puppeteer = await importFrom(bundlers, 'puppeteer-core');
  browser = await (puppeteer.default ?? puppeteer).launch({
    executablePath: CHROMIUM,
    args: CHROMIUM_FLAGS,
  });
  return browser;
}

/**
 * Opens a page and waits until `#result` says something final; what went wrong in the page is part of an error, and so is
 * anything on its console that matches `refused`.
 */
export async function resultOf(url, { refused } = {}) {
  const page = await (await launched()).newPage();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => response.status() >= 400 && said.push(`${response.status()} ${response.url()}`));
  try {
    await page.goto(url);
    await page.waitForFunction(() => !['', 'working'].includes(document.querySelector('#result')?.textContent ?? ''), {
      timeout: MILLISECONDS,
    });
    if (said.some((text) => refused?.test(text))) throw new Error('the page works, but says what it must not');
    return await page.$eval('#result', (element) => element.textContent);
  } catch (error) {
    throw new Error([`${url}: ${error.message}`, ...said].join('\n'));
  } finally {
    await page.close();
  }
}

/** Ends the browser. */
export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}
