// The map: groups that open, faults first, a search, the keyboard, a list for who does not see the drawing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  connectViewer,
  DEMO,
  fitsWindow,
  startBrowser,
  stopBrowser,
  withPage,
} from './helpers.mjs';

const place = (query = '') => `/c/${DEMO}/map${query}`;

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(async () => {
  await connectDemo();
  await stopBrowser();
});

const drawing = (page) => page.getByRole('group', { name: 'Map of demo' });
const part = (page, name) => drawing(page).getByRole('button', { name });
const drawer = (page) => page.getByRole('complementary');

describe('the map', () => {
  it('is reached from the rail, groups pods by namespace and puts faults first', () =>
    withPage({ path: `/c/${DEMO}/pods` }, async (page) => {
      await page.getByRole('navigation').getByRole('link', { name: 'Map', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Map' }).waitFor();
      await part(page, /^payments, 4 pods, .* faults?$/).waitFor();
      const { body } = await api('GET', `/api/clusters/${DEMO}/topology?include=Pod`);
      const spaces = new Set(body.nodes.map(({ namespace }) => namespace));
      const names = await drawing(page)
        .getByRole('button')
        .evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')));
      for (const space of spaces)
        assert.ok(
          names.some((name) => name.startsWith(`${space}, `)),
          space,
        );
      const calm = names.findIndex((name) => name.endsWith('no faults'));
      assert.ok(
        calm > 0 && names.slice(calm, -1).every((name) => name.endsWith('no faults')),
        names.join('\n'),
      );
      await accessible(page, 'the map');
      await fitsWindow(page);
    }));

  it('opens a group, and from one object leads to what it is linked to', () =>
    withPage({ path: place() }, async (page) => {
      await part(page, /^web, /).click();
      await page.waitForURL('**in=web**');
      await part(page, 'Ingress, storefront').click();
      await drawer(page).getByRole('heading', { name: 'storefront' }).waitFor();
      await drawer(page).getByRole('button', { name: 'Service storefront' }).click();
      await drawer(page).getByText('Routed by').waitFor();
      await drawer(page).getByText('Selects').waitFor();
      await accessible(page, 'an object of the map');
      const link = drawer(page).getByRole('link', { name: 'Open in its list' });
      assert.match(await link.getAttribute('href'), /\/services\?ns=web&open=web\/storefront$/);
      await page.keyboard.press('Escape');
      await drawer(page).waitFor({ state: 'detached' });
    }));

  it('is worked by keyboard', () =>
    withPage({ path: place('?q=kube-root-ca.crt') }, async (page) => {
      const parts = drawing(page).getByRole('button');
      await parts.first().focus();
      const first = await parts.first().getAttribute('aria-label');
      await page.keyboard.press('ArrowRight');
      await page.locator(`[data-spot]:focus:not([aria-label="${first}"])`).waitFor();
      await page.keyboard.press('ArrowLeft');
      await page.locator(`[data-spot]:focus[aria-label="${first}"]`).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('[data-spot][aria-expanded=true]').waitFor();
      await page.keyboard.press('Enter');
      await page.locator('[data-spot][aria-expanded=true]').waitFor({ state: 'detached' });
    }));

  it('finds by name and status, and says when nothing matches', () =>
    withPage({ path: place() }, async (page) => {
      await part(page, /^web, /).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('crash');
      await part(page, /^web, /).waitFor({ state: 'detached' });
      await part(page, /^payments, 1 pod, /).waitFor();
      await page.keyboard.type('-and-nothing-else');
      await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
      await page.getByRole('button', { name: 'Show everything' }).click();
      await part(page, /^web, /).waitFor();
    }));

  it('shows what is made and deleted while somebody looks', async () => {
    const name = `map-live-${process.pid}`;
    const web = `/raw/clusters/${DEMO}`;
    const kinds = [
      ['/api/v1/namespaces/web/configmaps', {}],
      ['/apis/networking.k8s.io/v1/namespaces/web/networkpolicies', { spec: { podSelector: {} } }],
    ];
    await withPage({ path: place(`?q=${name}`) }, async (page) => {
      const nothing = page.getByRole('heading', { name: 'Nothing matches' });
      await nothing.waitFor();
      await page.getByText(/^live since \d\d:\d\d:\d\d$/).waitFor();
      for (const [path, body] of kinds) {
        const { status } = await api('POST', web + path, { metadata: { name }, ...body });
        assert.equal(status, 201);
      }
      await part(page, /^web, 0 pods, 2 objects, no faults$/).waitFor();
      for (const [path] of kinds) await api('DELETE', `${web + path}/${name}`);
      await nothing.waitFor();
    });
  });

  it('moves and zooms', () =>
    withPage({ path: place('?q=storefront') }, async (page) => {
      await part(page, /^web, /).waitFor();
      const box = () => part(page, /^web, /).boundingBox();
      const before = await box();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      const larger = await box();
      assert.ok(larger.width > before.width * 1.2);
      const area = await drawing(page).boundingBox();
      await page.mouse.move(area.x + area.width - 20, area.y + area.height - 20);
      await page.mouse.down();
      await page.mouse.move(area.x + area.width - 120, area.y + area.height - 70);
      await page.mouse.up();
      const moved = await box();
      assert.ok(Math.abs(moved.x - larger.x + 100) < 2 && Math.abs(moved.y - larger.y + 50) < 2);
      await page.getByRole('button', { name: 'Show all' }).click();
      assert.deepEqual(await box(), before);
    }));

  it('is a list where there is little room, and for who wants one', () =>
    withPage({ path: place(), width: 400 }, async (page) => {
      const row = (name) =>
        page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
      await row('payments').click();
      await page.getByRole('button', { name: 'All groups' }).waitFor();
      const failing = page.getByRole('row').filter({ hasText: 'CrashLoopBackOff' }).first();
      await failing.waitFor();
      await accessible(page, 'the map as a list');
      await fitsWindow(page);
      await failing.click();
      await drawer(page).getByText('Made by').waitFor();
    }));

  it('says what may not be read, and draws the rest', async () => {
    await connectViewer();
    await withPage({ path: place(), locale: 'ko-KR', dark: true }, async (page) => {
      await page.getByRole('heading', { level: 1, name: '지도' }).waitFor();
      await page.getByText(/^읽지 못해 그리지 않은 것: .*nodes \(Forbidden\)/).waitFor();
      await page
        .getByRole('group', { name: 'demo 지도' })
        .getByRole('button', { name: /^web, 파드 / })
        .waitFor();
      await accessible(page, 'the map in Korean, dark');
    });
    await connectDemo();
  });
});
