// What AWS knows of a cluster, who we are to it, and what happens when either says no.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  connectDemo,
  connectViewer,
  createAccessEntry,
  DEMO,
  deleteAccessEntry,
  fault,
  fitsWindow,
  heading,
  keys,
  names,
  noFaults,
  row,
  STAGING,
  sandbox,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const REMEMBERED_MS = 11_000;
const EKS = `/c/${DEMO}/eks`;

const OPERATOR = 'arn:aws:iam::123456789012:role/eks-operator';
const FORGOTTEN_MS = 200_000;

before(async () => {
  await startBrowser();
  await connectDemo();
  // Connected while it was let in; by the time a test wants it refused, the cluster has forgotten that it was.
  const { status } = await api('POST', '/api/clusters/connect', {
    cluster_name: 'staging',
    region: 'us-east-1',
    auth: { type: 'default', role_arn: OPERATOR },
    replace: true,
  });
  assert.ok(status === 200 || status === 201, `connect staging: ${status}`);
  deleteAccessEntry(OPERATOR, 'staging');
});
after(async () => {
  await noFaults();
  // As the sandbox made it.
  try {
    deleteAccessEntry(OPERATOR, 'staging');
  } catch {
    // Not created again: no test got that far.
  }
  createAccessEntry(OPERATOR, 'staging', 'sandbox:admins');
  await api('POST', `/api/clusters/${STAGING}/disconnect`, {});
  await connectDemo();
  await stopBrowser();
});

/** The gateway remembers AWS's answers for a moment. */
const settled = () => new Promise((resolve) => setTimeout(resolve, REMEMBERED_MS));

const tab = (page, name) => page.getByRole('tab', { name });
const whyDialog = (page) => page.getByRole('dialog', { name: 'Your access to demo' });

