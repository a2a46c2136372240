// Cron jobs: run now, suspended and resumed, with the jobs they made.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  connectViewer,
  DEMO,
  row,
  startBrowser,
  stopBrowser,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-cron-${process.pid}`;
const spaces = `/raw/clusters/${DEMO}/api/v1/namespaces`;
const crons = `/raw/clusters/${DEMO}/apis/batch/v1/namespaces/${SPACE}/cronjobs`;
const place = (tab = '') =>
  `/c/${DEMO}/cronjobs.batch?ns=${SPACE}&open=${SPACE}/yearly${tab === '' ? '' : `&tab=${tab}`}`;
const WAIT_MS = 60_000;

before(async () => {
  await startBrowser();
  await connectDemo();
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SPACE } };
  assert.equal((await api('POST', spaces, space)).status, 201);
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } };
  const cron = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'yearly' },
    spec: { schedule: '0 4 1 1 *', jobTemplate: { spec: { template } } },
  };
  assert.equal((await api('POST', crons, cron)).status, 201);
});
after(async () => {
  await connectDemo();
  await api('DELETE', `${spaces}/${SPACE}`);
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');
const button = (page, name) => drawer(page).getByRole('button', { name, exact: true });
const suspended = async () => (await api('GET', `${crons}/yearly`)).body.spec.suspend;

describe('a cron job', () => {
  it('is suspended and resumed', () =>
    withPage({ path: place() }, async (page) => {
      await button(page, 'Suspend').click();
      await button(page, 'Resume').waitFor();
      assert.equal(await suspended(), true);
      await row(page, 'yearly').waitFor();
      await accessible(page, 'a suspended cron job');
      await button(page, 'Resume').click();
      await button(page, 'Suspend').waitFor();
      assert.equal(await suspended(), false);
    }));

  it('says that it has made no job yet', () =>
    withPage({ path: place('jobs') }, async (page) => {
      await drawer(page).getByText('It has no jobs now').waitFor();
      await accessible(page, 'no jobs');
    }));

  it('is run now, leads to the job that it made, and lists it with its state', () =>
    withPage({ path: place() }, async (page) => {
      await button(page, 'Run now').click();
      await page.waitForURL('**/jobs.batch?**');
      const made = drawer(page).getByRole('heading', { name: /^yearly-/ });
      await made.waitFor();
      const name = await made.textContent();
      await drawer(page).getByRole('link', { name: 'yearly', exact: true }).waitFor();
      await page.goto(new URL(place('jobs'), page.url()).href);
      const line = drawer(page).locator('.states li').filter({ hasText: name });
      await line.getByText('Succeeded').waitFor({ timeout: WAIT_MS });
      await accessible(page, 'the jobs of a cron job');
      await line.getByRole('link', { name }).click();
      await drawer(page).getByRole('heading', { name }).waitFor();
    }));

  it('says what is missing to who may not run it', async () => {
    await connectViewer();
    await withPage({ path: place() }, async (page) => {
      await button(page, 'Run now').click();
      const said = page.getByRole('dialog', { name: 'yearly could not be run.' });
      await said.getByText('Forbidden', { exact: true }).waitFor();
      await accessible(page, 'what could not be done');
      await said.getByRole('button', { name: 'Close' }).click();
      await said.waitFor({ state: 'detached' });
    });
  });
});
