// Webhooks: made with a secret that is shown once, told of jobs by signed requests, and tried again when they were deaf.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  DEMO,
  fitsWindow,
  heading,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-hooks-${process.pid}`;
const [host, port] = (process.env.EKSGATE_RECEIVER ?? '127.0.0.1:0').split(':');
const URL_OF = `http://${host}:${port}/told`;
const WAIT_MS = 60_000;

/** What has been told, and whether it is answered well. */
const told = [];
let deaf = false;
const receiver = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    told.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response.writeHead(deaf ? 500 : 204).end();
  });
});

before(async () => {
  await startBrowser();
  await connectDemo();
  await new Promise((resolve) => receiver.listen(Number(port), host, resolve));
});
after(async () => {
  for (const hook of (await api('GET', '/api/webhooks')).body.items) {
    if (hook.url === URL_OF) await api('DELETE', `/api/webhooks/${hook.id}`);
  }
  await api('DELETE', `/raw/clusters/${DEMO}/api/v1/namespaces/${SPACE}`);
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');
const deliveries = (page) => drawer(page).locator('.states > li');
const openTab = (page, name) => drawer(page).getByRole('tab', { name }).click();
let secret = '';

// Only a gateway that was told of it sends to a receiver on this machine.
const skip = process.env.EKSGATE_RECEIVER ? false : 'EKSGATE_RECEIVER is not set';

describe('a webhook', { skip }, () => {
  it('is made from a form that names what is wrong, and shows its secret once', () =>
    withPage({ path: '/webhooks/new' }, async (page) => {
      await heading(page, 'New webhook').waitFor();
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('A URL that begins with https:// is needed.').waitFor();
      await accessible(page, 'a webhook without a URL');
      await page.getByLabel('URL').fill('http://192.168.7.7/inside');
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('The webhook could not be created.').waitFor();
      await page.getByLabel('URL').fill(URL_OF);
      await page.getByLabel('is deleted').check();
      await page.getByLabel('Namespaces').fill(SPACE);
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('Copy its secret now: it is never shown again.').waitFor();
      secret = await page.locator('.secret code').textContent();
      assert.ok(secret.length >= 16, 'a secret');
      await accessible(page, 'a secret that is shown once');
      await page.getByRole('link', { name: 'I have kept the secret' }).click();
      await drawer(page).getByRole('heading', { name: URL_OF }).waitFor();
      await row(page, URL_OF).getByText('Enabled').waitFor();
      assert.ok(!(await page.content()).includes(secret), 'it is not shown again');
      await accessible(page, 'a webhook');
    }));

  it('is told of a job by a signed request, and says that it arrived', () =>
    withPage({ path: '/webhooks' }, async (page) => {
      const { status } = await api('POST', `/api/clusters/${DEMO}/jobs`, {
        namespace: SPACE,
        job_manifest: {
          metadata: { name: 'told' },
          spec: {
            template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } },
          },
        },
      });
      assert.equal(status, 201);
      await row(page, URL_OF).click();
      await openTab(page, /Deliveries/);
      const one = deliveries(page).filter({ hasText: 'job.succeeded' });
      await one.getByText('delivered').waitFor({ timeout: WAIT_MS });
      await accessible(page, 'deliveries');
      const { headers, body } = told.find((each) => JSON.parse(each.body).event === 'job.succeeded');
      const signature = createHmac('sha256', secret)
        .update(`${headers['x-eksgate-timestamp']}.${body}`)
        .digest('hex');
      assert.equal(headers['x-eksgate-signature'], `sha256=${signature}`);
      await one.getByRole('link', { name: 'told' }).click();
      await drawer(page).getByRole('heading', { name: 'told' }).waitFor();
    }));

  it('that is deaf is given up on, says what it answered, and is told again when asked', () =>
    withPage({ path: '/webhooks' }, async (page) => {
      deaf = true;
      await row(page, URL_OF).click();
      await drawer(page).getByRole('button', { name: 'Send a test' }).click();
      const test = deliveries(page).filter({ hasText: 'webhook.test' });
      await test.getByText(/^Given up after 2 attempts\./).waitFor({ timeout: WAIT_MS });
      await test.getByText('500', { exact: false }).waitFor();
      await accessible(page, 'a delivery that is dead');
      deaf = false;
      await test.getByRole('button', { name: 'Deliver again' }).click();
      await test.getByText('delivered').waitFor({ timeout: WAIT_MS });
    }));

  for (const [width, dark] of [
    [400, true],
    [1600, false],
  ]) {
    it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
      const { body } = await api('GET', '/api/webhooks');
      const { id } = body.items.find(({ url }) => url === URL_OF);
      for (const path of ['/webhooks', '/webhooks/new', `/webhooks?open=${id}&tab=deliveries`]) {
        await withPage({ path, width, height: 900, dark }, async (page) => {
          if (path.includes('open=')) await deliveries(page).first().waitFor();
          else await heading(page, path.endsWith('new') ? 'New webhook' : 'Webhooks').waitFor();
          await fitsWindow(page);
          await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
        });
      }
    });
  }

  it('is deleted after asking', () =>
    withPage({ path: '/webhooks' }, async (page) => {
      await row(page, URL_OF).click();
      await drawer(page).getByRole('button', { name: 'Delete' }).click();
      const question = page.getByRole('dialog', { name: 'Delete this webhook?' });
      await accessible(page, 'deleting a webhook');
      await question.getByRole('button', { name: 'Delete webhook' }).click();
      await drawer(page).waitFor({ state: 'detached' });
      await until(
        async () => (await api('GET', '/api/webhooks')).body.items.every(({ url }) => url !== URL_OF),
        'it is gone',
      );
    }));
});
