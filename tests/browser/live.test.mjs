// What changes by itself: the stream of changes beside what is read, what breaks it, and what is done without one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  api,
  connectDemo,
  connectViewer,
  DEMO,
  names,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-live-${process.pid}`;
const raw = `/raw/clusters/${DEMO}`;
const maps = `${raw}/api/v1/namespaces/${SPACE}/configmaps`;
const path = `/c/${DEMO}/configmaps?ns=${SPACE}`;

before(async () => {
  await startBrowser();
  await connectDemo();
  await api('POST', `${raw}/api/v1/namespaces`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: SPACE },
  });
  await until(
    async () => (await api('GET', `${maps}/kube-root-ca.crt`)).status === 200,
    'the namespace is furnished',
  );
});
after(async () => {
  await api('DELETE', `${raw}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

const live = (page) => page.getByText(/^live since \d\d:\d\d:\d\d$/).waitFor();
const count = (page) => page.locator('.view-head .count');
const isStream = (request) => request.url().includes('/events/stream?');
/** What a stream was asked for: the version to go on from, by kind. */
const askedFor = (request) => {
  const since = new URL(request.url()).searchParams.get('since');
  return Object.fromEntries(since.split(',').map((pair) => pair.split(':')));
};
const isList = (request) => request.url().includes('/resources/configmaps?');

async function create(name, extra = {}) {
  const { status } = await api('POST', maps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: extra.labels },
    data: extra.data,
  });
  assert.ok(status === 201 || status === 409, `create ${name}: ${status}`);
}

const remove = (name) => api('DELETE', `${maps}/${name}`);

/** Lists that the page has asked for, from now on. */
function listsOf(page) {
  const seen = [];
  page.on('request', (request) => isList(request) && seen.push(request.url()));
  return seen;
}

/** As a browser does when another tab is chosen; the test's own browser always shows its page. */
const show = (page, visible) =>
  page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    visible ? 'visible' : 'hidden',
  );

describe('a watched list', () => {
  it('takes in what is new, changes what changes, and lets go of what is gone, without reading the list', () =>
    withPage({ path }, async (page) => {
      await live(page);
      const lists = listsOf(page);
      await create('beta');
      await row(page, 'beta').waitFor();
      await create('alpha', { data: { one: '1' } });
      await row(page, 'alpha').waitFor();
      // In the server's order, though it came last.
      assert.deepEqual(await names(page), ['alpha', 'beta', 'kube-root-ca.crt']);
      assert.equal(await count(page).textContent(), '3');
      await page.locator('[aria-rowcount="4"]').waitFor();
      await api('PUT', `${maps}/alpha`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'alpha' },
        data: { one: '1', two: '2' },
      });
      await row(page, 'alpha').getByRole('gridcell', { name: '2', exact: true }).waitFor();
      await remove('beta');
      await row(page, 'beta').waitFor({ state: 'detached' });
      assert.equal(await count(page).textContent(), '2');
      assert.deepEqual(lists, []);
      await remove('alpha');
      await row(page, 'alpha').waitFor({ state: 'detached' });
    }));

  it('leaves the rows in sight and the one under the cursor where they are', async () => {
    const many = Array.from({ length: 120 }, (_, index) => `steady-${String(index).padStart(3, '0')}`);
    await Promise.all(many.map((name) => create(name)));
    await withPage({ path, height: 600 }, async (page) => {
      await row(page, 'steady-000').waitFor();
      await live(page);
      const grid = page.getByRole('grid');
      await grid.focus();
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await row(page, 'steady-119').waitFor();
      const under = () => page.locator('tr.row-at th').textContent();
      const placeOf = async (name) => Math.round((await row(page, name).boundingBox()).y);
      assert.equal(await under(), 'steady-117');
      const place = await placeOf('steady-117');
      await create('above-a');
      await create('above-b');
      await until(async () => (await count(page).textContent()) === '123', 'two more rows');
      assert.equal(await under(), 'steady-117');
      assert.equal(await placeOf('steady-117'), place);
      await remove('above-a');
      await until(async () => (await count(page).textContent()) === '122', 'one row less');
      assert.equal(await placeOf('steady-117'), place);
      assert.equal(await under(), 'steady-117');
    });
    for (const name of [...many, 'above-b']) await remove(name);
  });

  it('shows of several namespaces exactly those', async () => {
    await withPage({ path: `/c/${DEMO}/configmaps?ns=${SPACE},web` }, async (page) => {
      await row(page, 'kube-root-ca.crt').waitFor();
      await live(page);
      const before = Number(await count(page).textContent());
      const other = `${raw}/api/v1/namespaces/payments/configmaps`;
      await api('POST', other, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ui-elsewhere' } });
      await create('here');
      await row(page, 'here').waitFor();
      await api('DELETE', `${other}/ui-elsewhere`);
      await remove('here');
      await row(page, 'here').waitFor({ state: 'detached' });
      assert.equal(Number(await count(page).textContent()), before);
      assert.equal(await row(page, 'ui-elsewhere').count(), 0);
    });
  });

  it('lets go of what no longer carries the label', async () => {
    await create('labelled', { labels: { tier: 'gold' } });
    await withPage({ path: `${path}&q=tier%3Dgold` }, async (page) => {
      await row(page, 'labelled').waitFor();
      await live(page);
      await api('PUT', `${maps}/labelled`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'labelled', labels: { tier: 'silver' } },
      });
      await row(page, 'labelled').waitFor({ state: 'detached' });
      await page.getByRole('heading', { name: `No config maps in ${SPACE}` }).waitFor();
    });
    await remove('labelled');
  });

  it('keeps the open object true', async () => {
    await create('opened', { data: { word: 'before' } });
    await withPage({ path: `${path}&open=${SPACE}/opened&tab=yaml` }, async (page) => {
      await page.getByText('word: before').waitFor();
      await live(page);
      await api('PUT', `${maps}/opened`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'opened' },
        data: { word: 'after', more: 'yes' },
      });
      await page.getByText('word: after').waitFor();
      await remove('opened');
      await page.getByText('opened has been deleted. This is its last known state.').waitFor();
    });
  });
});

