// Looking into a cluster: lists of any kind, what narrows them, one object, and how true it all is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  DEMO,
  heading,
  names,
  row,
  rows,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = 'ui-browser';
const raw = `/raw/clusters/${DEMO}`;
const PODS = `/c/${DEMO}/pods`;

before(async () => {
  await startBrowser();
  await connectDemo();
  await api('POST', `${raw}/api/v1/namespaces`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: SPACE },
  });
});
after(async () => {
  await api('DELETE', `${raw}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

const count = (page) => page.locator('.view-head .count');
const filter = (page) => page.getByRole('textbox', { name: 'Filter rows' });

describe('the list of pods', () => {
  it('shows what the API has, with its words and marks', async () => {
    await withPage({ path: PODS }, async (page) => {
      const grid = page.getByRole('grid', { name: 'Pods of demo' });
      // Asked for each time: jobs come and go beside this.
      await until(async () => {
        const shown = await count(page).textContent();
        const told = await grid.getAttribute('aria-rowcount');
        return shown === String((await rows('pods')).length) && told === String(Number(shown) + 1);
      }, 'the count of pods');
      const heads = await page.locator('.view-list thead th').allTextContents();
      assert.deepEqual(heads, ['Name', 'Namespace', 'Status', 'Ready', 'Restarts', 'Node', 'Age']);
      assert.ok((await page.locator('tr.row .mark-bad').count()) > 0, 'the sandbox has unhealthy pods');
      assert.ok((await page.locator('tr.row .mark-ok').count()) > 0);
      const time = page.locator('tr.row time').first();
      assert.match(await time.getAttribute('title'), /T.*Z/);
      await accessible(page, 'list of pods');
    });
  });

  it('filters by text, says how many of how many, and clears', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('storefront running');
      await until(
        async () => (await names(page)).every((name) => name.includes('storefront')),
        'only storefront',
      );
      assert.match(await count(page).textContent(), /^\d+ of \d+$/);
      assert.match(page.url(), /q=storefront\+running/);
      await filter(page).fill('no such thing');
      await page.getByRole('heading', { name: 'No pods match the filter' }).waitFor();
      await page.getByRole('button', { name: 'Show all' }).click();
      await row(page, /storefront/).waitFor();
    }));

  it('filters by label on the server', async () => {
    const [first] = await rows('pods', '&namespace=web');
    const object = (await api('GET', `${raw}/api/v1/namespaces/web/pods/${first.name}`)).body;
    const [key, value] = Object.entries(object.metadata.labels)[0];
    const wanted = await rows('pods', `&labelSelector=${encodeURIComponent(`${key}=${value}`)}`);
    await withPage({ path: PODS }, async (page) => {
      await filter(page).fill(`${key}=${value}`);
      await page.getByText('Filtered by the cluster:').waitFor();
      await until(async () => (await names(page)).length === wanted.length, 'the labelled pods');
      assert.deepEqual((await names(page)).sort(), wanted.map((one) => one.name).sort());
    });
  });

  it('shows only the unhealthy ones', () =>
    withPage({ path: PODS }, async (page) => {
      const button = page.getByRole('button', { name: /^Unhealthy [1-9]/ });
      await button.click();
      assert.match(page.url(), /unhealthy=1/);
      await until(
        async () =>
          (await page.locator('tr.row').count()) === (await page.locator('tr.row .mark-bad').count()),
        'only faults',
      );
      await row(page, /ledger/)
        .getByText('CrashLoopBackOff')
        .waitFor();
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
    }));

  it('narrows to several namespaces and remembers them in the address', async () => {
    const wanted = [
      ...(await rows('pods', '&namespace=payments')),
      ...(await rows('pods', '&namespace=web')),
    ];
    await withPage({ path: PODS }, async (page) => {
      await page.getByRole('button', { name: 'Choose namespaces' }).click();
      await page.getByRole('option', { name: 'payments' }).click();
      await page.getByRole('combobox', { name: 'Choose namespaces' }).fill('we');
      await page.getByRole('combobox', { name: 'Choose namespaces' }).press('Enter');
      await page.keyboard.press('Escape');
      await until(
        async () => (await count(page).textContent()) === String(wanted.length),
        'pods of two namespaces',
      );
      assert.match(page.url(), /ns=payments,web/);
      const shown = new Set(await page.locator('tr.row > td:nth-child(2)').allTextContents());
      assert.deepEqual([...shown].sort(), ['payments', 'web']);
      await page.reload();
      await until(
        async () => (await count(page).textContent()) === String(wanted.length),
        'the same after reloading',
      );
      // One namespace needs no column for it.
      await page.getByRole('button', { name: 'Choose namespaces' }).click();
      await page.getByRole('option', { name: 'payments' }).click();
      await until(
        async () => !(await page.locator('thead th').allTextContents()).includes('Namespace'),
        'no namespace column',
      );
    });
  });

  it('an empty namespace says where there may be more', () =>
    withPage({ path: `${PODS}?ns=${SPACE}` }, async (page) => {
      await page.getByRole('heading', { name: `No pods in ${SPACE}` }).waitFor();
      await page.getByRole('button', { name: 'All namespaces' }).last().click();
      await row(page, /storefront/).waitFor();
    }));

  it('sorts by any column, both ways, and back', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      const served = await names(page);
      const head = page.getByRole('columnheader', { name: 'Restarts' });
      await head.getByRole('button').click();
      await head.getByRole('button').click();
      assert.equal(await head.getAttribute('aria-sort'), 'descending');
      assert.match(page.url(), /sort=-restarts/);
      assert.match((await names(page))[0], /ledger/);
      await head.getByRole('button').click();
      assert.deepEqual(await names(page), served);
    }));

  it('shows and hides columns', () =>
    withPage({ path: PODS }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.getByRole('button', { name: 'Choose columns' }).click();
      await page.getByRole('option', { name: 'IP', exact: true }).click();
      await page.getByRole('columnheader', { name: 'IP' }).waitFor();
      await page.reload();
      await page.getByRole('columnheader', { name: 'IP' }).waitFor();
    }));
});

describe('kinds', () => {
  it('lists every kind the rail offers', async () => {
    await withPage({ path: PODS }, async (page) => {
      await page.getByRole('navigation').getByRole('link', { name: 'Pods' }).waitFor();
      for (const more of await page.locator('.rail-more').all()) await more.click();
      const links = await page
        .locator('.rail-group .rail-link')
        .evaluateAll((list) => list.map((link) => link.getAttribute('href')));
      assert.ok(links.length > 25, `${links.length} kinds`);
      for (const link of links) {
        await page.evaluate(
          (to) =>
            document.querySelector(`.rail-link[href="${CSS.escape(to)}"], .rail-link[href="${to}"]`).click(),
          link,
        );
        await page.waitForURL(`**${link}*`);
        await page.locator('.view-list .table, .view-list .empty, .view-list .error').first().waitFor();
        const text = await page.locator('.view-list').textContent();
        // Some kinds may be refused by the cluster itself, none by us.
        assert.ok(!/HTTP 5|NotFound|BadAnswer/.test(text), `${link}: ${text.slice(0, 300)}`);
      }
    });
  });

  it('shows a custom kind of the sandbox with its own columns', () =>
    withPage({ path: PODS }, async (page) => {
      await page.getByRole('navigation').getByRole('link', { name: 'Backup plans' }).click();
      await heading(page, 'Backup plans').waitFor();
      await row(page, /./).waitFor();
      assert.ok((await page.locator('thead th').allTextContents()).includes('Schedule'));
    }));

  it('shows a kind that was defined a moment ago', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gizmos.ui.example.com' },
      spec: {
        group: 'ui.example.com',
        scope: 'Namespaced',
        names: { plural: 'gizmos', singular: 'gizmo', kind: 'Gizmo', shortNames: ['gz'] },
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    properties: { size: { type: 'integer' }, phase: { type: 'string' } },
                  },
                },
              },
            },
            additionalPrinterColumns: [
              { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
              { name: 'Phase', type: 'string', jsonPath: '.spec.phase' },
            ],
          },
        ],
      },
    };
    const definitions = `${raw}/apis/apiextensions.k8s.io/v1/customresourcedefinitions`;
    const gizmos = `${raw}/apis/ui.example.com/v1alpha1/namespaces/${SPACE}/gizmos`;
    try {
      assert.equal((await api('POST', definitions, crd)).status, 201);
      const gizmo = (name, size, phase) => ({
        apiVersion: 'ui.example.com/v1alpha1',
        kind: 'Gizmo',
        metadata: { name },
        spec: { size, phase },
      });
      await until(
        async () => (await api('POST', gizmos, gizmo('small', 2, 'Ready'))).status === 201,
        'the kind is served',
      );
      await api('POST', gizmos, gizmo('large', 10, 'Failed'));
      await until(
        async () => {
          const { body } = await api('GET', `/api/clusters/${DEMO}/resources`);
          return body.resources.some((resource) => resource.type === 'gizmos.ui.example.com');
        },
        'discovery knows it',
        60_000,
      );
      await withPage({ path: PODS }, async (page) => {
        await page.getByRole('navigation').getByRole('link', { name: 'Gizmos' }).click();
        await row(page, 'small').waitFor();
        await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
        assert.deepEqual(await names(page), ['small', 'large']);
        await page.getByRole('button', { name: 'Unhealthy 1' }).waitFor();
        await row(page, 'large').click();
        await page.getByRole('tab', { name: 'YAML' }).click();
        await page.getByText('apiVersion: ui.example.com/v1alpha1').waitFor();
      });
    } finally {
      await api('DELETE', `${definitions}/gizmos.ui.example.com`);
    }
  });
});

describe('one object', () => {
  it('opens with summary, YAML, JSON and events, and the address brings it back', () =>
    withPage({ path: `${PODS}?ns=payments` }, async (page) => {
      await row(page, /ledger/).click();
      const drawer = page.getByRole('complementary', { name: /^Pod ledger/ });
      await drawer.getByText('CrashLoopBackOff').first().waitFor();
      await drawer.getByRole('heading', { name: 'Conditions' }).waitFor();
      await drawer.getByRole('heading', { name: 'Labels' }).waitFor();
      await accessible(page, 'summary of a pod');
      await drawer.getByRole('tab', { name: 'YAML' }).click();
      const code = drawer.locator('.code');
      await until(
        async () => /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}name: ledger/.test(await code.textContent()),
        'YAML',
      );
      assert.ok(!(await code.textContent()).includes('managedFields'));
      await accessible(page, 'YAML of a pod');
      await drawer.getByRole('button', { name: 'JSON' }).click();
      assert.equal(JSON.parse(await code.textContent()).kind, 'Pod');
      assert.match(page.url(), /open=payments\/ledger.*tab=yaml/);
      await page.reload();
      await until(
        async () => (await code.textContent()).startsWith('apiVersion: v1'),
        'the same tab after reloading',
      );
      await drawer.getByRole('tab', { name: 'Events' }).click();
      await drawer.locator('.states li, .empty').first().waitFor();
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'detached' });
      await page.goBack();
      await drawer.waitFor();
    }));

  it('follows a pod to its owner', () =>
    withPage({ path: `${PODS}?ns=web` }, async (page) => {
      await row(page, /storefront/).click();
      await page.getByRole('link', { name: /^ReplicaSet storefront-/ }).click();
      await heading(page, 'Replica sets').waitFor();
      await page.getByRole('complementary', { name: /^ReplicaSet storefront-/ }).waitFor();
      await page.getByRole('link', { name: 'Deployment storefront' }).click();
      await heading(page, 'Deployments').waitFor();
    }));

  it('covers the values of a Secret until asked', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'covered' },
      stringData: { word: 'open-sesame' },
    };
    await api('POST', `${raw}/api/v1/namespaces/${SPACE}/secrets`, secret);
    const encoded = Buffer.from('open-sesame').toString('base64');
    await withPage(
      { path: `/c/${DEMO}/secrets?ns=${SPACE}&open=${SPACE}/covered&tab=yaml` },
      async (page) => {
        await page.getByText('11 bytes').waitFor();
        assert.ok(!(await page.content()).includes(encoded));
        await page.getByLabel('Show secret values (base64)').check();
        await until(async () => (await page.locator('.code').textContent()).includes(encoded), 'the value');
      },
    );
  });

  it('shows hostile text as text', async () => {
    const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
    await api('POST', `${raw}/api/v1/namespaces/${SPACE}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hostile', annotations: { note: hostile } },
      data: { '-': hostile },
    });
    await withPage({ path: `/c/${DEMO}/configmaps?ns=${SPACE}&open=${SPACE}/hostile` }, async (page) => {
      await page.getByText(hostile).waitFor();
      await page.getByRole('tab', { name: 'YAML' }).click();
      await until(async () => (await page.locator('.code').textContent()).includes('onerror'), 'the text');
      assert.equal(await page.locator('main img, main script').count(), 0);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
    });
  });

  it('says when it is gone', async () => {
    const path = `${raw}/api/v1/namespaces/${SPACE}/configmaps`;
    await api('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'leaving' } });
    await withPage({ path: `/c/${DEMO}/configmaps?ns=${SPACE}&open=${SPACE}/leaving` }, async (page) => {
      await page.getByRole('heading', { name: 'Identity' }).waitFor();
      await api('DELETE', `${path}/leaving`);
      await page.getByText('leaving has been deleted. This is its last known state.').waitFor();
      await page.getByRole('heading', { name: 'Identity' }).waitFor();
    });
  });
});

