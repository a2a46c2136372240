// Connecting, discovering, disconnecting: everything that ends in a cluster or in a sentence about why not.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  accessible,
  api,
  base,
  connectDemo,
  DEMO,
  disconnectAll,
  heading,
  keys,
  row,
  STAGING,
  startBrowser,
  stopBrowser,
  until,
  viewer,
  withPage,
} from './helpers.mjs';

before(startBrowser);
after(async () => {
  await stopBrowser();
  await connectDemo();
});

const OPERATOR = 'arn:aws:iam::123456789012:role/eks-operator';
const PARTNER = 'arn:aws:iam::123456789012:role/eks-partner';

const submit = (page) => page.getByRole('button', { name: 'Connect', exact: true });

describe('without any connection', () => {
  beforeEach(disconnectAll);

  it('the start page says what to do', () =>
    withPage({}, async (page) => {
      await heading(page, 'Clusters').waitFor();
      await page.getByRole('heading', { name: 'No cluster is connected yet' }).waitFor();
      await accessible(page, 'start page without clusters');
      await page.locator('.empty').getByRole('link', { name: 'Connect' }).click();
      await heading(page, 'Connect a cluster').waitFor();
    }));

  it('connects by access keys and leaves no secret behind', () =>
    withPage({ path: '/connect' }, async (page) => {
      await page.getByLabel('Cluster name').fill('demo');
      await page.getByLabel('Region').fill('us-east-1');
      await page.getByLabel('Access key ID').fill(keys.id);
      const secret = page.getByLabel('Secret access key');
      assert.equal(await secret.getAttribute('type'), 'password');
      assert.equal(await secret.getAttribute('autocomplete'), 'off');
      await secret.fill(keys.secret);
      const request = page.waitForRequest('**/api/clusters/connect');
      await submit(page).click();
      assert.equal((await request).postDataJSON().auth.secret_access_key, keys.secret);
      if (await secret.count()) assert.equal(await secret.inputValue(), '');
      await heading(page, 'Pods').waitFor();
      assert.match(page.url(), new RegExp(`/c/${DEMO}/pods$`));
      const kept = await page.evaluate(
        () => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.body.outerHTML,
      );
      assert.ok(!kept.includes(keys.secret));
    }));

  it('whatever is typed at once goes into the field it was aimed at, however late a page is drawn', async () => {
    for (const delay of [0, 30, 60, 90, 120]) {
      await withPage({}, async (page) => {
        await page.addInitScript((ms) => {
          const frame = window.requestAnimationFrame.bind(window);
          window.requestAnimationFrame = (call) => frame((at) => setTimeout(() => call(at), ms));
        }, delay);
        await page.goto(`${base}/connect?name=demo&region=us-east-1`);
        await page.getByLabel('Access key ID').fill('typed first');
        await page.getByLabel('Secret access key').fill('typed second');
        await page.getByLabel('Session token').fill('typed third');
        assert.equal(await page.getByLabel('Region').inputValue(), 'us-east-1');
        assert.equal(await page.getByLabel('Access key ID').inputValue(), 'typed first');
        assert.equal(await page.getByLabel('Secret access key').inputValue(), 'typed second');
        assert.equal(await page.getByLabel('Session token').inputValue(), 'typed third');
      });
    }
  });

  it('a wrong secret shows the code of AWS at the form, and the secret is gone', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      await page.getByLabel('Access key ID').fill(keys.id);
      await page.getByLabel('Secret access key').fill(`${keys.secret.slice(0, -1)}!`);
      await submit(page).click();
      const error = page.getByRole('alert');
      await error.getByText('demo could not be connected.').waitFor();
      await error.getByText('SignatureDoesNotMatch', { exact: true }).waitFor();
      await error.getByText(/^request [0-9a-f-]{16,}/).waitFor();
      await error.getByRole('button', { name: 'Copy details' }).waitFor();
      assert.equal(await page.getByLabel('Secret access key').inputValue(), '');
      assert.equal(await page.getByLabel('Access key ID').inputValue(), keys.id);
      await page.getByText('The secret was cleared when it was sent.').waitFor();
      await accessible(page, 'form with an error');
      assert.deepEqual((await api('GET', '/api/clusters')).body.clusters, []);
    }));

  it('an unknown key shows the code of AWS', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      await page.getByLabel('Access key ID').fill('AKIAIOSFODNN7EXAMPLE');
      await page.getByLabel('Secret access key').fill('not-a-real-secret');
      await submit(page).click();
      await page.getByRole('alert').getByText('InvalidClientTokenId', { exact: true }).waitFor();
    }));

  it('a cluster that does not exist shows the code of AWS', () =>
    withPage({ path: '/connect?name=nowhere&region=us-east-1' }, async (page) => {
      await page.getByLabel('Default chain').check();
      await submit(page).click();
      await page.getByRole('alert').getByText('ResourceNotFoundException', { exact: true }).waitFor();
    }));

  it('checks the fields before sending anything', () =>
    withPage({ path: '/connect' }, async (page) => {
      let sent = 0;
      page.on('request', (request) => {
        if (request.method() === 'POST') sent++;
      });
      await submit(page).click();
      assert.equal(await page.getByText('This is needed.').count(), 4);
      const name = page.getByLabel('Cluster name');
      assert.equal(await name.getAttribute('aria-invalid'), 'true');
      assert.equal(await name.evaluate((input) => input === document.activeElement), true);
      await name.fill('not a name');
      await page.getByLabel('Region').fill('somewhere');
      await page.getByLabel('Access key ID').fill('ASIAIOSFODNN7EXAMPLE');
      await page.getByLabel('Secret access key').fill('x');
      await submit(page).click();
      await page.getByText('A region looks like us-east-1.').waitFor();
      await page.getByText(/temporary and need their session token/).waitFor();
      assert.equal(sent, 0);
    }));

  it("puts the server's own objections at their fields", () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      await page.getByLabel('Profile', { exact: false }).first().check();
      await page.getByLabel('Profile name').fill('no-such-profile');
      await submit(page).click();
      const field = page.locator('#auth\\.profile-error');
      await field.waitFor();
      assert.match(await field.textContent(), /no-such-profile/);
      assert.equal(await page.getByLabel('Profile name').getAttribute('aria-invalid'), 'true');
    }));

  it('connects by the default chain', () =>
    withPage({ path: '/connect' }, async (page) => {
      await page.getByLabel('Cluster name').fill('demo');
      await page.getByLabel('Region').fill('us-east-1');
      await page.getByLabel('Default chain').check();
      assert.equal(await page.getByLabel('Secret access key').count(), 0);
      await submit(page).click();
      await heading(page, 'Pods').waitFor();
    }));

  it('discovers two regions, connects staging by one click, names why the other cannot be reached', () =>
    withPage({ path: '/discover' }, async (page) => {
      await page.getByRole('button', { name: 'Choose regions' }).click();
      const find = page.getByRole('combobox', { name: 'Choose regions' });
      await find.fill('eu-west-1');
      await find.press('Enter');
      await find.press('Escape');
      assert.match(page.url(), /region=us-east-1,eu-west-1/);
      await page.getByRole('button', { name: 'Find clusters' }).click();
      await row(page, 'staging').waitFor();
      await page.locator('[aria-rowcount="4"]').waitFor();
      await accessible(page, 'discovered clusters');

      await page.getByRole('button', { name: 'Connect demo in eu-west-1' }).click();
      const error = page.getByRole('alert');
      await error.getByText('demo could not be connected.').waitFor({ timeout: 60_000 });
      await error.getByText('ServiceUnavailable', { exact: true }).waitFor();
      await error.getByText(/unreachable/).waitFor();

      await page.getByRole('button', { name: 'Connect staging in us-east-1' }).click();
      await page.waitForURL(`**/c/${STAGING}/pods`);
      await page.getByRole('button', { name: 'Choose a cluster' }).getByText('staging').waitFor();
    }));

  it('discovers with typed keys and connects with them, once', () =>
    withPage({ path: '/discover?region=us-east-1' }, async (page) => {
      await page.getByLabel('Access keys').check();
      await page.getByLabel('Access key ID').fill(keys.id);
      await page.getByLabel('Secret access key').fill(keys.secret);
      await page.getByRole('button', { name: 'Find clusters' }).click();
      await row(page, 'staging').waitFor();
      assert.equal(await page.getByLabel('Secret access key').inputValue(), '');
      await page.getByRole('button', { name: 'Connect demo in us-east-1' }).click();
      await heading(page, 'Pods').waitFor();
      assert.ok(!(await page.content()).includes(keys.secret));
    }));

  it('assumes a role, says what is wrong with it, and shows it afterwards', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      await page.getByLabel('Default chain').check();
      assert.equal(await page.getByLabel('Role ARN').count(), 0);
      await page.getByLabel('Assume a role').check();
      const role = page.getByLabel('Role ARN');
      await submit(page).click();
      await page.getByText('This is needed.').waitFor();
      await role.fill('arn:aws:iam::123456789012:user/somebody');
      await page.getByLabel('External ID').fill('a b');
      await submit(page).click();
      await page.getByText('A role ARN looks like arn:aws:iam::123456789012:role/name.').waitFor();
      await page.getByText(/^An external ID has/).waitFor();
      await accessible(page, 'form with a role');

      // The partner's role is given only with its external ID.
      await role.fill(PARTNER);
      await page.getByLabel('External ID').fill('');
      await submit(page).click();
      await page.getByRole('alert').getByText('AccessDenied', { exact: true }).waitFor();
      await page.getByLabel('External ID').fill('sandbox-external-id');
      await submit(page).click();
      await heading(page, 'Pods').waitFor();
      assert.equal((await api('GET', `/api/clusters/${DEMO}`)).body.role_arn, PARTNER);
    }));

  it('assumes several roles one after another', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      await page.getByLabel('Default chain').check();
      await page.getByLabel('Assume a role').check();
      await page.getByLabel('Role ARN').fill(PARTNER);
      await page.getByLabel('Roles before it').fill(`${OPERATOR}\nno-role`);
      await submit(page).click();
      await page.getByText('no-role is no role ARN.', { exact: false }).waitFor();
      await page.getByLabel('Roles before it').fill(OPERATOR);
      const sent = page.waitForRequest('**/api/clusters/connect');
      await submit(page).click();
      const { auth } = (await sent).postDataJSON();
      assert.deepEqual(auth, { type: 'default', role_arn: PARTNER, role_chain: [OPERATOR] });
      // The partner trusts the administrator only, and AWS says whom it has refused: the role before.
      await page
        .getByRole('alert')
        .getByText(/assumed-role\/eks-operator/)
        .first()
        .waitFor();
    }));

  it('looks into all regions, shows how far it is, and can be stopped', () =>
    withPage({ path: '/discover?region=us-east-1' }, async (page) => {
      let answering = 3;
      const held = [];
      await page.route('**/api/clusters/available', (route) => {
        if (answering-- > 0) return route.continue();
        held.push(route);
      });
      await page.getByRole('button', { name: 'Choose regions' }).click();
      await page.getByRole('option', { name: 'All regions' }).click();
      await page.keyboard.press('Escape');
      assert.match(page.url(), /region=all/);
      await page.getByRole('button', { name: 'Find clusters' }).click();
      await row(page, 'staging').waitFor();
      await page.getByText(/^3 of \d\d regions have answered\.$/).waitFor();
      await page.getByRole('progressbar').waitFor();
      assert.ok(held.length <= 4, `${held.length} at once`);
      await accessible(page, 'half-way through the regions');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText(/^You stopped after 3 of \d\d regions\./).waitFor();
      await row(page, 'staging').waitFor();
      assert.equal(await page.getByRole('progressbar').count(), 0);

      await page.unroute('**/api/clusters/available');
      await page.getByRole('button', { name: 'Find clusters' }).click();
      await row(page, 'demo').nth(0).waitFor();
      await until(async () => (await page.getByRole('progressbar').count()) === 0, 'all regions');
      await page.locator('[aria-rowcount="4"]').waitFor();
    }));

  it('looks with several roles, and says which of them may not', () =>
    withPage({ path: '/discover?region=us-east-1' }, async (page) => {
      await page.getByLabel('Assume a role').check();
      await page.getByLabel('Role ARNs').fill(`${OPERATOR}\n${PARTNER}\n`);
      await page.getByRole('button', { name: 'Find clusters' }).click();
      await page.getByText('us-east-1 could not be listed as eks-partner 123456789012.').waitFor();
      await page.getByText('AccessDenied', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Connect demo in us-east-1' }).click();
      await heading(page, 'Pods').waitFor();
      assert.equal((await api('GET', `/api/clusters/${DEMO}`)).body.role_arn, OPERATOR);
    }));

  it('accepts a region that is not in its list', () =>
    withPage({ path: '/discover?region=us-east-1' }, async (page) => {
      await page.getByRole('button', { name: 'Choose regions' }).click();
      const find = page.getByRole('combobox', { name: 'Choose regions' });
      await find.fill('xx-test-9');
      await page.getByText('as typed').waitFor();
      await find.press('Enter');
      assert.match(page.url(), /region=us-east-1,xx-test-9/);
      await find.fill('nonsense');
      await page.getByText('Nothing matches “nonsense”').waitFor();
    }));
});

