// Namespaces: made by name, and deleted only after all that is in them has been named.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  DEMO,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const SPACE = `ui-space-${process.pid}`;
const spaces = `/c/${DEMO}/namespaces`;
const raw = `/raw/clusters/${DEMO}/api/v1/namespaces`;
const WAIT_MS = 60_000;

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(async () => {
  await api('DELETE', `${raw}/${SPACE}`);
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');
const phaseOf = async (name) => (await api('GET', `${raw}/${name}`)).body.status?.phase;

describe('a namespace', () => {
  it('is made by its name, and a wrong name is refused at its field', () =>
    withPage({ path: spaces }, async (page) => {
      await page.getByRole('button', { name: 'New namespace' }).click();
      const question = page.getByRole('dialog', { name: 'New namespace' });
      await question.getByRole('textbox').fill('Not A Name');
      await question.getByRole('button', { name: 'Create namespace' }).click();
      await question.getByText(/^Small letters, digits and dashes/).waitFor();
      await accessible(page, 'a wrong name');
      await question.getByRole('textbox').fill('default');
      await question.getByRole('button', { name: 'Create namespace' }).click();
      await question.getByText('AlreadyExists').waitFor();
      await question.getByRole('textbox').fill(SPACE);
      await question.getByRole('button', { name: 'Create namespace' }).click();
      await question.waitFor({ state: 'detached' });
      await drawer(page).getByRole('heading', { name: SPACE }).waitFor();
      await row(page, SPACE).getByText('Active').waitFor();
      assert.equal(await phaseOf(SPACE), 'Active');
    }));

  it('says what is in it, and names that before it goes', async () => {
    for (const name of ['one', 'two']) {
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
      assert.equal((await api('POST', `${raw}/${SPACE}/configmaps`, map)).status, 201);
    }
    await withPage({ path: `${spaces}?open=${SPACE}` }, async (page) => {
      await drawer(page).getByRole('link', { name: '2 configmaps' }).waitFor({ timeout: WAIT_MS });
      await accessible(page, 'what is in a namespace');
      await drawer(page).getByRole('button', { name: 'Delete' }).click();
      const question = page.getByRole('dialog', { name: `Delete Namespace ${SPACE}?` });
      await question.getByText('All that is in it is deleted too:').waitFor();
      await question.getByText('2 configmaps').waitFor();
      await accessible(page, 'deleting a namespace');
      await question.getByRole('button', { name: `Delete Namespace ${SPACE}` }).click();
      await question.locator('.field-error').waitFor();
      assert.equal(await phaseOf(SPACE), 'Active');
      await question.getByRole('textbox').fill(SPACE);
      await question.getByRole('button', { name: `Delete Namespace ${SPACE}` }).click();
      await question.waitFor({ state: 'detached' });
      await until(async () => (await phaseOf(SPACE)) !== 'Active', 'the namespace goes', WAIT_MS);
    });
  });

  it('that the cluster needs stays unless that is said too', () =>
    withPage({ path: `${spaces}?open=kube-system` }, async (page) => {
      await drawer(page).getByRole('button', { name: 'Delete' }).click();
      const question = page.getByRole('dialog', { name: 'Delete Namespace kube-system?' });
      await question.getByLabel(/^Delete it although the cluster needs it/).waitFor();
      await question.getByRole('textbox').fill('kube-system');
      await question.getByRole('button', { name: 'Delete Namespace kube-system' }).click();
      await question.getByText('kube-system could not be deleted.').waitFor();
      await accessible(page, 'a namespace that stays');
      assert.equal(await phaseOf('kube-system'), 'Active');
    }));
});
