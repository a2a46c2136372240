// Clusters that the gateway makes: ordered with a form that says what is wrong, tried as a dry run of real Terraform,
// the plan looked through, and one made only in part. A whole life: life.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
  fault,
  fitsWindow,
  heading,
  keyed,
  looksWell,
  names,
  noFaults,
  row,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const NAME = `ui-${process.pid}`;
const RUNS = `/api/provision/clusters/${NAME}/runs`;
const WAIT_MS = 120_000;

before(startBrowser);
after(stopBrowser);

/** The run that was ordered last. */
async function lastRun() {
  const { body } = await api('GET', RUNS);
  return body.items[0];
}

const field = (page, label) => page.getByLabel(label, { exact: true });
const wrong = (page, name) => page.locator(`#${name}-error`);

describe('ordering a cluster', () => {
  it('is reached by key, from the rail and from the list', () =>
    withPage({ path: '/' }, async (page) => {
      await heading(page, 'Clusters').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('r');
      await heading(page, 'Provision').waitFor();
      await page.keyboard.press('n');
      await heading(page, 'New cluster').waitFor();
      await page.goBack();
      await page
        .getByRole('navigation')
        .getByRole('link', { name: 'Provision' })
        .and(page.locator('[aria-current=page]'))
        .waitFor();
    }));

  it('says what is wrong while it is typed', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      await field(page, 'Name').fill('Prod_1');
      await wrong(page, 'cluster_name').getByText('Lower-case letters').waitFor();
      await field(page, 'Name').fill('prod-1');
      await wrong(page, 'cluster_name').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Provision prod-1' }).waitFor();
      await field(page, 'At least').fill('9');
      await wrong(page, 'node_desired').getByText('Between the least and the most.').waitFor();
      await page.getByText('Network', { exact: true }).click();
      await field(page, 'Address range').fill('8.8.0.0/16');
      await wrong(page, 'vpc_cidr').getByText('A private range').waitFor();
      // What is wrong is gone to, and nothing is sent.
      await page.getByRole('button', { name: 'Dry run' }).click();
      await until(
        () => page.evaluate(() => document.activeElement?.id === 'node_desired'),
        'the first field that is wrong has the focus',
      );
      await accessible(page, 'a form with faults');
    }));

  it('puts what the gateway refuses at its field, though that was closed', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      await field(page, 'Name').fill(NAME);
      await page.getByText('Advanced', { exact: true }).click();
      // Only the gateway knows that EKS does not keep 1.33 in standard support any more.
      await field(page, 'When standard support ends').selectOption('STANDARD');
      await page.getByText('Advanced', { exact: true }).click();
      await page.getByRole('button', { name: 'Dry run' }).click();
      await wrong(page, 'support_type').getByText('has ended').waitFor();
      await page.getByRole('alert').getByText('The order was not accepted.').waitFor();
      await field(page, 'When standard support ends').selectOption('EXTENDED');
      await wrong(page, 'support_type').waitFor({ state: 'detached' });
    }));

  it('offers the versions of add-ons that EKS has for the Kubernetes that is chosen', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      const version = page.locator('[id="addons[0].value"]');
      await field(page, 'Kubernetes').selectOption('1.33');
      await page.getByText('Add-ons', { exact: true }).click();
      await version
        .locator('option')
        .filter({ hasText: /^Default \(v/ })
        .waitFor({ state: 'attached' });
      assert.equal(await version.inputValue(), '');
      const { body } = await api('GET', '/api/provision/addons?region=ap-south-1&kubernetes_version=1.33');
      const { body: later } = await api(
        'GET',
        '/api/provision/addons?region=ap-south-1&kubernetes_version=1.36',
      );
      const listed = ({ items }, wanted) => items.find(({ name }) => name === wanted)?.versions ?? [];
      const name = await page.locator('[id="addons[0].name"]').inputValue();
      const offered = listed(body, name).map((each) => each.version);
      const values = await version.locator('option').evaluateAll((all) => all.map(({ value }) => value));
      assert.deepEqual(values, ['', ...offered]);
      const gone = offered.find((each) => !listed(later, name).some((other) => other.version === each));
      assert.ok(gone, 'one that is not for the newer Kubernetes');
      await version.selectOption(gone);
      await field(page, 'Kubernetes').selectOption('1.36');
      await page.getByText('EKS does not offer this version for Kubernetes 1.36.').waitFor();
      await version.selectOption('');
      await page.getByText('EKS does not offer this version').waitFor({ state: 'detached' });
      await accessible(page, 'the add-ons of an order');
    }));

  it('gives service accounts the roles that their pods have in AWS', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      await page.getByText('Roles of pods', { exact: true }).click();
      await page.getByRole('button', { name: 'Give a role' }).click();
      await field(page, 'Service account').fill('payments');
      await page.getByText('A service account like payments/api').waitFor();
      await field(page, 'Service account').fill('payments/api');
      await field(page, 'Role').fill('api');
      await page.getByText('A role like arn:aws:iam::').waitFor();
      await field(page, 'Role').fill('arn:aws:iam::123456789012:role/api');
      await page.getByText('A role like arn:aws:iam::').waitFor({ state: 'detached' });
      await page.getByText('Roles of pods', { exact: true }).click();
      await page.locator('.section-says').getByText('payments/api').waitFor();
    }));

  it(
    'cannot be done where nobody makes clusters, which is said beforehand',
    {
      skip: keyed.url ? false : 'EKSGATE_KEYED_URL is not set: run.py starts such a gateway',
    },
    () =>
      withPage({ at: keyed.url }, async (page) => {
        await page.getByLabel('API key').fill(keyed.key);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await heading(page, 'Clusters').waitFor();
        await page.keyboard.press('g');
        await page.keyboard.press('r');
        await heading(page, 'Provision').waitFor();
        await page.getByText('This gateway makes no clusters.').waitFor();
        await page.keyboard.press('n');
        await field(page, 'Name').fill('nowhere');
        await page.getByText(/An operator sets EKSGATE_PROVISION_RUNNER to local/).waitFor();
        await page
          .getByRole('button', { name: 'Provision nowhere' })
          .and(page.locator(':disabled'))
          .waitFor();
        await page.getByRole('button', { name: 'Dry run' }).and(page.locator(':disabled')).waitFor();
        await looksWell(page, 'an order where nobody makes clusters');
      }),
  );

  it('names what it will cost, and what of it is for extended support', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      const costs = page.getByRole('complementary', { name: 'Cost per month, roughly' });
      const sum = costs.getByRole('row', { name: 'Together' });
      await costs.getByRole('row', { name: 'Extended support surcharge' }).waitFor();
      const first = await sum.textContent();
      await field(page, 'Kubernetes').selectOption('1.35');
      await costs.getByRole('row', { name: 'Extended support surcharge' }).waitFor({ state: 'detached' });
      assert.notEqual(await sum.textContent(), first);
      await costs.getByText(/^As of /).waitFor();
    }));

  it('is tried as a dry run by Enter: followed to its plan, which can be looked through but not approved', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      await field(page, 'Name').fill(NAME);
      await field(page, 'Name').press('Enter');
      await page.getByText(/Kubernetes 1\.33 is in extended support/).waitFor();
      await page.getByText('Nothing was changed.').waitFor({ timeout: WAIT_MS });
      const run = await lastRun();
      assert.equal(run.op, 'test');
      assert.ok(page.url().endsWith(`/provision/clusters/${NAME}/runs/${run.run}`), page.url());

      const vpc = page.getByRole('button', { name: 'aws_vpc.this[0]' });
      await page.keyboard.press('/');
      await page.keyboard.type('aws_vpc.this');
      await vpc.click();
      const attribute = page
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: 'cidr_block', exact: true }) });
      await attribute.getByText('10.60.0.0/16').waitFor();
      await page
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: 'arn', exact: true }) })
        .getByText('known after it is applied')
        .waitFor();
      await vpc.press('ArrowLeft');
      await attribute.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Approve…' }).and(page.locator(':disabled')).waitFor();
      await page.getByText('A dry run is only looked at.').waitFor();

      await page.getByRole('tab', { name: 'Log' }).click();
      await page.getByText('aws_vpc.this[0]: Plan to create').first().waitFor();
      await page.reload();
      await page.getByRole('tab', { name: 'Log', selected: true }).waitFor();
    }));
});

