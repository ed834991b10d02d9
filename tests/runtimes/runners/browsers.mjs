// Browsers from Debian: each runs the suite in a page of its own and in one that is cross-origin isolated, and opens the
// example of a service worker.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importFrom } from '../../../scripts/lib/npm.mjs';
import { localCache } from '../../../scripts/lib/paths.mjs';
import { attempt } from '../../../scripts/lib/run.mjs';
import { CHROMIUM_FLAGS, ensureBrowser } from '../../../scripts/lib/runtimes.mjs';
import { freePort } from '../port.mjs';
import { startDisplay } from './display.mjs';

/** Ample for the suite in one page. */
const MILLISECONDS = 240_000;
/** Ample for an answer to a question that a page was asked. */
const ANSWERING = 15_000;
/** Ample for a browser to end by itself; then its driver is ended, and it with it. */
const QUITTING = 20_000;
/** Ample for a page to be painted. */
const PAINTING = 1000;

class Late extends Error {}

/** What a promise gives, if it does so in time: a browser that hangs leaves its driver without an answer for ever. */
async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Late(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks until there is an answer. */
async function waitFor(ask) {
  const end = Date.now() + MILLISECONDS;
  while (Date.now() < end) {
    // Now and then WebKit's driver loses a question while another page is on its way, but it answers the next one.
    const answer = await within(ANSWERING, ask()).catch((error) => {
      if (!(error instanceof Late)) throw error;
    });
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the page did not finish in time');
}

const SUITE = 'window.result';
/** What the pages of an example and a recipe show at the end. */
const SHOWN = "(t => t && t !== 'working' ? t : undefined)(document.querySelector('#result')?.textContent)";

/** The example: an ordinary `fetch` of a model that the server has in compressed form alone. */
async function runExample({ site, server }, name, visit) {
  const picture = join(localCache, 'screenshots', `service-worker-${name.toLowerCase()}.png`);
  mkdirSync(dirname(picture), { recursive: true });
  try {
    const shown = await visit(`${server.origin}/example/index.html`, SHOWN, picture);
    const wanted = `SHA-256 ${site.example.hash}`;
    return shown === wanted ? undefined : `it shows ${shown}, expected ${wanted}`;
  } catch (error) {
    return `${error?.stack ?? error}`;
  }
}

/** The recipe: a download with progress in a page without a bundler. */
async function runRecipe({ site, server }, visit) {
  try {
    const shown = await visit(`${server.origin}/download.html`, SHOWN);
    const wanted = `${site.recipe.name}: ${site.recipe.size} bytes`;
    return shown === wanted ? undefined : `it shows ${shown}, expected ${wanted}`;
  } catch (error) {
    return `${error?.stack ?? error}`;
  }
}

/**
 * The suite in both pages, then the recipe and the example. `visit` opens an address and gives the value of an expression
 * in the page as soon as it has one, having taken a picture where one is wanted.
 */
async function runPages(context, name, visit) {
  const { server, isolatedServer } = context;
  const outcomes = [];
  let files = false;
  for (const [address, where] of [
    [`${server.origin}/page.html`, 'page'],
    [`${isolatedServer.origin}/page.html?isolated`, 'isolated page'],
  ]) {
    let result;
    try {
      result = await visit(address, SUITE);
    } catch (error) {
      result = { outcomes: [{ name: 'the page answers', error: `${error?.stack ?? error}` }], files: false };
    }
    files = result.files;
    for (const { name, error } of result.outcomes) {
      outcomes.push({ name: `${where}: ${name}`, ...(error === undefined ? {} : { error }) });
    }
  }
  for (const [title, error] of [
    ['the recipe downloads', await runRecipe(context, visit)],
    ['a service worker unpacks models', await runExample(context, name, visit)],
  ]) {
    outcomes.push({ name: title, ...(error === undefined ? {} : { error }) });
  }
  const features = {
    workers: 'module workers',
    streams: 'yes',
    files: files ? 'private (OPFS)' : 'no',
    compile: 'yes',
  };
  return { features, outcomes };
}

async function withPuppeteer(context, name, program, packages, options) {
  const missing = await ensureBrowser(program, packages);
  if (missing !== undefined) return { name, skipped: missing };
  const puppeteer = await importFrom(context.runtimes, 'puppeteer-core');
  const browser = await (puppeteer.default ?? puppeteer).launch({
    executablePath: program,
    protocolTimeout: MILLISECONDS,
    ...options,
  });
  try {
    const version = (await browser.version()).match(/\d+(\.\d+)+/)?.[0];
    const visit = async (address, expression, picture) => {
      const page = await browser.newPage();
      const said = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      try {
        await page.goto(address);
        const found = await waitFor(() => page.evaluate(expression));
        if (picture) await page.screenshot({ path: picture });
        return found;
      } catch (error) {
        throw new Error(`${error}\n${said.join('\n')}`);
      } finally {
        await page.close().catch(() => {});
      }
    };
    return { name, version, ...(await runPages(context, name, visit)) };
  } finally {
    await browser.close();
  }
}

export const chromium = (context) =>
  withPuppeteer(context, 'Chromium', '/usr/bin/chromium', ['chromium'], { args: CHROMIUM_FLAGS });

export const firefox = (context) =>
  withPuppeteer(context, 'Firefox', '/usr/bin/firefox-esr', ['firefox-esr'], { browser: 'firefox' });

const LIBRARIES = '/usr/lib';

/** MiniBrowser's path has the machine's architecture and the library's version in it. */
function findMiniBrowser() {
  for (const architecture of existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : []) {
    if (!architecture.endsWith('-linux-gnu')) continue;
    const path = join(LIBRARIES, architecture, 'webkit2gtk-4.1', 'MiniBrowser');
    if (existsSync(path)) return path;
  }
  return undefined;
}

export async function webkit(context) {
  const name = 'WebKitGTK';
  const missing = await ensureBrowser('/usr/bin/WebKitWebDriver', ['webkit2gtk-driver', 'xvfb']);
  if (missing !== undefined) return { name, skipped: missing };
  const browser = findMiniBrowser();
  if (browser === undefined) return { name, skipped: 'there is no MiniBrowser' };
  const screen = await startDisplay();
  const environment = {
    DISPLAY: screen.display,
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  };
  const selenium = await importFrom(context.runtimes, 'selenium-webdriver');
  const service = await startDriver(environment);
  let driver;
  try {
    driver = await new selenium.Builder()
      .usingServer(service.address)
      .withCapabilities({
        browserName: 'MiniBrowser',
        // It may wait for ever for the end of loading where a service worker takes over meanwhile.
        pageLoadStrategy: 'none',
        'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
      })
      .build();
    const version = (await attempt('dpkg-query', ['--show', 'webkit2gtk-driver'])).stdout.split('\t')[1];
    const visit = async (page, expression, picture) => {
      // The page before may be there for a while.
      const clear = "window.result = undefined; document.querySelector('#result')?.remove(); return true";
      await waitFor(() => driver.executeScript(clear));
      await within(MILLISECONDS, driver.get(page));
      const ask = `return JSON.stringify(${expression})`;
      const found = await waitFor(() => driver.executeScript(ask).catch(unlessUnloaded));
      // Its driver does not answer when asked for a picture, so the display gives one when the page has been painted.
      if (picture) await new Promise((resolve) => setTimeout(resolve, PAINTING)).then(() => screen.picture(picture));
      return JSON.parse(found);
    };
    return { name, version: version?.trim().split('-')[0], ...(await runPages(context, name, visit)) };
  } finally {
    await within(QUITTING, Promise.resolve(driver?.quit())).catch(() => {});
    service.stop();
    screen.stop();
  }
}

/** Of errors of a question those that say that the page before got it, and went away. */
function unlessUnloaded(error) {
  if (error.name !== 'NoSuchFrameError') throw error;
}

/** WebKit's driver, which Selenium does not know by name. */
async function startDriver(environment) {
  const port = await freePort();
  const child = spawn('/usr/bin/WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  const address = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${address}/status`).catch(() => undefined))?.ok;
  await waitFor(answers);
  return { address, stop: () => child.kill() };
}
