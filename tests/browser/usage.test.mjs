// What nodes and pods used: charts, a value by keyboard, gaps, and the same as a table.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { accessible, api, connectDemo, DEMO, startBrowser, stopBrowser, withPage } from './helpers.mjs';

const WAIT_MS = 60_000;
const samples = `/api/v1/clusters/${DEMO}`;
const metrics = `/raw/clusters/${DEMO}/apis/metrics.k8s.io/v1beta1`;
const registered = [
  `/raw/clusters/${DEMO}/api/v1/namespaces/kube-system/services`,
  `/raw/clusters/${DEMO}/apis/apiregistration.k8s.io/v1/apiservices`,
];
let objects = [];
let pod;
let node;

async function until(condition, what, ms = WAIT_MS) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} did not come in time`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

before(async () => {
  await startBrowser();
  await connectDemo();
  // metrics-server is built behind everything else, and its API is registered by who needs it.
  const file = process.env.EKSGATE_SANDBOX_METRICS;
  await until(() => existsSync(file), 'metrics-server', 45 * 60_000);
  objects = readFileSync(file, 'utf8')
    .split('---\n')
    .map((text) => JSON.parse(text));
  for (const [index, object] of objects.entries())
    assert.ok([201, 409].includes((await api('POST', registered[index], object)).status));
  const listed = await until(async () => {
    const answer = await api('GET', `${metrics}/namespaces/payments/pods`);
    return answer.status === 200 && answer.body.items.length > 0 && answer.body.items;
  }, 'the metrics API');
  pod = listed[0].metadata.name;
  node = (await api('GET', `/raw/clusters/${DEMO}/api/v1/nodes`)).body.items[0].metadata.name;
  await until(async () => (await api('GET', samples)).body.length > 1, 'two samples');
});
after(async () => {
  for (const [index, object] of objects.entries())
    await api('DELETE', `${registered[index]}/${object.metadata.name}`);
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');
const chart = (page, name) => drawer(page).getByRole('slider', { name: new RegExp(`^${name}`) });

describe('usage', () => {
  it('of a pod is charted, and told by keyboard', () =>
    withPage({ path: `/c/${DEMO}/pods?ns=payments&open=payments/${pod}&tab=usage` }, async (page) => {
      const cpu = chart(page, 'CPU');
      await cpu.waitFor({ timeout: WAIT_MS });
      await chart(page, 'Memory').waitFor();
      await until(async () => Number(await cpu.getAttribute('aria-valuemax')) > 0, 'a second sample');
      await cpu.focus();
      await page.keyboard.press('Home');
      await until(async () => (await cpu.getAttribute('aria-valuenow')) === '0', 'the first sample');
      assert.match(await cpu.getAttribute('aria-valuetext'), /^\d\d:\d\d · (0|[\d.]+ (m|cores?))$/);
      await page.keyboard.press('ArrowRight');
      await until(async () => (await cpu.getAttribute('aria-valuenow')) === '1', 'the second sample');
      assert.match(await chart(page, 'Memory').getAttribute('aria-valuetext'), /MiB$/);
      await accessible(page, 'the usage of a pod');
    }));

  it('shows as a gap what nobody sampled, and all of it as a table', () =>
    withPage({ path: `/c/${DEMO}/nodes?open=${node}&tab=usage` }, async (page) => {
      await chart(page, 'CPU').waitFor({ timeout: WAIT_MS });
      // The agent has not run for as long as samples are kept.
      assert.ok((await drawer(page).locator('.chart-gap').count()) > 0);
      assert.match(await chart(page, 'CPU').getAttribute('aria-label'), /\d+ gaps?$/);
      await drawer(page).getByText('The samples as a table').click();
      await drawer(page).getByRole('columnheader', { name: 'Memory' }).waitFor();
      assert.ok((await drawer(page).getByRole('row').count()) > 1);
      await drawer(page).getByRole('button', { name: '24 hours' }).click();
      await until(
        async () =>
          (await drawer(page).getByRole('button', { name: '24 hours' }).getAttribute('aria-pressed')) ===
          'true',
        'the longer time',
      );
      await accessible(page, 'the usage of a node');
    }));

  it('of the cluster stands in its overview, with its gaps', () =>
    withPage({ path: `/c/${DEMO}/overview` }, async (page) => {
      await page.getByRole('heading', { name: 'Used over time' }).waitFor();
      const cpu = page.getByRole('slider', { name: /^CPU, sample by sample, with \d+ gaps?$/ });
      await cpu.waitFor({ timeout: WAIT_MS });
      await until(async () => Number(await cpu.getAttribute('aria-valuemax')) > 0, 'a second sample');
      await page.getByRole('button', { name: '24 hours' }).waitFor();
      await accessible(page, 'the usage of a cluster');
    }));
});