describe('the EKS page', () => {
  it('is reached by rail, key and palette', () =>
    withPage({ path: `/c/${DEMO}/pods` }, async (page) => {
      await row(page, /storefront/).waitFor();
      await page.getByRole('link', { name: 'EKS', exact: true }).click();
      await heading(page, 'EKS').waitFor();
      assert.match(page.url(), new RegExp(`${EKS}$`));
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await heading(page, 'Pods').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('k');
      await heading(page, 'EKS').waitFor();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('deploy');
      await page.keyboard.press('Enter');
      await heading(page, 'Deployments').waitFor();
    }));

  it('begins with what needs attention, in whichever part it is', () =>
    withPage({ path: EKS }, async (page) => {
      await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
      const { body } = await api('GET', `/api/clusters/${DEMO}/eks/nodegroups`);
      const degraded = body.nodegroups.find((group) => group.status === 'DEGRADED');
      const link = page.getByRole('link', { name: degraded.nodegroupName, exact: true });
      await link.waitFor();
      await page.getByText(/^AsgInstanceLaunchFailures: /).waitFor();
      await tab(page, /^faulty Node groups 2$/).waitFor();
      await page.getByText('arn:aws:eks:us-east-1:123456789012:cluster/demo').waitFor();
      await page.getByText('arn:aws:iam::123456789012:user/platform-admin').waitFor();
      await accessible(page, 'EKS overview');
      await link.click();
      await page.getByRole('complementary', { name: `Node group ${degraded.nodegroupName}` }).waitFor();
      assert.match(page.url(), /eks\/nodegroups\?open=/);
    }));

  it('shows each part as a list with its details, what is wrong first', () =>
    withPage({ path: EKS }, async (page) => {
      const parts = [
        [/Node groups/, 'nodegroups', 'nodegroups', 'nodegroupName'],
        [/Add-ons/, 'addons', 'addons', 'addonName'],
        [/Fargate profiles/, 'fargate-profiles', 'fargateProfiles', 'fargateProfileName'],
        [/Access entries/, 'access-entries', 'accessEntries', 'principalArn'],
        [/Insights/, 'insights', 'insights', 'name'],
        [/Updates/, 'updates', 'updates', 'id'],
        [/Pod identity/, 'pod-identity-associations', 'associations', 'serviceAccount'],
      ];
      for (const [label, part, list, name] of parts) {
        await tab(page, label).click();
        await page.waitForURL(`**${EKS}/${part}`);
        const { body } = await api('GET', `/api/clusters/${DEMO}/eks/${part}`);
        await until(async () => (await names(page)).length === body[list].length, part);
        const shown = (await names(page)).join('\n');
        for (const object of body[list]) assert.ok(shown.includes(object[name]), `${part}: ${object[name]}`);
        await fitsWindow(page);
      }
      await tab(page, /Insights/).click();
      const marks = page.locator('tr.row .status-word');
      await marks.first().waitFor();
      assert.deepEqual((await marks.allTextContents()).slice(0, 2), ['ERROR', 'WARNING']);

      await page.locator('tr.row').first().click();
      const drawer = page.getByRole('complementary');
      await drawer.getByText('recommendation', { exact: true }).waitFor();
      await accessible(page, 'an insight');
      await page.keyboard.press('2');
      await drawer.locator('.code').getByText('insightStatus').first().waitFor();
      await page.reload();
      await drawer.locator('.code').getByText('insightStatus').first().waitFor();
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'detached' });
    }));

  it('sorts, and keeps that in the address', () =>
    withPage({ path: `${EKS}/access-entries` }, async (page) => {
      await row(page, /platform-admin/).waitFor();
      const before = await names(page);
      await page.getByRole('button', { name: 'Name', exact: true }).click();
      await page.getByRole('button', { name: 'Name', exact: true }).click();
      await page.waitForURL('**sort=-name');
      assert.deepEqual(await names(page), [...before].sort().reverse());
    }));

  it('filters what it shows, and keeps that in the address', () =>
    withPage({ path: `${EKS}/addons` }, async (page) => {
      await row(page, 'coredns').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('core');
      await until(async () => (await names(page)).join() === 'coredns', 'one add-on');
      await page.waitForURL('**/addons?q=core');
      await page.reload();
      await until(async () => (await names(page)).join() === 'coredns', 'the same after reloading');
      await accessible(page, 'a filtered part');
      await page.getByRole('textbox', { name: 'Filter rows' }).fill('no such thing');
      await page.getByRole('button', { name: 'Show all' }).click();
      await row(page, 'vpc-cni').waitFor();
    }));

  it('hands out a kubeconfig without a secret', () =>
    withPage({ path: EKS }, async (page) => {
      const coming = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download kubeconfig' }).click();
      const download = await coming;
      assert.equal(download.suggestedFilename(), 'demo.kubeconfig');
      const text = readFileSync(await download.path(), 'utf8');
      assert.match(text, /kind: Config/);
      assert.ok(text.includes(`/raw/clusters/${DEMO}`), text);
      for (const secret of [keys.id, keys.secret]) assert.ok(!text.includes(secret));
    }));

  it('names the code and the right when one part is refused, and shows the others', async () => {
    await settled();
    await fault('eks:ListUpdates', 'AccessDeniedException', 403, 20);
    await withPage({ path: `${EKS}/updates` }, async (page) => {
      const error = page.getByRole('alert');
      await error.getByText('AccessDeniedException', { exact: true }).waitFor();
      await error.getByText('Reading this needs eks:ListUpdates, eks:DescribeUpdate.').waitFor();
      assert.equal(await error.getByRole('button', { name: 'Why am I refused?' }).count(), 0);
      await accessible(page, 'a refused part');
      await tab(page, /Add-ons/).click();
      await row(page, 'coredns').waitFor();
      await noFaults();
      await tab(page, /Updates/).click();
      await error.getByRole('button', { name: 'Try again' }).click();
      await page.locator('tr.row').first().waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
    });
  });

  for (const width of [400, 1280, 1920]) {
    for (const dark of [false, true]) {
      it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
        for (const path of [EKS, `${EKS}/nodegroups`, `${EKS}/access-entries`, `${EKS}/updates`]) {
          await withPage({ path, width, height: 900, dark }, async (page) => {
            await heading(page, 'EKS').waitFor();
            await page.locator('tr.row, .states').first().waitFor();
            await fitsWindow(page);
            await accessible(page, `${path} at ${width} px`);
          });
        }
      });
    }
  }
});

