// A browser, pages that report what must never happen, and the gateway's API for setting the scene.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// The libraries are those of the UI's own package; this folder has none.
const require = createRequire(join(import.meta.dirname, '../../html/package.json'));
const { chromium } = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

export const base = process.env.EKSGATE_URL;
/** Another gateway, which wants API keys, and a viewer's key of it. */
export const keyed = {
  url: process.env.EKSGATE_KEYED_URL,
  tls: process.env.EKSGATE_KEYED_TLS,
  key: process.env.EKSGATE_KEYED_KEY,
};
export const keys = {
  id: process.env.AWS_ACCESS_KEY_ID,
  secret: process.env.AWS_SECRET_ACCESS_KEY,
};
export const viewer = {
  id: process.env.EKSGATE_SANDBOX_VIEWER_ACCESS_KEY_ID,
  secret: process.env.EKSGATE_SANDBOX_VIEWER_SECRET_ACCESS_KEY,
};
export const DEMO = 'us-east-1_demo';
export const STAGING = 'us-east-1_staging';

let browser;

export async function startBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

export async function stopBrowser() {
  await browser?.close();
}

/**
 * Opens a page, hands it to the test, and afterwards insists that it broke no content security policy, threw nothing
 * and asked no other origin for anything.
 */
export async function withPage(options, use) {
  const {
    path = '/',
    width = 1280,
    height = 800,
    dark = false,
    locale = 'en-US',
    offlineAllowed = false,
    at = base,
  } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale,
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: at.startsWith('https:'), // its authority is the run's own
  });
  const wrong = [];
  await context.exposeFunction('reportViolation', (text) => wrong.push(`content security policy: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (/content security policy/i.test(text)) wrong.push(text);
    // Answers with an error status are what some tests are about; anything else on the console is a fault.
    if (message.type() === 'error' && !/^Failed to load resource/.test(text)) wrong.push(`console: ${text}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${at}/`) && !url.startsWith('data:')) wrong.push(`request to ${url}`);
  });
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (path.startsWith('/assets/') && response.status() >= 400)
      wrong.push(`${response.status()} for ${path}`);
  });
  if (!offlineAllowed) {
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText;
      if (reason !== 'net::ERR_ABORTED') wrong.push(`failed: ${request.url()} ${reason}`);
    });
  }
  try {
    await page.goto(at + path);
    await use(page, context);
  } catch (error) {
    const shots = process.env.EKSGATE_SCREENSHOTS;
    if (shots) await page.screenshot({ path: join(shots, `failed-${Date.now()}.png`) });
    const shown = await page.evaluate(() => document.body.textContent.slice(0, 600)).catch(() => 'nothing');
    // Its stack is what is printed, and that was made from the message it had.
    error.stack += `\nThe page said: ${shown}\nFaults seen: ${JSON.stringify(wrong)}`;
    throw error;
  } finally {
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

export async function api(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  // An API server says "404 page not found" as plain text while a new kind is on its way.
  const json = answer.headers.get('Content-Type')?.startsWith('application/json');
  return { status: answer.status, body: json ? JSON.parse(text) : text };
}

export async function disconnectAll() {
  const { body } = await api('GET', '/api/clusters');
  for (const cluster of body.clusters)
    await api('POST', `/api/clusters/${encodeURIComponent(cluster.id)}/disconnect`, {});
}

export async function connectDemo(auth = { type: 'default' }) {
  const { status, body } = await api('POST', '/api/clusters/connect', {
    cluster_name: 'demo',
    region: 'us-east-1',
    auth,
    replace: true,
  });
  assert.ok(status === 200 || status === 201, `connect: ${status} ${body.message}`);
}

export function connectViewer() {
  return connectDemo({
    type: 'credentials',
    access_key_id: viewer.id,
    secret_access_key: viewer.secret,
  });
}

/** What the sandbox says of itself: keys of everybody in it, and a Python with AWS's own client. */
export function sandbox() {
  return JSON.parse(readFileSync(join(dirname(process.env.KUBECONFIG), '../state.json'), 'utf8'));
}

/** AWS refuses the next calls of an operation, or those of them that are about a resource. */
export async function fault(operation, code, status = 403, count = 1, resource = '') {
  const url = `${process.env.AWS_ENDPOINT_URL}/sandbox/fault`;
  const body = JSON.stringify({
    operation,
    code,
    status,
    count,
    resource,
    message: `${code}: ${operation}`,
  });
  const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  assert.ok(answer.ok, `fault: ${answer.status}`);
}

export async function noFaults() {
  await fetch(`${process.env.AWS_ENDPOINT_URL}/sandbox/fault`, { method: 'DELETE' });
}

/** By an independent client: what AWS's own tools would do. */
function eksCall(call, ...values) {
  const code = `import boto3, sys; boto3.client('eks', region_name='us-east-1').${call}`;
  execFileSync(sandbox().python, ['-c', code, ...values]);
}

export function deleteAccessEntry(principal, cluster = 'demo') {
  eksCall('delete_access_entry(clusterName=sys.argv[1], principalArn=sys.argv[2])', cluster, principal);
}

export function createAccessEntry(principal, cluster, group) {
  const call =
    'create_access_entry(clusterName=sys.argv[1], principalArn=sys.argv[2], kubernetesGroups=[sys.argv[3]])';
  eksCall(call, cluster, principal, group);
}

export async function rows(type, query = '') {
  const { status, body } = await api('GET', `/api/clusters/${DEMO}/resources/${type}?format=table${query}`);
  assert.equal(status, 200, body.message);
  return body.rows;
}

/** The page is no wider than its window, whatever its content. */
export async function fitsWindow(page) {
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(over <= 0, `the page is ${over} px too wide`);
}

/**
 * The page as it stands, narrow and dark, wide and light: nothing sticks out, nothing fails the accessibility check.
 * Where EKSGATE_SCREENSHOTS names a folder, its pictures are put there.
 */
export async function looksWell(page, what) {
  const shots = process.env.EKSGATE_SCREENSHOTS;
  const looks = [
    [400, 'dark'],
    [1280, 'light'],
  ];
  for (const [width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await until(() => isNarrow(page), `${what} fits ${width} px`);
    await accessible(page, `${what} at ${width} px, ${colorScheme}`);
    if (shots) await page.screenshot({ path: join(shots, `${what.replaceAll(' ', '-')}-${width}.png`) });
  }
}

/** Neither the page nor a panel in it is wider than there is room. */
const isNarrow = (page) =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.tab-panel:has(> .summary)')].every(
      ({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
    ),
  );

/** axe-core, injected past the policy the way a browser extension would be. */
export async function accessible(page, what) {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: readFileSync(axePath, 'utf8') });
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.map((violation) => ({
      rule: violation.id,
      help: violation.help,
      where: violation.nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
    }));
  });
  assert.deepEqual(found, [], what);
}

export function heading(page, name) {
  return page.getByRole('heading', { level: 1, name, exact: true });
}

/** Names of the rows that are drawn. */
export function names(page) {
  return page.locator('.view-list tr.row > th').allTextContents();
}

/** A row of the main table, by its name. */
export function row(page, name) {
  return page
    .locator('.view-list tr.row, .view tr.row')
    .filter({ has: page.getByRole('rowheader', { name }) })
    .first();
}

export async function until(check, what, ms = 15_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > deadline) assert.fail(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
