// The reference of the API as a page: what it lists, trying an operation, an API key typed in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  base,
  connectDemo,
  DEMO,
  fitsWindow,
  keyed,
  startBrowser,
  stopBrowser,
  withPage,
} from './helpers.mjs';

before(startBrowser);
after(stopBrowser);

const visit = (options, use) => withPage({ path: '/docs', ...options }, use);
const operation = (page, id) => page.locator(`[id$="-${id}"]`);

/** Groups are closed at first: the page draws what it shows, and there is much. */
const openGroup = (page, tag) => page.locator(`#operations-tag-${tag}`).click();

async function open(page, tag, id) {
  await openGroup(page, tag);
  await operation(page, id).locator('.opblock-summary-control').click();
  await operation(page, id).getByRole('button', { name: 'Execute' }).waitFor();
}

/** Executes an operation that is open; the status and the text of what came. */
async function execute(page, id) {
  const answer = operation(page, id).locator('.live-responses-table .response').first();
  await operation(page, id).getByRole('button', { name: 'Execute' }).click();
  await answer.waitFor();
  return {
    status: (await answer.locator('.response-col_status').textContent()).trim(),
    text: await answer.locator('.response-col_description').textContent(),
  };
}

test('every operation of the document is listed under its group', async () => {
  const document = await (await fetch(`${base}/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap(Object.values);
  await visit({}, async (page) => {
    for (const tag of new Set(operations.flatMap(({ tags }) => tags))) {
      await openGroup(page, tag);
      for (const { operationId, tags } of operations)
        if (tags.includes(tag)) await operation(page, operationId).first().waitFor();
      await openGroup(page, tag);
    }
  });
});

test('an operation is tried out, with the cluster that the example names', async () => {
  await connectDemo();
  await visit({}, async (page) => {
    await open(page, 'clusters', 'get_clusters_cluster');
    const answer = await execute(page, 'get_clusters_cluster');
    assert.equal(answer.status, '200');
    assert.ok(answer.text.includes(DEMO), answer.text);
  });
});

test('without a key it is 401, with one typed in it is answered', {
  skip: keyed.url ? false : 'EKSGATE_KEYED_URL is not set: run.py starts such a gateway',
}, async () => {
  await visit({ at: keyed.url }, async (page) => {
    await open(page, 'keys', 'get_whoami');
    assert.equal((await execute(page, 'get_whoami')).status, '401');
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.modal-ux');
    await dialog.locator('input').fill(keyed.key);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await operation(page, 'get_whoami').getByRole('button', { name: 'Clear' }).click();
    const answer = await execute(page, 'get_whoami');
    assert.equal(answer.status, '200');
    assert.ok(answer.text.includes('viewer'), answer.text);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.equal(kept.includes(keyed.key), false);
  });
});

test('it fits narrow and wide windows, light and dark', async () => {
  for (const { width, dark } of [
    { width: 360, dark: true },
    { width: 1280, dark: false },
  ]) {
    await visit({ width, dark }, async (page) => {
      await open(page, 'clusters', 'post_clusters_connect');
      await fitsWindow(page);
      const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const [red] = ground.match(/\d+/g).map(Number);
      assert.equal(red < 128, dark, `the ground is ${ground}`);
    });
  }
});