describe('why am I refused', () => {
  it('an accepted identity learns who it is', () =>
    withPage({ path: EKS }, async (page) => {
      await page.getByRole('button', { name: 'Who am I here?' }).click();
      const dialog = whyDialog(page);
      await dialog.getByText('demo accepts this identity.').waitFor();
      await dialog.getByText('demo knows you as platform-admin.').waitFor();
      await dialog.getByText('arn:aws:iam::123456789012:user/platform-admin', { exact: true }).waitFor();
      await dialog.getByText(/^\S+ old, renewed before \d\d:\d\d:\d\d$/).waitFor();
      assert.equal(await dialog.getByText('What would fix it').count(), 0);
      await accessible(page, 'who am I');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }));

  it('is offered at a list and in the drawer, where the cluster refuses', async () => {
    await connectViewer();
    try {
      await withPage({ path: `/c/${DEMO}/secrets` }, async (page) => {
        const why = page.getByRole('alert').getByRole('button', { name: 'Why am I refused?' });
        await why.click();
        const dialog = whyDialog(page);
        await dialog.getByText('demo knows you as viewer.').waitFor();
        await dialog.getByText('View', { exact: true }).waitFor();
        await page.keyboard.press('Escape');
        await page.goto(`${page.url().split('/c/')[0]}/c/${DEMO}/nodes?open=node-1`);
        await page.getByRole('complementary').getByRole('button', { name: 'Why am I refused?' }).click();
        await dialog.getByText('demo accepts this identity.').waitFor();
      });
    } finally {
      await connectDemo();
    }
  });

  it('a stranger is told what is missing, and let in by one who may', () =>
    withPage({ path: '/connect?name=demo&region=us-east-1' }, async (page) => {
      const { access_key_id, secret_access_key } = sandbox().users.stranger;
      await page.getByLabel('Access key ID').fill(access_key_id);
      await page.getByLabel('Secret access key').fill(secret_access_key);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await page.getByRole('alert').getByRole('button', { name: 'Why am I refused?' }).click();
      const dialog = whyDialog(page);
      await dialog.getByText('demo does not accept this identity.').waitFor();
      await dialog.getByText('arn:aws:iam::123456789012:user/stranger', { exact: true }).waitFor();
      await dialog.getByText(/aws eks create-access-entry/).waitFor();
      await accessible(page, 'a refused stranger');
      // The cluster is connected as somebody who may create the entry.
      await dialog.getByRole('button', { name: 'Create access entry with view policy' }).click();
      const question = page.getByRole('dialog', { name: 'Create an access entry in demo?' });
      await question.getByText(/user\/stranger gets the policy “View” in all of demo\./).waitFor();
      await accessible(page, 'confirming an access entry');
      await question.getByRole('button', { name: 'Create access entry with view policy' }).click();
      await dialog.getByText(/^The access entry was created\./).waitFor();
      await accessible(page, 'a stranger who was let in');
      await dialog.getByRole('button', { name: 'Close' }).click();
      try {
        await page.getByLabel('Replace the connection that exists').waitFor({ state: 'detached' });
        await until(async () => {
          const { status } = await api('POST', '/api/clusters/connect', {
            cluster_name: 'demo',
            region: 'us-east-1',
            auth: { type: 'credentials', access_key_id, secret_access_key },
            replace: true,
          });
          return status === 200;
        }, 'the stranger is let in');
      } finally {
        deleteAccessEntry('arn:aws:iam::123456789012:user/stranger');
        await connectDemo();
      }
    }));

  it('shows the fix of a connected identity, and reads the list again once it is in', () =>
    withPage({ path: `/c/${STAGING}/pods` }, async (page) => {
      const alert = page.getByRole('alert');
      const why = alert.getByRole('button', { name: 'Why am I refused?' });
      const dialog = page.getByRole('dialog', { name: 'Your access to staging' });
      // The cluster remembers for two minutes that it has accepted a token, so it may refuse and then accept again.
      await until(
        async () => {
          if (await dialog.isVisible()) return true;
          await page.keyboard.press('r');
          await why.click({ timeout: 1000 }).catch(() => undefined);
          return dialog.isVisible();
        },
        'staging refuses',
        FORGOTTEN_MS,
      );
      await until(
        async () => {
          if (await dialog.getByText('The cluster has no access entry for this identity.').isVisible())
            return true;
          await dialog.getByRole('button', { name: 'Try again' }).click();
          return false;
        },
        'why it refuses',
        FORGOTTEN_MS,
      );
      await dialog.getByRole('radio', { name: /^Edit/ }).check();
      await dialog.getByRole('button', { name: 'Create access entry with edit policy' }).click();
      await page
        .getByRole('dialog', { name: 'Create an access entry in staging?' })
        .getByRole('button', { name: 'Create access entry with edit policy' })
        .click();
      await dialog.getByText(/^The access entry was created\./).waitFor();
      await until(
        async () => {
          if (await dialog.getByText('staging accepts this identity.').isVisible()) return true;
          await dialog.getByRole('button', { name: 'Try again' }).click();
          return false;
        },
        'staging accepts',
        FORGOTTEN_MS,
      );
      // The list behind it was read again by itself.
      await page.locator('tr.row').first().waitFor();
      await alert.waitFor({ state: 'detached' });
      await dialog.getByRole('button', { name: 'Close' }).click();
      assert.equal(await page.locator('.stale').count(), 0);
      const { body } = await api('GET', `/api/clusters/${STAGING}/access`);
      assert.equal(body.principal_arn, OPERATOR);
      assert.match(JSON.stringify(body.access_entry), /AmazonEKSEditPolicy/);
    }));
});

describe('expired credentials', () => {
  it('are one strip over dimmed rows, and end by themselves', () =>
    withPage({ path: `${EKS}/updates` }, async (page) => {
      await page.getByText('VersionUpdate').first().waitFor();
      await settled();
      await fault('eks:ListUpdates', 'ExpiredTokenException', 403, 2);
      await page.keyboard.press('r');
      const strip = page
        .getByRole('status')
        .filter({ hasText: 'The AWS credentials of demo have expired or are missing.' });
      await strip.waitFor();
      await strip
        .getByText(/^What you see is as of \d\d:\d\d:\d\d; it is tried again on its own\.$/)
        .waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
      await page.getByText('VersionUpdate').first().waitFor();
      assert.equal(await page.locator('.table-box.stale').count(), 1);
      await accessible(page, 'rows that are not true any more');
      await noFaults();
      // Nobody has to connect anew, nor to press anything.
      await strip.waitFor({ state: 'detached', timeout: 60_000 });
      assert.equal(await page.locator('.stale').count(), 0);
    }));
});
