// Changing, deleting and creating objects: what is tried, what is shown of it, whose fields they are, what is done.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  base,
  connectDemo,
  connectViewer,
  DEMO,
  fitsWindow,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-edit-${process.pid}`;
const raw = `/raw/clusters/${DEMO}`;
const maps = `${raw}/api/v1/namespaces/${SPACE}/configmaps`;

before(async () => {
  await startBrowser();
  await connectDemo();
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SPACE } };
  assert.equal((await api('POST', `${raw}/api/v1/namespaces`, space)).status, 201);
});
after(async () => {
  await connectDemo();
  await api('DELETE', `${raw}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

/** A config map that a manager of that name owns. */
async function applied(manager, name, data, labels) {
  const answer = await fetch(`${base}${maps}/${name}?fieldManager=${manager}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/apply-patch+yaml' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data }),
  });
  assert.ok(answer.ok, `apply ${name}: ${answer.status}`);
}
const read = async (name) => (await api('GET', `${maps}/${name}`)).body;

const place = (name, tab = 'edit') => `/c/${DEMO}/configmaps?ns=${SPACE}&open=${SPACE}/${name}&tab=${tab}`;
const editor = (page, name) => page.getByRole('textbox', { name: `YAML of ${name}` });
const review = (page) => page.getByRole('button', { name: 'Review changes' });
const change = (page, path) => page.locator('.change').filter({ hasText: path });

async function rewrite(page, name, what) {
  await editor(page, name).waitFor();
  const text = await editor(page, name).inputValue();
  await editor(page, name).fill(what(text));
}

describe('an object that is edited', () => {
  it('is tried first, shown field by field, and then applied', async () => {
    await applied('eksgate-ui', 'mine', { one: '1', two: '2' });
    await withPage({ path: place('mine', 'yaml') }, async (page) => {
      await page.getByText('two: "2"').waitFor();
      await page.keyboard.press('e');
      await editor(page, 'mine').waitFor();
      assert.match(page.url(), /tab=edit/);
      assert.equal(await review(page).isDisabled(), true);
      const text = await editor(page, 'mine').inputValue();
      assert.ok(!/managedFields|resourceVersion|uid/.test(text), text);
      await accessible(page, 'an editor');
      await rewrite(page, 'mine', (all) =>
        all.replace('one: "1"', 'one: "11"').replace('  two: "2"\n', '  three: "3"\n'),
      );
      await page.keyboard.press('Control+Enter');
      await page.getByText('3 fields change').waitFor();
      await change(page, 'data.one').getByText('11').waitFor();
      await change(page, 'data.two').getByText('removed').waitFor({ state: 'attached' });
      await change(page, 'data.three').getByText('added').waitFor({ state: 'attached' });
      assert.deepEqual((await read('mine')).data, { one: '1', two: '2' });
      await accessible(page, 'reviewing changes');
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await page.getByText(/^Applied at \d\d:\d\d:\d\d\.$/).waitFor();
      await page.getByText('three: "3"').waitFor();
      assert.deepEqual((await read('mine')).data, { one: '11', three: '3' });
      await accessible(page, 'after applying');
    });
  });

  it('names the owners of what it would change, and takes it over only after asking', async () => {
    await applied('pipeline', 'theirs', { word: 'old', other: 'same' });
    await withPage({ path: place('theirs') }, async (page) => {
      await rewrite(page, 'theirs', (text) => text.replace('word: old', 'word: new'));
      await review(page).click();
      await page.getByText('One field belongs to somebody else').waitFor();
      await page.getByText('owned by pipeline').waitFor();
      await change(page, 'data.word').getByText('new').waitFor();
      await accessible(page, 'a conflict');
      await page.getByRole('button', { name: 'Take over and apply…' }).click();
      const question = page.getByRole('dialog', { name: 'Take over 1 field of theirs?' });
      await question
        .getByText('They no longer belong to pipeline; eksgate owns them from then on.')
        .waitFor();
      await accessible(page, 'taking over');
      await question.getByRole('button', { name: 'Cancel' }).click();
      assert.equal((await read('theirs')).data.word, 'old');
      await page.getByRole('button', { name: 'Take over and apply…' }).click();
      await question.getByRole('button', { name: 'Take over 1 field' }).click();
      await page.getByText(/^Applied at/).waitFor();
      const { data, metadata } = await read('theirs');
      assert.equal(data.word, 'new');
      const owner = (name) =>
        JSON.stringify(metadata.managedFields.find(({ manager }) => manager === name).fieldsV1);
      assert.ok(owner('eksgate-ui').includes('f:word') && !owner('pipeline').includes('f:word'));
    });
  });

  it('does not take over what somebody has taken since it was shown', async () => {
    await applied('pipeline', 'moving', { word: 'old', other: 'same' });
    await withPage({ path: place('moving') }, async (page) => {
      await rewrite(page, 'moving', (text) => text.replace('word: old', 'word: new'));
      await review(page).click();
      await page.getByText('One field belongs to somebody else').waitFor();
      await applied('pipeline', 'moving', { word: 'old', other: 'changed' });
      await page.getByRole('button', { name: 'Take over and apply…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Take over 1 field' }).click();
      await page.getByText('2 fields belong to somebody else').waitFor();
      assert.deepEqual((await read('moving')).data, { word: 'old', other: 'changed' });
    });
  });

  it('says what stays although it was taken out, and removes it when told to', async () => {
    await applied('pipeline', 'shared', { stay: '1', go: '2' }, { team: 'x' });
    await withPage({ path: place('shared') }, async (page) => {
      await rewrite(page, 'shared', (text) =>
        text.replace('  go: "2"\n', '').replace(/ {2}labels:\n {4}team: x\n/, ''),
      );
      await review(page).click();
      await page.getByText('Nothing changes').waitFor();
      await page.getByText('2 fields that you took out stay').waitFor();
      assert.equal(await page.locator('.left').getByText('owned by pipeline').count(), 2);
      assert.equal(await page.getByRole('button', { name: 'Apply', exact: true }).isDisabled(), true);
      await accessible(page, 'what stays');
      await page.getByLabel('Remove them all the same').check();
      await page.getByText('2 fields change').waitFor();
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await page.getByText(/^Applied at/).waitFor();
      const { data, metadata } = await read('shared');
      assert.deepEqual(data, { stay: '1' });
      assert.equal(metadata.labels, undefined);
    });
  });

  it('covers the values of a Secret in the text and in what changes, and keeps those that are left', async () => {
    const path = `${raw}/api/v1/namespaces/${SPACE}/secrets`;
    const encoded = (text) => Buffer.from(text).toString('base64');
    await api('POST', path, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hidden' },
      data: { keep: encoded('open-sesame'), change: encoded('before') },
    });
    await withPage({ path: `/c/${DEMO}/secrets?ns=${SPACE}&open=${SPACE}/hidden&tab=edit` }, async (page) => {
      await rewrite(page, 'hidden', (text) => text.replace('"••• change (6 bytes)"', encoded('after')));
      assert.ok(!(await editor(page, 'hidden').inputValue()).includes(encoded('open-sesame')));
      await review(page).click();
      await page.getByText('1 field changes').waitFor();
      await change(page, 'data.change').getByText('Value covered').waitFor();
      assert.ok(!(await page.content()).includes(encoded('after')));
      await page.getByRole('button', { name: 'Take over and apply…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Take over 1 field' }).click();
      await page.getByText(/^Applied at/).waitFor();
      const { data } = (await api('GET', `${path}/hidden`)).body;
      assert.deepEqual(data, { keep: encoded('open-sesame'), change: encoded('after') });
    });
  });

  it('says in its line what cannot be read, and at its field what the cluster refuses', async () => {
    await applied('eksgate-ui', 'wrong', { a: '1' });
    await withPage({ path: place('wrong') }, async (page) => {
      await rewrite(page, 'wrong', (text) => `${text}  b: [1, 2\n`);
      await page.getByText(/^Line \d+, column \d+:/).waitFor();
      assert.equal(await review(page).isDisabled(), true);
      await accessible(page, 'a text with a fault');
      await rewrite(page, 'wrong', (text) => text.replace('  b: [1, 2\n', '').replace('data:', 'dta:'));
      await review(page).click();
      const alert = page.getByRole('alert');
      await alert.getByText(/wrong could not be applied\./).waitFor();
      await alert.getByText(/dta/).first().waitFor();
    });
  });

  it('is written with the keyboard: Tab, Enter, undo, and out again', async () => {
    await applied('eksgate-ui', 'typed', { a: '1' });
    await withPage({ path: place('typed') }, async (page) => {
      const area = editor(page, 'typed');
      await area.waitFor();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('extra:');
      await page.keyboard.press('Enter');
      await page.keyboard.type('b: |');
      await page.keyboard.press('Enter');
      await page.keyboard.type('text');
      assert.match(await area.inputValue(), /\nextra:\n {2}b: \|\n {4}text$/);
      await page.keyboard.press('Shift+Tab');
      assert.match(await area.inputValue(), /\n {2}text$/);
      await page.keyboard.press('Control+z');
      assert.match(await area.inputValue(), /\n {4}text$/);
      await page.keyboard.press('Escape');
      await page.getByText('Tab leaves the text now.').waitFor();
      await page.keyboard.press('Tab');
      assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'TEXTAREA');
      // What was written waits while something else is looked at.
      await page.getByRole('tab', { name: 'Summary' }).click();
      await page.getByRole('heading', { name: 'Identity' }).waitFor();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      assert.match(await area.inputValue(), /\n {4}text$/);
      await page.getByRole('button', { name: 'Discard' }).click();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      assert.ok(!(await area.inputValue()).includes('extra'));
    });
  });

  it('explains a right that is missing', async () => {
    await applied('eksgate-ui', 'forbidden', { a: '1' });
    await connectViewer();
    try {
      await withPage({ path: place('forbidden') }, async (page) => {
        await rewrite(page, 'forbidden', (text) => text.replace('a: "1"', 'a: "2"'));
        await review(page).click();
        const alert = page.getByRole('alert');
        await alert.getByText('Forbidden', { exact: true }).waitFor();
        await alert.getByRole('button', { name: 'Why am I refused?' }).waitFor();
      });
    } finally {
      await connectDemo();
    }
  });

  for (const width of [400, 1280, 1920]) {
    for (const dark of [false, true]) {
      it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
        await applied('pipeline', 'sized', { word: 'old' });
        await withPage({ path: place('sized'), width, dark }, async (page) => {
          await rewrite(page, 'sized', (text) => text.replace('old', `new ${'long '.repeat(100)}`));
          await fitsWindow(page);
          await accessible(page, `an editor at ${width} px`);
          await review(page).click();
          await page.getByText('One field belongs to somebody else').waitFor();
          await fitsWindow(page);
          await accessible(page, `a review at ${width} px`);
        });
      });
    }
  }
});

describe('an object that is deleted', () => {
  it('is named first, and leaves the list', async () => {
    await applied('eksgate-ui', 'leaving', { a: '1' });
    await withPage({ path: place('leaving', '') }, async (page) => {
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      const question = page.getByRole('dialog', { name: 'Delete ConfigMap leaving?' });
      await question.getByText(`It is in ${SPACE}.`).waitFor();
      await accessible(page, 'deleting');
      await page.keyboard.press('Escape');
      await question.waitFor({ state: 'detached' });
      assert.equal((await read('leaving')).metadata.name, 'leaving');
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await question.getByRole('button', { name: 'Delete ConfigMap leaving' }).click();
      await page.getByText('leaving has been deleted. This is its last known state.').waitFor();
      await row(page, 'leaving').waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('button', { name: 'Delete', exact: true }).count(), 0);
    });
  });

  it('with much that hangs on it is typed out, and takes or leaves what it owns', async () => {
    const sets = `${raw}/apis/apps/v1/namespaces/${SPACE}/statefulsets`;
    const labels = { app: 'grave' };
    const created = await api('POST', sets, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'grave' },
      spec: {
        serviceName: 'grave',
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'a', image: 'registry.example/a' }] },
        },
      },
    });
    assert.equal(created.status, 201);
    await withPage({ path: `/c/${DEMO}/statefulsets.apps?ns=${SPACE}&open=${SPACE}/grave` }, async (page) => {
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      const question = page.getByRole('dialog', { name: 'Delete StatefulSet grave?' });
      await question.getByLabel('Stays, without an owner').check();
      await question.getByRole('button', { name: 'Delete StatefulSet grave' }).click();
      await question.locator('.field-error').waitFor();
      assert.equal((await api('GET', `${sets}/grave`)).status, 200);
      await question.getByRole('textbox').fill('grave');
      await question.getByRole('button', { name: 'Delete StatefulSet grave' }).click();
      await question.waitFor({ state: 'detached' });
      await until(async () => (await api('GET', `${sets}/grave`)).status === 404, 'it is gone');
      const pod = await api('GET', `${raw}/api/v1/namespaces/${SPACE}/pods/grave-0`);
      assert.equal(pod.status, 200);
      assert.equal(pod.body.metadata.deletionTimestamp, undefined);
    });
  });
});

describe('objects that are pasted', () => {
  const text = (name) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}-a
data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}-b
---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}-c
spec: {containers: []}
`;
  const area = (page) => page.getByRole('textbox', { name: 'YAML or JSON of the objects' });
  const outcomes = (page) => page.getByRole('region', { name: 'What became of each object' });
  const outcome = (page, name) => outcomes(page).getByRole('listitem').filter({ hasText: name });

  it('are tried, then applied, each with what became of it', () =>
    withPage({ path: `/c/${DEMO}/configmaps?ns=${SPACE}` }, async (page) => {
      await page.getByRole('link', { name: 'New objects' }).click();
      await area(page).waitFor();
      assert.match(page.url(), new RegExp(`/new\\?ns=${SPACE}$`));
      await accessible(page, 'new objects');
      await area(page).fill(text('pasted'));
      await page.getByRole('button', { name: 'Try it' }).click();
      await outcomes(page).getByText('Tried on the server; nothing has been changed.').waitFor();
      await outcome(page, 'pasted-a').getByText('would be created').waitFor();
      await outcome(page, 'pasted-c').getByText('Invalid', { exact: true }).waitFor();
      assert.equal((await api('GET', `${maps}/pasted-a`)).status, 404);
      await accessible(page, 'what would become of them');
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await outcomes(page).getByText('2 of 3 objects applied').waitFor();
      assert.equal((await read('pasted-b')).metadata.namespace, SPACE);
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await outcome(page, 'pasted-a').getByText('changed', { exact: true }).waitFor();
      await outcome(page, 'pasted-a').getByRole('link', { name: 'Open' }).click();
      await page.getByRole('complementary', { name: 'ConfigMap pasted-a' }).waitFor();
    }));

  it('name the owner of what they would change, and take it over when told to', async () => {
    await applied('pipeline', 'owned', { word: 'old' });
    await withPage({ path: `/c/${DEMO}/new?ns=${SPACE}` }, async (page) => {
      await area(page).fill(
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned"}, "data": {"word": "new"}}',
      );
      await page.getByRole('button', { name: 'Try it' }).click();
      await page
        .getByRole('alert')
        .getByText(/pipeline/)
        .first()
        .waitFor();
      await page.getByLabel('Take over fields that others own').check();
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await outcomes(page).getByText('1 of 1 object applied').waitFor();
      assert.equal((await read('owned')).data.word, 'new');
    });
  });

  for (const width of [400, 1280, 1920]) {
    for (const dark of [false, true]) {
      it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, () =>
        withPage({ path: `/c/${DEMO}/new?ns=${SPACE}`, width, dark }, async (page) => {
          await area(page).fill(text('wide'));
          await page.getByRole('button', { name: 'Try it' }).click();
          await outcome(page, 'wide-a').waitFor();
          await fitsWindow(page);
          await accessible(page, `new objects at ${width} px`);
        }));
    }
  }
});