describe('with the demo cluster connected', () => {
  beforeEach(async () => {
    await disconnectAll();
    await connectDemo();
  });

  it('shows it, keeps favourites and colours in this browser', () =>
    withPage({}, async (page) => {
      await row(page, 'demo').waitFor();
      await page.getByText('us-east-1', { exact: true }).last().waitFor();
      await page.getByText('ACTIVE').waitFor();
      const star = page.getByRole('button', { name: 'Keep demo first' });
      await star.click();
      await page.getByRole('button', { name: 'Colour of demo' }).click();
      await page.getByRole('button', { name: 'Red' }).click();
      await page.reload();
      await row(page, 'demo').waitFor();
      assert.equal(await star.getAttribute('aria-pressed'), 'true');
      await row(page, 'demo').getByRole('link', { name: 'demo' }).click();
      await heading(page, 'Pods').waitFor();
      assert.equal(await page.locator('.shell').getAttribute('data-colour'), 'red');
    }));

  it('another identity is a conflict, and replaces only when told to', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      const fill = async () => {
        await page.getByLabel('Access key ID').fill(viewer.id);
        await page.getByLabel('Secret access key').fill(viewer.secret);
      };
      assert.equal(await page.getByLabel('Replace the connection that exists').count(), 0);
      await fill();
      await submit(page).click();
      await page.getByRole('alert').getByText('Conflict', { exact: true }).waitFor();
      await page.getByLabel('Replace the connection that exists').check();
      await fill();
      await submit(page).click();
      await heading(page, 'Pods').waitFor();
      await page.goto(`${page.url().split('/c/')[0]}/c/${DEMO}/secrets`);
      const error = page.getByRole('alert');
      await error.getByText('Forbidden', { exact: true }).waitFor();
      await error.getByText(/cannot list resource "secrets"/).waitFor();
      await error.getByText(/Ask for this right/).waitFor();
      await accessible(page, 'a list without the right to it');
    }));

  it('disconnects only after saying what that does', () =>
    withPage({}, async (page) => {
      const button = page.getByRole('button', { name: 'Disconnect demo in us-east-1' });
      await button.click();
      const dialog = page.getByRole('dialog', { name: 'Disconnect demo in us-east-1?' });
      await dialog.getByText('Nothing changes in AWS or in the cluster.').waitFor();
      await accessible(page, 'confirmation');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.equal((await api('GET', '/api/clusters')).body.clusters.length, 1);
      assert.equal(await button.evaluate((element) => element === document.activeElement), true);
      await button.click();
      await dialog.getByRole('button', { name: 'Disconnect demo' }).click();
      await page.getByRole('heading', { name: 'No cluster is connected yet' }).waitFor();
      await until(async () => (await api('GET', '/api/clusters')).body.clusters.length === 0, 'disconnected');
    }));

  it('a link to a cluster that is not connected says so', () =>
    withPage({ path: '/c/us-east-1_other/pods' }, async (page) => {
      await page.getByRole('alert').getByText('us-east-1_other is not connected.').waitFor();
      await page.getByRole('alert').getByRole('link', { name: 'Connect' }).waitFor();
    }));
});
