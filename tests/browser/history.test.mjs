// Finished jobs, also those that are gone from the cluster, and what they add up to.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  DEMO,
  fitsWindow,
  heading,
  names,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-history-${process.pid}`;
const jobs = `/api/clusters/${DEMO}/jobs`;
const recorded = `/c/${DEMO}/job-history?q=${SPACE}`;
const WAIT_MS = 60_000;

async function made(name, failsWith) {
  const labels = failsWith ? { 'sandbox.eksgate/fails-with': failsWith } : {};
  const template = {
    metadata: { labels },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] },
  };
  const body = {
    namespace: SPACE,
    job_manifest: { metadata: { name }, spec: { backoffLimit: 0, template } },
  };
  assert.equal((await api('POST', jobs, body)).status, 201);
}

before(async () => {
  await startBrowser();
  await connectDemo();
  await made('good');
  await made('bad', 'Error');
  const inHistory = async () => {
    const { body } = await api('GET', `/api/clusters/${DEMO}/job-history?namespace=${SPACE}`);
    return body.items?.length === 2;
  };
  await until(inHistory, 'both are in the history', WAIT_MS);
  await api('DELETE', `${jobs}/${SPACE}/bad`);
  await until(async () => (await api('GET', `${jobs}/${SPACE}/bad`)).status === 404, 'one is gone', WAIT_MS);
});
after(async () => {
  await api('DELETE', `/raw/clusters/${DEMO}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');

describe('the job history', () => {
  it('keeps what is gone from the cluster, with the reason of its failure', () =>
    withPage({ path: recorded }, async (page) => {
      await heading(page, 'Job history').waitFor();
      await row(page, 'good').getByText('Succeeded').waitFor();
      await row(page, 'bad').getByText('BackoffLimitExceeded').waitFor();
      await accessible(page, 'the job history');
      await page.getByRole('button', { name: 'Failed', exact: true }).click();
      await row(page, 'good').waitFor({ state: 'detached' });
      assert.match(page.url(), /state=failed/);
      await row(page, 'bad').click();
      await drawer(page).getByRole('heading', { name: 'bad' }).waitFor();
      await drawer(page).getByText('BackoffLimitExceeded').waitFor();
      await accessible(page, 'a finished job');
    }));

  it('is of one namespace when one is chosen, and says in its address which', () =>
    withPage({ path: `/c/${DEMO}/job-history` }, async (page) => {
      await row(page, 'good').waitFor();
      await page.getByRole('button', { name: 'Choose a namespace' }).click();
      const picker = page.getByRole('dialog', { name: 'Choose a namespace' });
      await picker.getByRole('combobox').fill('kube-public');
      await picker.getByRole('option', { selected: false, name: 'kube-public' }).click();
      await page.getByText('No job has ended in this time').waitFor();
      assert.match(page.url(), /\?ns=kube-public$/);
      await accessible(page, 'the history of an empty namespace');
      await page.getByRole('button', { name: 'All namespaces' }).last().click();
      await row(page, 'good').waitFor();
      await page.getByRole('button', { name: 'Choose a namespace' }).click();
      await picker.getByRole('combobox').fill(SPACE);
      await picker.getByRole('option', { name: SPACE }).click();
      await page.waitForURL(`**/job-history?ns=${SPACE}`);
      await until(
        async () => (await names(page)).sort().join() === 'bad,good',
        'only those of the namespace',
      );
      await page.getByRole('tab', { name: 'Analytics' }).click();
      await page.getByRole('button', { name: 'Choose a namespace' }).waitFor({ state: 'detached' });
    }));

  it('adds up, group by group', () =>
    withPage({ path: `/c/${DEMO}/job-history/analytics?by=namespace&q=${SPACE}` }, async (page) => {
      await row(page, SPACE).getByText('50 %').waitFor();
      await accessible(page, 'analytics');
      await row(page, SPACE).getByRole('link').click();
      await row(page, 'bad').waitFor();
      await page.getByRole('tab', { name: 'Analytics' }).click();
      await page.getByRole('button', { name: 'Template', exact: true }).waitFor();
    }));

  for (const [width, dark] of [
    [400, true],
    [1600, false],
  ]) {
    it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
      for (const path of [recorded, `/c/${DEMO}/job-history/analytics`]) {
        await withPage({ path, width, height: 900, dark }, async (page) => {
          await heading(page, 'Job history').waitFor();
          await page.locator('tr.row').first().waitFor();
          await fitsWindow(page);
          await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
        });
      }
    });
  }
});