describe('how true it is', () => {
  it('is live, and reads everything again when asked', () =>
    withPage({ path: PODS }, async (page) => {
      await page.getByText(/^live since \d\d:\d\d:\d\d$/).waitFor();
      const again = page.waitForRequest('**/resources/pods?*');
      await page.keyboard.press('r');
      await again;
    }));

  it('of what cannot be watched, says as of when it is, and reads it again by itself', () =>
    withPage({ path: `/c/${DEMO}/componentstatuses` }, async (page) => {
      await page.getByText(/^as of \d\d:\d\d:\d\d$/).waitFor();
      await page.waitForRequest('**/resources/componentstatuses?*');
    }));

  it('keeps old rows, dims them and says since when, and recovers', () =>
    withPage({ path: PODS, offlineAllowed: true }, async (page, context) => {
      await row(page, /storefront/).waitFor();
      const before = (await names(page)).length;
      await context.setOffline(true);
      await page.keyboard.press('r');
      await page.getByText(/^stale since \d\d:\d\d:\d\d$/).waitFor();
      await page
        .getByRole('alert')
        .getByText(/could not be read again/)
        .waitFor();
      assert.equal((await names(page)).length, before);
      assert.equal(await page.locator('.view-list .table-box.stale').count(), 1);
      await accessible(page, 'rows that are not true any more');
      await context.setOffline(false);
      await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
      await page.getByText(/^(live since|as of)/).waitFor();
      assert.equal(await page.locator('.stale').count(), 0);
    }));

  it('reads a long list page by page and draws only what can be seen', async () => {
    const path = `${raw}/api/v1/namespaces/${SPACE}/configmaps`;
    const total = 1100;
    const numbers = Array.from({ length: total }, (_, index) => index);
    const worker = async () => {
      for (let next = numbers.pop(); next !== undefined; next = numbers.pop()) {
        const name = `many-${String(next).padStart(4, '0')}`;
        const { status } = await api('POST', path, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, labels: { many: 'yes' } },
        });
        assert.ok(status === 201 || status === 409, `${status}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    try {
      await withPage({ path: `/c/${DEMO}/configmaps?ns=${SPACE}&q=many%3Dyes` }, async (page) => {
        await until(async () => /^1\u202f100$/.test(await count(page).textContent()), 'all config maps');
        assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '1101');
        assert.ok((await page.locator('tr.row').count()) < 80);
        await page.getByRole('grid').focus();
        await page.keyboard.press('End');
        await row(page, 'many-1099').waitFor();
        // Filtering a scrolled list must not leave an empty window.
        await filter(page).fill('many=yes many-0042');
        await row(page, 'many-0042').waitFor();
        assert.equal(await page.locator('tr.row').count(), 1);
      });
    } finally {
      await api('DELETE', `${path}?labelSelector=many%3Dyes`);
    }
  });
});