describe('one stream', () => {
  it('serves what is opened beside the list, and the list goes on where it was', () =>
    withPage({ path: `/c/${DEMO}/pods?ns=payments` }, async (page) => {
      await live(page);
      const [first] = await names(page);
      const wider = page.waitForRequest(isStream);
      await row(page, first).getByRole('link').click();
      await page.getByRole('tab', { name: 'Events' }).click();
      const asked = askedFor(await wider);
      assert.deepEqual(Object.keys(asked), ['events@payments', 'pods@payments']);
      assert.match(asked['pods@payments'], /^\d+$/);
      const pod = (await api('GET', `${raw}/api/v1/namespaces/payments/pods/${first}`)).body;
      const { name, namespace, uid } = pod.metadata;
      const events = `${raw}/api/v1/namespaces/payments/events`;
      const made = await api('POST', events, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `ui-live.${Date.now()}`, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
        reason: 'SeenAtOnce',
        message: 'said while somebody looks',
        type: 'Warning',
        firstTimestamp: new Date().toISOString(),
        lastTimestamp: new Date().toISOString(),
        count: 1,
      });
      assert.equal(made.status, 201);
      await page.getByText('SeenAtOnce').waitFor();
      const narrower = page.waitForRequest(isStream);
      await page.getByRole('tab', { name: 'Summary' }).click();
      assert.deepEqual(Object.keys(askedFor(await narrower)), ['pods@payments']);
      await api('DELETE', `${events}/${made.body.metadata.name}`);
    }));

  it('is one for each of two tabs, and both see what changes', () =>
    withPage({ path }, async (page, context) => {
      await live(page);
      const other = await context.newPage();
      await other.goto(page.url());
      await live(other);
      await create('twice');
      await row(page, 'twice').waitFor();
      await row(other, 'twice').waitFor();
      await other.close();
      await remove('twice');
      await row(page, 'twice').waitFor({ state: 'detached' });
    }));

  it('ends when the page is left for one that follows nothing', () =>
    withPage({ path }, async (page) => {
      await live(page);
      const ended = page.waitForEvent('requestfailed', { predicate: isStream });
      await page.getByRole('link', { name: 'eksgate' }).click();
      await ended;
    }));
});

describe('what is no list', () => {
  const pods = `${raw}/api/v1/namespaces/${SPACE}/pods`;
  const pod = (name, image = 'registry.example.com/none') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'one', image }], nodeSelector: { nowhere: 'at-all' } },
  });

  it('on the map, pods come and go while it is shown', () =>
    withPage({ path: `/c/${DEMO}/map?q=flows`, offlineAllowed: true }, async (page) => {
      await page.getByRole('heading', { level: 2, name: 'Nothing matches' }).waitFor();
      await live(page);
      // Only the stream can tell now.
      await page.route('**/topology?*', (route) => route.abort());
      assert.equal((await api('POST', pods, pod('flows'))).status, 201);
      const group = page.getByRole('button', { name: new RegExp(`^${SPACE}, 1 pod,`) });
      await group.waitFor();
      await api('DELETE', `${pods}/flows?gracePeriodSeconds=0`);
      await group.waitFor({ state: 'detached' });
    }));

  it('in the overview, what breaks is seen', () =>
    withPage({ path: `/c/${DEMO}/overview` }, async (page) => {
      await live(page);
      const read = page.waitForRequest('**/dashboard');
      assert.equal((await api('POST', pods, pod('broken'))).status, 201);
      await read;
      await api('DELETE', `${pods}/broken?gracePeriodSeconds=0`);
    }));
});

