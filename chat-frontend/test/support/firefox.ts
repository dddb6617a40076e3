import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connectBiDi, type Listen, type Params, type Send } from './bidi.ts';

/**
 * A Firefox that is driven by WebDriver BiDi (W3C) over the WebSocket of Node: Playwright cannot drive the one of a
 * distribution, and neither geckodriver nor a client library is needed for the few commands of a story.
 */
export type Firefox = {
  /** Opens a page in a profile of its own. When the test fails, what the page shows is printed. */
  open(url: string): Promise<FirefoxPage>;
  close(): Promise<void>;
};

/** A node of the page, by its shared id. */
type Node = { sharedId: string };
type Nodes = { nodes: Node[] };

/** A CSS selector, or the role and the name that assistive technology has. */
export type Locator = string | { role: string; name: string };

/** What a person does on a page. Each action waits for its node. */
export type FirefoxPage = {
  /** Script errors and errors of the console, policy violations among them. */
  faults: readonly string[];
  /** The names of the files that were saved, in the order in which it began. */
  downloads: readonly string[];
  goto(url: string): Promise<void>;
  find(locator: Locator): Promise<Node>;
  click(locator: Locator): Promise<void>;
  type(locator: Locator, text: string): Promise<void>;
  /** Clicks a button that opens the dialog of files, and chooses these paths in it. */
  choose(opener: Locator, paths: string[]): Promise<void>;
  /** Runs a function in the page; its input and its result are JSON. */
  run<Input, Result>(script: (input: Input) => Result, input: Input): Promise<Awaited<Result>>;
  /** Waits until a function in the page returns something truthy. */
  waitUntil<Input>(script: (input: Input) => unknown, input: Input): Promise<void>;
};

const PREFERENCES: Record<string, string | boolean | number> = {
  // A microphone that beeps, allowed without a question.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'intl.accept_languages': 'id-ID',
  // Nothing but the page goes to the network.
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
};

const FAULT = 'log.entryAdded';
const FILE_DIALOG = 'input.fileDialogOpened';
const DOWNLOAD = 'browsingContext.downloadWillBegin';

/** How long a step may take: it measures nothing, the machine may be slow. */
const TIMEOUT_MS = 60_000;

/** Starts a Firefox without a window, with a new profile. */
export async function openFirefox(program: string): Promise<Firefox> {
  const profile = mkdtempSync(join(tmpdir(), 'bisik-firefox-'));
  const preferences = { ...PREFERENCES, 'browser.download.dir': profile, 'browser.download.folderList': 2 };
  const lines = Object.entries(preferences).map((pair) => `user_pref(${JSON.stringify(pair).slice(1, -1)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit');
  const { send, listen, disconnect } = await connectBiDi(child);
  await send('session.new', {
    capabilities: { alwaysMatch: { unhandledPromptBehavior: { file: 'ignore' } } },
  });
  await send('session.subscribe', { events: [FAULT, FILE_DIALOG, DOWNLOAD] });

  return {
    async open(url) {
      const { userContext } = await send('browser.createUserContext');
      const { context } = await send<{ context: string }>('browsingContext.create', {
        type: 'tab',
        userContext,
      });
      const page = createPage(context, send, listen);
      onTestFinished(async ({ task }) => {
        if (task.result?.state !== 'fail') return;
        const shown = page
          .run(() => `${location.hash}\n${document.body.textContent}`, undefined)
          .catch(String);
        console.log(`Firefox showed ${(await shown).slice(0, 2_000)}\n${page.faults.join('\n')}`);
      });
      await page.goto(url);
      return page;
    },
    async close() {
      await send('browser.close');
      disconnect();
      await exit;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The actions of one tab. */
function createPage(context: string, send: Send, listen: Listen): FirefoxPage {
  const [faults, downloads]: [string[], string[]] = [[], []];
  listen(FAULT, context, ({ level, text }) => level === 'error' && faults.push(String(text)));
  listen(DOWNLOAD, context, ({ suggestedFilename }) => downloads.push(String(suggestedFilename)));

  const call = async (script: string, ...args: unknown[]): Promise<string> => {
    type Outcome = { result: { value?: string }; exceptionDetails?: { text: string } };
    const { result, exceptionDetails } = await send<Outcome>('script.callFunction', {
      functionDeclaration: script,
      arguments: args,
      target: { context },
      awaitPromise: true,
      userActivation: false,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value ?? 'null';
  };
  const page: Pick<FirefoxPage, 'run' | 'find'> = {
    async run(script, input) {
      const json = { type: 'string', value: JSON.stringify(input ?? null) };
      return JSON.parse(
        await call(`async (json) => JSON.stringify((await (${script})(JSON.parse(json))) ?? null)`, json),
      );
    },
    find: (locator) =>
      until(JSON.stringify(locator), async () => {
        const byCss = typeof locator === 'string';
        const sought = { type: byCss ? 'css' : 'accessibility', value: locator };
        const { nodes } = await send<Nodes>('browsingContext.locateNodes', { context, locator: sought });
        return nodes.at(-1);
      }),
  };
  const perform = (type: 'pointer' | 'key', actions: Params[]) =>
    send('input.performActions', { context, actions: [{ type, id: type, actions }] });
  async function press(node: Node): Promise<void> {
    await call("(node) => node.scrollIntoView({ block: 'nearest' })", node);
    const origin = { type: 'element', element: node };
    await perform('pointer', [
      { type: 'pointerMove', x: 0, y: 0, origin },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]);
  }

  return {
    ...page,
    faults,
    downloads,
    goto: async (url) => void (await send('browsingContext.navigate', { context, url, wait: 'complete' })),
    click: async (locator) => press(await page.find(locator)),
    async type(locator, text) {
      await press(await page.find(locator));
      const keys = [...text].flatMap((value) => ['keyDown', 'keyUp'].map((type) => ({ type, value })));
      await perform('key', keys);
    },
    async choose(opener, files) {
      const opened = Promise.withResolvers<Node>();
      listen(FILE_DIALOG, context, ({ element }) => opened.resolve(element as Node));
      await press(await page.find(opener));
      await send('input.setFiles', { context, element: await opened.promise, files });
    },
    waitUntil: async (script, input) =>
      void (await until(String(script), async () => ((await page.run(script, input)) ? true : undefined))),
  };
}

/** Repeats a question until it has an answer. */
async function until<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const end = performance.now() + TIMEOUT_MS;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`not within ${TIMEOUT_MS} ms: ${what}`);
}