describe('a cluster that is made in part', () => {
  const PART = `${NAME}-part`;
  const place = `/provision/clusters/${PART}`;
  const step = (page, name) => page.locator('[aria-current=step]').getByText(name);

  after(noFaults);

  it('is planned, approved by exactly that hash, followed, and cancelled', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      // Its control plane does not come along, so that the run is still there to be cancelled.
      await fault('eks:CreateCluster', 'ThrottlingException', 429, 1000, PART);
      await field(page, 'Name').fill(PART);
      await field(page, 'Region').fill('us-east-1');
      await page.getByLabel('Wait for approval').check();
      await page.getByRole('button', { name: `Provision ${PART}` }).click();
      await page.getByText('Nothing is changed before this plan is approved.').waitFor({ timeout: WAIT_MS });
      await page.getByRole('button', { name: 'aws_eks_cluster.this' }).waitFor();
      const { plan_hash } = (await api('GET', `/api/provision/clusters/${PART}/runs`)).body.items[0];
      await page.getByRole('button', { name: 'Approve…' }).click();
      const question = page.getByRole('dialog', { name: `Approve this plan for ${PART}?` });
      await question.getByText(plan_hash, { exact: true }).waitFor();
      await accessible(page, 'approving a plan');
      await question.getByRole('button', { name: 'Approve and apply' }).click();

      await step(page, 'Apply').waitFor({ timeout: WAIT_MS });
      await page
        .getByRole('list', { name: 'What is being worked on' })
        .getByText('aws_eks_cluster.this')
        .waitFor({
          timeout: WAIT_MS,
        });
      assert.ok((await page.getByRole('progressbar', { name: 'Progress' }).getAttribute('value')) > 0);
      await page.getByText(/\d+ of \d+ resources/).waitFor();
      await looksWell(page, 'a run at work');
      await page.getByRole('button', { name: 'Cancel the run' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
      await page.getByText('Cancelled.', { exact: true }).waitFor({ timeout: WAIT_MS });
    }));

  it('can be taken up again, or destroyed by its name, and forgotten', () =>
    withPage({ path: place }, async (page) => {
      await page.getByText('Made in part', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await page.getByRole('button', { name: 'Destroy…' }).click();
      const question = page.getByRole('dialog', { name: `Destroy ${PART}?` });
      await question.getByLabel(`Type ${PART} to destroy it`).fill('something else');
      await question.getByRole('button', { name: `Destroy ${PART}` }).click();
      await question.locator('#name-error').waitFor();
      await question.getByLabel(`Type ${PART} to destroy it`).fill(PART);
      await question.getByRole('button', { name: `Destroy ${PART}` }).click();
      await page.getByText(/The cluster is destroyed\./).waitFor({ timeout: WAIT_MS });
      await page.getByRole('link', { name: `Go to ${PART}` }).click();
      await page.getByRole('button', { name: 'Forget…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Forget it' }).click();
      await heading(page, 'Provision').waitFor();
      await until(
        async () => (await api('GET', `/api/provision/clusters/${PART}`)).status === 404,
        'it is forgotten',
        WAIT_MS,
      );
    }));
});

describe('what has been ordered', () => {
  it('is listed, and leads to its cluster and its runs', () =>
    withPage({ path: '/provision' }, async (page) => {
      await row(page, NAME).getByText('Not made yet').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(NAME);
      await until(async () => (await names(page)).length === 1, 'the filter leaves the one');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await heading(page, NAME).waitFor();
      // What is not there can be neither changed nor destroyed.
      assert.equal(await page.getByRole('button', { name: 'Destroy…' }).count(), 0);
      await page.getByRole('tab', { name: 'Runs' }).click();
      await row(page, 'Dry run').getByText('Completed').waitFor();
      await page.getByRole('tab', { name: 'Order' }).click();
      await page.getByText('10.60.0.0/16').waitFor();
    }));

  it('is the beginning of another order', () =>
    withPage({ path: `/provision/clusters/${NAME}` }, async (page) => {
      await page.getByRole('link', { name: 'Order again' }).click();
      await page.getByText(`like ${NAME}`).waitFor();
      assert.equal(await field(page, 'Name').inputValue(), '');
      assert.equal(await field(page, 'Region').inputValue(), 'ap-south-1');
    }));

  it('says so where there is nothing', () =>
    withPage({ path: '/provision/clusters/nowhere' }, async (page) => {
      await page.getByRole('heading', { name: 'There is no provisioned cluster nowhere' }).waitFor();
      await page.getByRole('link', { name: 'All provisioned clusters' }).click();
      await heading(page, 'Provision').waitFor();
    }));

  for (const [width, dark] of [
    [400, true],
    [1280, false],
  ]) {
    it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
      const { run } = await lastRun();
      const cluster = `/provision/clusters/${NAME}`;
      const pages = {
        '/provision': (page) => row(page, NAME),
        '/provision/new': (page) => page.getByText('Together'),
        [cluster]: (page) => page.getByText('Together'),
        [`${cluster}/runs/${run}/plan?all=1`]: (page) => page.getByText('cidr_block').first(),
      };
      for (const [path, shown] of Object.entries(pages)) {
        await withPage({ path, width, height: 900, dark }, async (page) => {
          await shown(page).waitFor();
          await fitsWindow(page);
          await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
        });
      }
    });
  }

  it('is forgotten after asking, and then there is none', () =>
    withPage({ path: `/provision/clusters/${NAME}` }, async (page) => {
      await page.getByRole('button', { name: 'Forget…' }).click();
      const question = page.getByRole('dialog', { name: `Forget ${NAME}?` });
      await accessible(page, 'forgetting a cluster');
      await question.getByRole('button', { name: 'Forget it' }).click();
      await heading(page, 'Provision').waitFor();
      await page
        .getByRole('heading', { name: 'No cluster has been provisioned yet' })
        .waitFor({ timeout: WAIT_MS });
      await accessible(page, 'no provisioned clusters');
    }));
});
