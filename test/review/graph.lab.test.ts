import axe from 'axe-core';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../src/bundle/page.ts';
import { graphOf } from '../../src/review/graph/graph.ts';
import { asPage, type Assets } from '../../src/review/graph/page.ts';
import type { TrustGraph } from '../../src/review/graph/payload.ts';
import { compareReach } from '../../src/review/reach/compare.ts';
import { grantsOf } from '../../src/review/reach/grants.ts';
import { inOrder } from '../../src/review/render/text.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { chromiumPath, launch } from './chromium.ts';
import { example, replacing } from './example.ts';

const executable = await chromiumPath();
if (executable === undefined)
  process.stderr.write('graph.lab.test.ts is skipped: no Chromium; apt-get install chromium\n');

const shots = fileURLToPath(new URL('../../coverage/screenshots/', import.meta.url));

const inPolicy = (text: string) => JSON.stringify(text).slice(1, -1);
const several =
  (...changes: readonly ((text: string) => string)[]) =>
  (text: string) =>
    changes.reduce((changed, change) => change(changed), text);

/** The example after a change that adds, takes away, widens and narrows, and one that nobody can follow. */
const changed = example({
  openbao: several(
    replacing(
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["read"]'),
      inPolicy('path "kv/data/unifi/+" {\n  capabilities = ["read"]'),
    ),
    replacing(
      '"192.0.2.65/32"\n        ],\n        "token_max_ttl": 1800',
      '"192.0.2.0/24"\n        ],\n        "token_max_ttl": 1800',
    ),
    replacing('"token_ttl": 600', '"token_ttl": 300'),
    replacing('"vault_mount": {', '"vault_token": { "by-hand": {} }, "vault_mount": {'),
  ),
});

function reviewed(before: Synthesized, after: Synthesized): TrustGraph {
  const changes = inOrder(compareReach(before, after));
  return graphOf(grantsOf(after), { base: 'origin/main', grants: grantsOf(before), changes });
}

