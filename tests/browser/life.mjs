// The whole life of a cluster, clicked: ordered, made by real Terraform, opened, found changed behind its back, changed,
// upgraded, cut off and taken up again, protected, destroyed and forgotten. Nothing that is shown is made up. Run by
// tests/lives/test_browser.py, since it takes minutes; EKSGATE_SCREENSHOTS names a folder for pictures of every state.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  api,
  fault,
  heading,
  looksWell,
  noFaults,
  row,
  sandbox,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

const NAME = process.env.EKSGATE_LIFE;
const REGION = 'us-east-1';
const PLACE = `/provision/clusters/${NAME}`;
const WAIT = { timeout: 10 * 60_000 };
const GROUP = 'aws_eks_node_group.second';

before(startBrowser);
after(stopBrowser);
after(noFaults);

const field = (page, label) => page.getByLabel(label, { exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const said = (page, text) => page.getByRole('status').getByText(text).first();
const working = (page) => page.getByRole('list', { name: 'What is being worked on' });
const cluster = async () => (await api('GET', `/api${PLACE}`)).body;
const lastRun = async () => (await api('GET', `/api${PLACE}/runs`)).body.items[0];

/** As somebody would who goes past the gateway. */
function aws(code) {
  const start = `import boto3, sys; eks = boto3.client('eks', region_name='${REGION}'); name = sys.argv[1]; `;
  return execFileSync(sandbox().python, ['-c', start + code, NAME], { encoding: 'utf8' }).trim();
}

/** The run with all that it has started, at once: as a machine that loses its power. */
function kill(run) {
  const mark = `\0EKSGATE_RUN=${run}\0`;
  const environment = (pid) => {
    try {
      return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
    } catch {
      return '';
    }
  };
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environment(pid).includes(mark));
  assert.ok(found.length > 1, 'the run has processes');
  for (const pid of found) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It went with its parent.
    }
  }
}

/** The lock that a Terraform of another machine leaves in S3 when it is killed. */
function lock(who) {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+)$/.exec(process.env.EKSGATE_LIFE_STATE);
  const Key = `${prefix}/clusters/${NAME}/terraform.tfstate.tflock`;
  const held = {
    ID: 'c5fa1c33-6a0c-9b0d-5a5e-1f8c3a3a1a10',
    Operation: 'OperationTypeApply',
    Info: '',
    Who: who,
    Version: '1.11.4',
    Created: new Date().toISOString(),
    Path: `${bucket}/${prefix}/clusters/${NAME}/terraform.tfstate`,
  };
  const put = `s3.put_object(Bucket='${bucket}', Key='${Key}', Body='${JSON.stringify(held)}', IfNoneMatch='*')`;
  aws(`s3 = boto3.client('s3', region_name='${REGION}'); ${put}`);
}

/** To the end of the run that the page shows, which must be this one. */
async function ends(page, word, text) {
  const end = page.getByRole('status').getByText(/^(Completed|Failed|Cancelled|Blocked|Unknown)\.$/);
  await end.waitFor(WAIT);
  assert.equal(await end.textContent(), word);
  if (text) await page.getByText(text).first().waitFor();
}

async function cancelled(page) {
  await button(page, 'Cancel the run').click();
  await button(page.getByRole('dialog'), 'Cancel the run').click();
  await ends(page, 'Cancelled.');
}

async function approved(page) {
  const { plan_hash } = await lastRun();
  await button(page, 'Approve…').click();
  await page.getByRole('dialog').getByText(plan_hash, { exact: true }).waitFor();
  await looksWell(page, 'approving a plan');
  await button(page, 'Approve and apply').click();
}

