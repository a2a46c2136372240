// How a cluster stands: what is broken first, what there is of everything, and what could not be read.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  connectViewer,
  DEMO,
  fitsWindow,
  heading,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const OVERVIEW = `/c/${DEMO}/overview`;

before(async () => {
  await startBrowser();
  await connectDemo();
  await until(async () => {
    const { body } = await api('GET', `/api/clusters/${DEMO}/dashboard`);
    return body.faults?.some(({ reason }) => reason === 'CrashLoopBackOff');
  }, 'something is broken');
});
after(async () => {
  await connectDemo();
  await stopBrowser();
});

const line = (page, text) => page.locator('.states > li').filter({ hasText: text });

describe('the overview of a cluster', () => {
  it('is reached by rail and key', () =>
    withPage({ path: `/c/${DEMO}/pods` }, async (page) => {
      await heading(page, 'Pods').waitFor();
      await page.getByRole('link', { name: 'Overview', exact: true }).click();
      await heading(page, 'Overview').waitFor();
      assert.equal(new URL(page.url()).pathname, OVERVIEW);
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await heading(page, 'Pods').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('o');
      await heading(page, 'Overview').waitFor();
    }));

  it('begins with what is broken, why and since when, and leads to it', () =>
    withPage({ path: OVERVIEW }, async (page) => {
      const crashing = line(page, 'CrashLoopBackOff').filter({ hasText: 'payments/ledger-' }).first();
      await crashing.waitFor();
      await crashing.getByText('back-off 5m0s restarting failed container').waitFor();
      await crashing.locator('time').waitFor();
      await line(page, 'ImagePullBackOff').first().waitFor();
      const deployment = line(page, 'Deployment').filter({ hasText: 'payments/ledger' }).first();
      // At first; after ten minutes its deadline is over.
      await deployment.getByText(/^0\/1 (MinimumReplicasUnavailable|ProgressDeadlineExceeded)$/).waitFor();
      await accessible(page, 'an overview');
      await deployment.getByRole('link').click();
      await page.getByRole('complementary', { name: /ledger/ }).waitFor();
      assert.match(page.url(), /deployments\.apps\?ns=payments&open=payments\/ledger/);
    }));

  it('counts what is ready, and shows each node', () =>
    withPage({ path: OVERVIEW }, async (page) => {
      await page.getByRole('heading', { name: 'What runs' }).waitFor();
      const { body } = await api('GET', `/api/clusters/${DEMO}/nodes`);
      for (const name of Object.keys(body.nodes)) await page.getByRole('rowheader', { name }).waitFor();
      const link = page.getByRole('link', { name: 'Pods', exact: true });
      const pods = page.locator('.gauges tr').filter({ has: link });
      await pods.getByText(/^\d+ of \d+$/).waitFor();
      await pods.getByRole('link').click();
      await heading(page, 'Pods').waitFor();
    }));

  it('names what could not be read, and shows the rest', async () => {
    await connectViewer();
    try {
      await withPage({ path: OVERVIEW }, async (page) => {
        await page.getByText('Could not be read: nodes.').waitFor();
        await page.getByText('Forbidden', { exact: true }).first().waitFor();
        await line(page, 'CrashLoopBackOff').first().waitFor();
      });
    } finally {
      await connectDemo();
    }
  });

  for (const { width, dark, locale, title } of [
    { width: 400, dark: true, locale: 'en-US', title: 'Overview' },
    { width: 1920, dark: false, locale: 'ko-KR', title: '개요' },
  ]) {
    it(`fits ${width} px, ${dark ? 'dark' : 'light'}, ${locale}`, () =>
      withPage({ path: OVERVIEW, width, dark, locale }, async (page) => {
        await heading(page, title).waitFor();
        await line(page, 'CrashLoopBackOff').first().waitFor();
        await page.locator('.gauges').nth(2).waitFor();
        await fitsWindow(page);
        await accessible(page, `an overview of ${width} px`);
      }));
  }
});