describe.skipIf(executable === undefined)('the page of the graph, in Chromium', () => {
  let browser: Browser;
  let directory: string;
  let assets: Assets;

  beforeAll(async () => {
    [browser, directory, assets] = await Promise.all([
      launch(executable ?? ''),
      mkdtemp(join(tmpdir(), 'backbone-graph-')),
      buildPage(),
    ]);
    await mkdir(shots, { recursive: true });
  });
  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Opens the page from a file; whatever it says or asks for is kept. */
  async function open(
    graph: TrustGraph,
    colorScheme: 'light' | 'dark' = 'light',
    viewport = { width: 1440, height: 1000 },
  ) {
    const file = join(directory, 'graph.html');
    await writeFile(file, asPage(graph, assets));
    const context = await browser.newContext({ colorScheme, viewport, offline: true });
    const page = await context.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      said.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.getByRole('status').waitFor();
    return {
      page,
      close: async () => {
        await context.close();
        expect(said).toEqual([]);
        expect(asked).toEqual([pathToFileURL(file).href]);
      },
    };
  }

  async function violations(page: Page) {
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
      return (await run()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    });
    return found;
  }

  const box = (page: Page, name: string) =>
    page.locator('.column').getByRole('button', { name, exact: false });
  const choice = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });
  const status = (page: Page) => page.getByRole('status').textContent();
  const cards = (page: Page) => page.locator('aside article h3').allTextContents();

  const plain = () => graphOf(grantsOf(example()));
  const review = () => reviewed(example(), changed);

  it.each([
    ['graph', 'light', plain],
    ['graph', 'dark', plain],
    ['review', 'light', review],
    ['review', 'dark', review],
  ] as const)('%s, %s: no console error, no request, axe-core clean', async (name, theme, make) => {
    const { page, close } = await open(make(), theme);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: join(shots, `${name}-${theme}.png`), fullPage: true });
    await page.locator('.column-who .box').first().click();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: join(shots, `${name}-${theme}-why.png`) });
    await close();
  });

  it('on a small screen as well', async () => {
    const { page, close } = await open(plain(), 'light', { width: 420, height: 800 });
    expect(await violations(page)).toEqual([]);
    const wider = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    await page.screenshot({ path: join(shots, 'graph-small.png'), fullPage: true });
    expect(wider).toBe(false);
    await close();
  });

  it('by keyboard: Tab to a box, Enter says why, Escape lets go, arrows walk', async () => {
    const { page, close } = await open(plain());
    await page.getByRole('searchbox').focus();
    const onBox = 'document.activeElement.classList.contains("box")';
    // Bounded by the number of controls before the first box.
    for (let press = 0; press < 12 && (await page.evaluate(onBox)) !== true; press += 1)
      await page.keyboard.press('Tab');
    expect(await page.evaluate(onBox)).toBe(true);
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-pressed")')).toBe('true');
    expect((await cards(page)).length).toBeGreaterThan(0);
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.closest(".column").className')).toContain(
      'column-login',
    );
    await page.keyboard.press('Escape');
    expect(await cards(page)).toEqual([]);
    await close();
  });

  it('says why: chain in words, limits, resources; and of a sibling nothing', async () => {
    const { page, close } = await open(plain());
    await box(page, 'kv/data/unifi/exporter').first().click();
    const text = (await page.locator('aside').textContent()) ?? '';
    for (const part of [
      'unpoller may read',
      'logs in by AppRole',
      'openbao: vault_approle_auth_backend_role.unpoller',
      'openbao: vault_policy.consumer-unpoller',
      'SecretID works once',
      'from 192.0.2.31/32',
      'rung 2',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('proxmox-agent');
    await close();
  });

  it('search and filters narrow what is drawn and what is listed alike', async () => {
    const { page, close } = await open(plain());
    const all = await status(page);
    await page.getByRole('searchbox').fill('tf-proxmox-plan');
    expect(await box(page, 'plan-runner').count()).toBeGreaterThan(0);
    expect(await box(page, 'unpoller').count()).toBe(0);
    const rows = await page.locator('#grants tbody tr').count();
    expect(await status(page)).toMatch(new RegExp(`^${String(rows)} of `));
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await status(page)).toBe(all);
    await choice(page, 'Rung').selectOption('1');
    expect(await page.locator('#grants tbody tr').filter({ hasText: 'kv/data' }).count()).toBe(0);
    await choice(page, 'Rung').selectOption('');
    await choice(page, 'Secret class').selectOption('unifi');
    expect(await page.locator('#grants tbody tr').filter({ hasText: 'arn:aws' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Reset' }).click();
    await choice(page, 'Who').selectOption('who:unpoller');
    expect(await page.locator('.column-who .box').count()).toBe(1);
    await page.getByRole('searchbox').fill('nothing has this name');
    expect(await status(page)).toMatch(/^0 of /);
    await close();
  });

  it('a review shows what changed by sign and word, and what it was before', async () => {
    const { page, close } = await open(review());
    const badges = new Set(await page.locator('.columns .badge').allTextContents());
    for (const badge of ['+ added', '− removed', '▲ wider', '▽ narrower'])
      expect(badges).toContain(badge);
    await expect(page.locator('#changes tbody tr').first().textContent()).resolves.toMatch(
      /widens/,
    );
    await choice(page, 'Change').selectOption('widened');
    await page.locator('.column-who .box').first().click();
    expect(await page.locator('aside').textContent()).toContain('192.0.2.65/32 → 192.0.2.0/24');
    await close();
  });

  it('a review without a change says so', async () => {
    const { page, close } = await open(reviewed(example(), example()));
    await expect(page.locator('main').textContent()).resolves.toContain('Nothing changes');
    await close();
  });

  it('hostile names are text', async () => {
    const names = [
      '</script><script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      `"'\`&amp;<!--`,
      'ünïcode \u2028\u202e 名',
    ];
    const [one] = grantsOf(example());
    if (one === undefined) throw new Error('the example gives something');
    const grants = names.map((name) => ({ ...one, subject: name, resource: name, consumer: name }));
    const { page, close } = await open(graphOf(grants));
    const shown = await page.locator('.column-who .label').allTextContents();
    expect(shown.sort()).toEqual(names.toSorted());
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    await close();
  });

  it('1,000 consumers: draws the first, says so, and finds any', async () => {
    const some = grantsOf(example()).filter(({ consumer }) => consumer === 'network-agent');
    const grants = Array.from({ length: 1000 }, (_, index) =>
      some.map((grant) => ({
        ...grant,
        consumer: `agent-${String(index)}`,
        subject: `approle agent-${String(index)}`,
        resource: grant.resource.replace('unifi', `unifi-${String(index)}`),
      })),
    ).flat();
    const { page, close } = await open(graphOf(grants));
    expect(await status(page)).toContain('the graph draws the first 120');
    expect(await page.locator('#grants tbody tr').count()).toBe(100);
    await choice(page, 'Who').selectOption('who:agent-777');
    expect(await page.locator('.column-who .label').allTextContents()).toEqual(['agent-777']);
    expect(await status(page)).not.toContain('the graph draws');
    await close();
  });
});