describe('a cluster', () => {
  it('is made as it was ordered, while one looks on', () =>
    withPage({ path: '/provision/new' }, async (page) => {
      await field(page, 'Name').fill(NAME);
      await field(page, 'Region').fill(REGION);
      await field(page, 'Kubernetes').selectOption('1.35');
      await field(page, 'Instance type').fill('m5.large');
      await page.getByText('Add-ons', { exact: true }).click();
      await page.getByText('Roles of pods', { exact: true }).click();
      await page
        .getByText(/^Default \(v/)
        .first()
        .waitFor({ state: 'attached' });
      await page.getByText('Together').waitFor();
      await looksWell(page, 'an order');
      await button(page, `Provision ${NAME}`).click();
      await working(page).getByText('aws_eks_cluster.this').waitFor(WAIT);
      await page.getByText(/^about .* left$/).waitFor(WAIT);
      await page
        .getByText(/: Creation complete after/)
        .first()
        .waitFor(WAIT);
      await looksWell(page, 'a cluster being made');
      await ends(page, 'Completed.', /The cluster is there\./);
      await page.getByRole('tab', { name: 'Facts' }).click();
      await looksWell(page, 'facts of a run');
      await page.getByRole('tab', { name: 'Plan' }).click();
      await page.getByRole('button', { name: 'aws_eks_cluster.this' }).click();
      await looksWell(page, 'a plan that was applied');
    }));

  it('is connected by itself, and one click away', () =>
    withPage({ path: '/provision' }, async (page) => {
      await row(page, NAME).getByText('Ready').waitFor();
      await looksWell(page, 'provisioned clusters');
      await page.setViewportSize({ width: 1280, height: 800 });
      await row(page, NAME).getByRole('link', { name: NAME }).click();
      await page.getByText('Nothing needs attention').waitFor();
      await looksWell(page, 'a cluster that is well');
      await page.getByRole('link', { name: 'Open cluster' }).click();
      await page.waitForURL(new RegExp(`/c/${REGION}_${NAME}`));
      await page.goto(new URL(`/c/${REGION}_${NAME}/namespaces`, page.url()).href);
      await row(page, 'kube-system').getByText('Active').waitFor();
    }));

  it('shows what was changed behind its back, and puts it back', () =>
    withPage({ path: PLACE }, async (page) => {
      aws(
        "group = sorted(eks.list_nodegroups(clusterName=name)['nodegroups'])[-1]; " +
          'eks.update_nodegroup_config(clusterName=name, nodegroupName=group, ' +
          "scalingConfig={'minSize': 1, 'desiredSize': 2, 'maxSize': 9}); " +
          "eks.get_waiter('nodegroup_active').wait(clusterName=name, nodegroupName=group)",
      );
      await button(page, 'Check drift').click();
      await page.getByRole('button', { name: GROUP }).waitFor(WAIT);
      await page.getByRole('button', { name: GROUP }).click();
      await page.getByText('scaling_config').first().waitFor();
      await looksWell(page, 'drift');
      await page.goto(page.url().replace(/\/runs.*$/, ''));
      await said(page, /AWS differs from the order in one resource/).waitFor();
      await looksWell(page, 'a cluster that has drifted');
      await page.getByRole('link', { name: 'Look at the plan' }).click();
      await approved(page);
      await ends(page, 'Completed.', /1 changed/);
    }));

  it('is not changed by a plan that would lose nodes', () =>
    withPage({ path: `${PLACE}/change` }, async (page) => {
      await field(page, 'Instance type').fill('m5.xlarge');
      await button(page, `Change ${NAME}`).click();
      await page.getByRole('alert').getByText(GROUP, { exact: true }).waitFor(WAIT);
      await button(page, 'Approve…').and(page.locator(':disabled')).waitFor();
      await looksWell(page, 'a plan that is blocked');
      await page.goto(page.url().replace(/\/runs.*$/, ''));
      await page.getByText('Change: blocked.').first().waitFor();
      await looksWell(page, 'a cluster whose change was blocked');
    }));

  it('is changed in place by another order', () =>
    withPage({ path: `${PLACE}/change` }, async (page) => {
      assert.equal(await field(page, 'Instance type').inputValue(), 'm5.large');
      await page.getByText('Tags', { exact: true }).click();
      await button(page, 'Add a tag').click();
      await field(page, 'Key').fill('team');
      await field(page, 'Value').fill('payments');
      await looksWell(page, 'a change');
      await button(page, `Change ${NAME}`).click();
      await ends(page, 'Completed.', /The cluster is as ordered\./);
      const tagged = aws("print(eks.describe_cluster(name=name)['cluster']['tags']['team'])");
      assert.equal(tagged, 'payments');
    }));

  it('is upgraded by a plan that was approved, cut off in it, and taken up again', () =>
    withPage({ path: `${PLACE}/upgrade` }, async (page) => {
      await page.getByRole('heading', { name: 'Upgrade to 1.36' }).waitFor();
      const warned = page.getByLabel(/I have read the warnings/);
      await button(page, 'Upgrade to 1.36').waitFor();
      await until(
        async () => (await warned.count()) > 0 || (await button(page, 'Plan only').isEnabled()),
        'what EKS says of the upgrade',
      );
      await looksWell(page, 'an upgrade');
      if ((await warned.count()) > 0) await warned.check();
      await button(page, 'Plan only').click();
      await page.getByText('Nothing is changed before this plan is approved.').waitFor(WAIT);
      await looksWell(page, 'a plan that waits');
      // EKS does not get to it, so that the run is still there to be cancelled.
      await fault('eks:UpdateClusterVersion', 'ThrottlingException', 429, 1000, NAME);
      await approved(page);
      await working(page).getByText('aws_eks_cluster.this').waitFor(WAIT);
      await cancelled(page);
      await looksWell(page, 'a run that was cancelled');
      await noFaults();
      await page.getByRole('link', { name: `Go to ${NAME}` }).click();
      await button(page, 'Resume').click();
      await ends(page, 'Completed.');
      assert.equal((await cluster()).kubernetes_version, '1.36');
    }));

  it('goes on where a run was killed, and is freed of the lock that somebody else has left', () =>
    withPage({ path: PLACE }, async (page) => {
      const scale = async (nodes) => {
        await button(page, 'Scale…').click();
        await field(page, 'Wanted').fill(nodes);
        await looksWell(page, 'scaling');
        await button(page, `Scale to ${nodes}`).click();
      };
      const back = () => page.getByRole('link', { name: `Go to ${NAME}` }).click();
      await fault('eks:UpdateNodegroupConfig', 'ThrottlingException', 429, 1000, NAME);
      await scale('3');
      await working(page).getByText(GROUP).waitFor(WAIT);
      kill((await lastRun()).run);
      await ends(page, 'Failed.', /Interrupted/);
      await looksWell(page, 'a run that was killed');
      await noFaults();
      await back();
      await button(page, 'Resume').click();
      await ends(page, 'Completed.');
      await back();

      lock('somebody@elsewhere');
      await scale('2');
      await ends(page, 'Failed.');
      await looksWell(page, 'a run that found a lock');
      await back();
      await page.getByText('somebody@elsewhere', { exact: true }).waitFor();
      await looksWell(page, 'a cluster that is locked');
      await button(page, 'Release the lock').click();
      await button(page.getByRole('dialog'), 'Release the lock').click();
      await ends(page, 'Completed.', /The lock is released\./);
      await back();
      await page.getByText('Nobody holds it.').waitFor();
      await scale('2');
      await ends(page, 'Completed.', /The groups of nodes are scaled\./);
      assert.equal((await cluster()).applied.node_desired, 2);
    }));

  it('has a history of all that', () =>
    withPage({ path: `${PLACE}/runs` }, async (page) => {
      await row(page, 'Provision').waitFor();
      await looksWell(page, 'the runs of a cluster');
    }));

  it('is protected, then destroyed by its name, and forgotten', () =>
    withPage({ path: PLACE }, async (page) => {
      const guard = page.getByLabel(/^Deletion protection/);
      await guard.check();
      await until(async () => (await cluster()).protected, 'it is protected');
      await guard.and(page.locator(':enabled')).waitFor();
      await button(page, 'Destroy…').click();
      await page.getByText('Deletion protection is on.').waitFor();
      await looksWell(page, 'a cluster that is protected');
      await button(page, 'Close').click();
      await guard.uncheck();
      await until(async () => !(await cluster()).protected, 'it is not protected any more');
      await guard.and(page.locator(':enabled')).waitFor();
      await button(page, 'Destroy…').click();
      await field(page, `Type ${NAME} to destroy it`).fill(NAME);
      await looksWell(page, 'destroying a cluster');
      await button(page, `Destroy ${NAME}`).click();
      await ends(page, 'Completed.', /The cluster is destroyed\./);
      await page.getByRole('link', { name: `Go to ${NAME}` }).click();
      await page.getByText('Destroyed', { exact: true }).first().waitFor();
      await looksWell(page, 'a cluster that is gone');
      const { body } = await api('GET', '/api/clusters');
      assert.deepEqual(
        body.clusters.filter(({ name }) => name === NAME),
        [],
      );
      await button(page, 'Forget…').click();
      await button(page.getByRole('dialog'), 'Forget it').click();
      await heading(page, 'Provision').waitFor();
      await until(async () => (await api('GET', `/api${PLACE}`)).status === 404, 'it is forgotten', 60_000);
    }));
});
