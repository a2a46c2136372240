// The frame: keyboard alone, small and large windows, light and dark, two languages, nothing for a scanner to find.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
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

const PODS = `/c/${DEMO}/pods`;

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(stopBrowser);

describe('by keyboard alone', () => {
  it('goes from the start page to the YAML of a pod and back', () =>
    withPage({}, async (page) => {
      await row(page, 'demo').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await heading(page, 'Pods').waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'Go to…' }).waitFor();
      await page.keyboard.type('po payments');
      await page.getByRole('option', { name: 'Pods in payments' }).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/pods?ns=payments');
      await row(page, /ledger/).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('ledger');
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: /^Pod ledger/ }).waitFor();
      await page.keyboard.press('2');
      await page.getByRole('tab', { name: 'YAML', selected: true }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('complementary').waitFor({ state: 'detached' });
      await page.keyboard.press('g');
      await page.keyboard.press('d');
      await heading(page, 'Deployments').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await heading(page, 'Clusters').waitFor();
    }));

  it('shows the shortcuts that work here, and they do', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await help.getByText('Only what is unhealthy').waitFor();
      await accessible(page, 'help');
      await page.keyboard.press('Escape');
      await help.waitFor({ state: 'detached' });
      await page.keyboard.press('u');
      await page.waitForURL('**unhealthy=1');
    }));

  it('finds kinds by short name, clusters by @, and quickly', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('netpol');
      await page.getByRole('option', { selected: true, name: /Network policies/ }).waitFor();
      await accessible(page, 'palette');
      await page.getByRole('combobox').fill('@de');
      await page.getByRole('option', { selected: true, name: /demo/ }).waitFor();
      await page.getByRole('combobox').fill('deploy /cart');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/deployments.apps?q=cart');
      await until(async () => (await page.locator('tr.row').count()) === 1, 'one deployment');
    }));

  it('goes by a few letters to views, namespaces, kinds and clusters, and shows which letters were found', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      const palette = page.getByRole('dialog', { name: 'Go to…' });
      const first = palette.getByRole('option', { selected: true });
      const go = async (text, label) => {
        await page.keyboard.press('Control+k');
        await palette.waitFor();
        await page.keyboard.type(text);
        await first.filter({ hasText: label }).waitFor();
      };
      await go('jh', 'Job history');
      assert.deepEqual(await first.locator('b').allTextContents(), ['J', 'h']);
      await accessible(page, 'what was found');
      await page.keyboard.press('Enter');
      await heading(page, 'Job history').waitFor();
      await go('network pol', 'Network policies');
      await page.keyboard.press('Enter');
      await heading(page, 'Network policies').waitFor();
      await go('pmnts', 'payments');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/networkpolicies.networking.k8s.io?ns=payments');
      await go('@demo statefulset', 'Stateful sets in demo');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/c/${DEMO}/statefulsets.apps`);
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      const before = await first.textContent();
      await page.keyboard.press('PageDown');
      await until(async () => (await first.textContent()) !== before, 'a page further');
      await page.keyboard.press('PageUp');
      await until(async () => (await first.textContent()) === before, 'and back');
      await page.keyboard.type('nothing of the kind');
      await palette.getByText('Nothing matches “nothing of the kind”').waitFor();
      await page.keyboard.press('Escape');
      await palette.waitFor({ state: 'detached' });
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      assert.equal(await page.getByRole('combobox').inputValue(), '');
    }));

  it('does not begin with what is only wanted later, and fetches it when there is time', () =>
    withPage({}, async (page) => {
      await row(page, 'demo').waitFor();
      const html = await (await fetch(page.url())).text();
      assert.match(html, /assets\/index-[^"]+\.js/);
      for (const part of ['clusters', 'resources', 'palette', 'choices']) {
        assert.ok(!html.includes(`/${part}-`), `${part} is in the page that is served`);
        const fetched = (wanted) =>
          performance.getEntriesByType('resource').some(({ name }) => name.includes(`/assets/${wanted}-`));
        await until(() => page.evaluate(fetched, part), `${part} is fetched as a file of its own`, 60_000);
      }
    }));

  it('tabs through everything it shows, with the focus in sight', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
      for (let step = 0; step < 60; step++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return 'body';
          const box = element.getBoundingClientRect();
          return box.width > 0 && box.height > 0 && box.right > 0 ? 'seen' : element.outerHTML.slice(0, 120);
        });
        if (seen === 'body') return;
        assert.equal(seen, 'seen');
      }
    }));
});

describe('in every window', () => {
  const places = [
    ['/', 'Clusters'],
    ['/connect', 'Connect a cluster'],
    ['/discover', 'Discover clusters'],
    [PODS, 'Pods'],
    [`${PODS}?open=payments/none&tab=yaml`, 'Pods'],
    [`/c/${DEMO}/deployments.apps`, 'Deployments'],
    [`/c/${DEMO}/events`, 'Events'],
  ];
  for (const width of [400, 1600]) {
    for (const dark of [false, true]) {
      it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
        for (const [path, title] of places) {
          await withPage({ path, width, height: 900, dark }, async (page) => {
            const aside = path.includes('open=') && width < 1024;
            if (aside) await page.getByRole('complementary').waitFor();
            else await heading(page, title).waitFor();
            await page.waitForTimeout(400);
            await fitsWindow(page);
            await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
          });
        }
      });
    }
  }

  it('400 px: the rail is a sheet, the table keeps name, status and age, the detail fills the page', () =>
    withPage({ path: PODS, width: 400, height: 860 }, async (page) => {
      await row(page, /storefront/).waitFor();
      assert.deepEqual(await page.locator('.view-list thead th').allTextContents(), [
        'Name',
        'Status',
        'Age',
      ]);
      const link = page.getByRole('link', { name: 'Deployments' });
      assert.equal(await link.isVisible(), false);
      await page.getByRole('button', { name: 'Menu' }).click();
      await link.waitFor();
      await accessible(page, 'the rail as a sheet');
      await fitsWindow(page);
      await link.click();
      await heading(page, 'Deployments').waitFor();
      await until(async () => !(await link.isVisible()), 'the sheet closes');
      await row(page, 'storefront').click();
      const box = await page.getByRole('complementary').boundingBox();
      assert.equal(Math.round(box.width), 400);
      await page.getByRole('button', { name: 'Close' }).click();
      await row(page, 'storefront').waitFor();
    }));
});

describe('as the user likes it', () => {
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it('follows the system and can be told otherwise', () =>
    withPage({ dark: true }, async (page) => {
      await heading(page, 'Clusters').waitFor();
      assert.equal(await ground(page), 'rgb(15, 18, 22)');
      await page.getByRole('button', { name: 'Settings' }).click();
      await accessible(page, 'settings');
      await page.getByLabel('Light').check();
      assert.equal(await ground(page), 'rgb(255, 255, 255)');
      await page.reload();
      assert.equal(await ground(page), 'rgb(255, 255, 255)');
    }));

  it('draws rows of 24, 32 and 40 px', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      const height = () =>
        page
          .locator('tr.row')
          .first()
          .evaluate((element) => element.getBoundingClientRect().height);
      await until(async () => (await height()) === 32, '32 px');
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByLabel('Dense').check();
      await until(async () => (await height()) === 24, '24 px');
      await page.getByLabel('Roomy').check();
      await until(async () => (await height()) === 40, '40 px');
    }));

  it('speaks Korean by the browser or by choice', () =>
    withPage({ locale: 'ko-KR' }, async (page) => {
      await heading(page, '클러스터').waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
      await accessible(page, 'in Korean');
      await page.getByRole('button', { name: '설정' }).click();
      await page.getByLabel('English').check();
      await heading(page, 'Clusters').waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    }));

  it('an unknown page says so', () =>
    withPage({ path: '/nowhere' }, async (page) => {
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      await page.getByRole('link', { name: 'Go to your clusters' }).click();
      await heading(page, 'Clusters').waitFor();
    }));
});