describe('when the stream of changes breaks', () => {
  it('says so, goes on where it was, and misses nothing', () =>
    withPage({ path, offlineAllowed: true }, async (page, context) => {
      await live(page);
      // A stream that ends is one that broke.
      await show(page, false);
      await until(async () => (await page.getByText(/^live since/).count()) === 0, 'no longer live');
      await create('meanwhile');
      await context.setOffline(true);
      await show(page, true);
      await page.getByText(/^reconnecting, as of \d\d:\d\d:\d\d$/).waitFor();
      assert.equal(await row(page, 'meanwhile').count(), 0);
      await context.setOffline(false);
      await row(page, 'meanwhile').waitFor();
      await live(page);
      await remove('meanwhile');
      await row(page, 'meanwhile').waitFor({ state: 'detached' });
    }));

  it('is told all again where the cluster has forgotten what was between, and reads no list for it', () =>
    withPage({ path }, async (page) => {
      await live(page);
      await show(page, false);
      await create('forgotten');
      const lists = listsOf(page);
      // Of versions before it was started an API server knows nothing: its own answer is 410.
      let asked = 0;
      await page.route(
        (url) => url.pathname.endsWith('/events/stream'),
        (route) => {
          const url = new URL(route.request().url());
          if (asked++ === 0) url.searchParams.set('since', `configmaps@${SPACE}:1`);
          return route.continue({ url: url.href });
        },
      );
      await show(page, true);
      await row(page, 'forgotten').waitFor();
      await live(page);
      assert.deepEqual(lists, []);
      await remove('forgotten');
      await row(page, 'forgotten').waitFor({ state: 'detached' });
    }));

  it('goes on when the processes that served it are gone', { skip: !process.env.EKSGATE_SERVE }, () =>
    withPage({ path, offlineAllowed: true }, async (page) => {
      await live(page);
      const master = process.env.EKSGATE_SERVE;
      const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ');
      const again = page.waitForRequest(isStream);
      for (const child of children) process.kill(Number(child), 'SIGKILL');
      assert.match(askedFor(await again)[`configmaps@${SPACE}`], /^\d+$/);
      await until(async () => (await api('GET', '/health')).status === 200, 'it serves again');
      await create('afterwards');
      await row(page, 'afterwards').waitFor();
      await live(page);
      await remove('afterwards');
      await row(page, 'afterwards').waitFor({ state: 'detached' });
    }),
  );

  it('holds no stream while nobody can see the page', () =>
    withPage({ path }, async (page) => {
      await live(page);
      const lists = listsOf(page);
      const ended = page.waitForEvent('requestfailed', { predicate: isStream });
      await show(page, false);
      await ended;
      await create('unseen');
      const resumed = page.waitForRequest(isStream);
      await show(page, true);
      await resumed;
      await row(page, 'unseen').waitFor();
      assert.deepEqual(lists, []);
      await remove('unseen');
      await row(page, 'unseen').waitFor({ state: 'detached' });
    }));
});

describe('where there can be no stream', () => {
  it('reads at intervals when the cluster does not let it watch, and says so', async () => {
    // A right to list without one to watch, for the identity that may only view.
    const rbac = `${raw}/apis/rbac.authorization.k8s.io/v1`;
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'ui-list-only' },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] }],
    };
    const identity = (await api('GET', `/api/clusters/${DEMO}/access`)).status;
    assert.equal(identity, 200);
    await connectViewer();
    const { body } = await api('GET', `/api/clusters/${DEMO}/access`);
    const user = body.kubernetes_user.username;
    await connectDemo();
    await api('POST', `${rbac}/clusterroles`, role);
    await api('POST', `${rbac}/clusterrolebindings`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'ui-list-only' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ui-list-only' },
      subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    });
    try {
      await connectViewer();
      await withPage({ path: `/c/${DEMO}/nodes` }, async (page) => {
        await page.locator('tr.row').first().waitFor();
        const button = page.getByRole('button', { name: /^Read again now, as of/ });
        await until(
          async () => /does not let this identity watch/.test((await button.getAttribute('title')) ?? ''),
          'why it is not live',
        );
        await page.waitForRequest('**/resources/nodes?*', { timeout: 30_000 });
      });
    } finally {
      await connectDemo();
      await api('DELETE', `${rbac}/clusterrolebindings/ui-list-only`);
      await api('DELETE', `${rbac}/clusterroles/ui-list-only`);
    }
  });

  it('leaves connections for everything else, however many tabs there are', () =>
    withPage({ path }, async (page, context) => {
      await live(page);
      const tabs = [];
      for (let tab = 0; tab < 5; tab++) {
        const other = await context.newPage();
        tabs.push(other);
        await other.goto(page.url());
        await other.locator('tr.row').first().waitFor();
      }
      const states = async () =>
        (await Promise.all([page, ...tabs].map((tab) => tab.locator('.fresh-text').textContent()))).map(
          (text) => /^live/.test(text),
        );
      await until(async () => (await states()).filter(Boolean).length === 4, 'four of six are live');
      const crowded = tabs[(await states()).indexOf(false) - 1];
      assert.match(await crowded.locator('.fresh').getAttribute('title'), /Other tabs hold all the streams/);
      // It still reads, and so it still sees.
      await create('crowd');
      await crowded.locator('.fresh').click();
      await row(crowded, 'crowd').waitFor();
      await remove('crowd');
      for (const tab of tabs) await tab.close();
    }));
});
