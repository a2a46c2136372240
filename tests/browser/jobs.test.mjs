// Jobs: made from a form or from YAML, watched until they end, run again, and deleted after naming what goes.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  api,
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

const SPACE = `ui-jobs-${process.pid}`;
const jobs = `/api/clusters/${DEMO}/jobs`;
const WAIT_MS = 60_000;

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(async () => {
  await api('DELETE', `/raw/clusters/${DEMO}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

/** A job of one container, made by the API. Its pods end well, or in the way they are told to. */
async function made(name, failsWith, spec = {}) {
  const labels = failsWith ? { 'sandbox.eksgate/fails-with': failsWith } : {};
  const { status, body } = await api('POST', jobs, {
    namespace: SPACE,
    job_manifest: {
      metadata: { name },
      spec: {
        ...spec,
        template: {
          metadata: { labels },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] },
        },
      },
    },
  });
  assert.equal(status, 201, body.message);
}

const place = (name, tab = '') =>
  `/c/${DEMO}/jobs.batch?ns=${SPACE}&open=${SPACE}/${name}${tab === '' ? '' : `&tab=${tab}`}`;
const newJob = `/c/${DEMO}/new-job?ns=${SPACE}`;
const drawer = (page) => page.getByRole('complementary');
const part = (page, name) =>
  drawer(page)
    .locator('.part')
    .filter({ has: page.getByRole('heading', { name, exact: true }) });
/** By the name it has in what is sent. */
const field = (page, name) => page.locator(`.form [name="${name}"]`);

async function jobOf(name) {
  const { status, body } = await api('GET', `${jobs}/${SPACE}/${name}`);
  return status === 200 ? body : undefined;
}

describe('a new job', () => {
  it('is made from the form, in a namespace that comes about with it, and watched until it has succeeded', () =>
    withPage({ path: `/c/${DEMO}/jobs.batch?ns=${SPACE}` }, async (page) => {
      await page.getByRole('link', { name: 'New job' }).click();
      await heading(page, 'New job').waitFor();
      assert.equal(await field(page, 'namespace').inputValue(), SPACE);
      await accessible(page, 'the form of a job');
      await field(page, 'name').fill('report');
      await page.getByLabel('Image').fill('busybox');
      await field(page, 'command').fill('sh\n-c\necho "a b"');
      await field(page, 'env').fill('LEVEL=info\nEMPTY=');
      await page.getByLabel('Completions').fill('2');
      await page.getByRole('button', { name: 'Create job' }).click();
      await drawer(page).getByRole('heading', { name: 'report' }).waitFor();
      await part(page, 'Progress').getByText('0 active, 2 succeeded, 0 failed').waitFor({ timeout: WAIT_MS });
      await row(page, /report/)
        .getByText('Complete')
        .waitFor({ timeout: WAIT_MS });
      await accessible(page, 'a job that has succeeded');
      const { body } = await api(
        'GET',
        `/raw/clusters/${DEMO}/apis/batch/v1/namespaces/${SPACE}/jobs/report`,
      );
      const [container] = body.spec.template.spec.containers;
      assert.deepEqual(container.command, ['sh', '-c', 'echo "a b"']);
      assert.deepEqual(container.env, [{ name: 'LEVEL', value: 'info' }, { name: 'EMPTY' }]);
      assert.equal(body.metadata.labels.app, 'eks-api');
    }));

  it('says at the field what is wrong, before and after asking the server', () =>
    withPage({ path: newJob }, async (page) => {
      await field(page, 'name').fill('Not a name');
      await page.getByLabel('Retries').fill('many');
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('This is needed.').waitFor();
      await page.getByText(/^Small letters, digits and dashes/).waitFor();
      await page.getByText('A whole number, 0 or more.').waitFor();
      await accessible(page, 'a form with mistakes');
      await field(page, 'name').fill('twice');
      await page.getByLabel('Retries').fill('0');
      await page.getByLabel('Image').fill('busybox');
      await made('twice');
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('The job could not be created.').waitFor();
      await page.getByText('AlreadyExists').waitFor();
      await accessible(page, 'a job that could not be created');
    }));

  it('is tried without being made, and goes on as YAML with what was filled in', () =>
    withPage({ path: newJob }, async (page) => {
      await field(page, 'name').fill('tried');
      await page.getByLabel('Image').fill('busybox');
      await page.getByRole('button', { name: 'Try it' }).click();
      await page
        .getByText(`Tried on the server: tried would be created in ${SPACE}.`, { exact: false })
        .waitFor();
      assert.equal(await jobOf('tried'), undefined);
      await page.getByRole('button', { name: 'YAML' }).click();
      const text = page.getByRole('textbox', { name: 'YAML or JSON of the job' });
      await until(async () => /image: busybox/.test(await text.inputValue()), 'the form as YAML');
      await accessible(page, 'a job as YAML');
      await text.fill((await text.inputValue()).replace('spec:', 'spec:\n  nonsense: 1'));
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('The job could not be created.').waitFor();
      await page.getByText('spec.nonsense', { exact: true }).waitFor();
      await text.fill((await text.inputValue()).replace('  nonsense: 1\n', '  suspend: true\n'));
      await page.getByRole('button', { name: 'Create job' }).click();
      await drawer(page).getByRole('heading', { name: 'tried' }).waitFor();
      await row(page, /tried/).getByText('Suspended').waitFor();
      await page.goBack();
      await text.waitFor();
    }));
});

describe('a job', () => {
  it('that failed says why', async () => {
    await made('failing', 'Error', { backoffLimit: 0 });
    await withPage({ path: place('failing') }, async (page) => {
      await part(page, 'Progress').getByText('BackoffLimitExceeded').waitFor({ timeout: WAIT_MS });
      await part(page, 'Progress').getByText('0 active, 0 succeeded, 1 failed').waitFor();
      await row(page, /failing/)
        .getByText('Failed')
        .waitFor({ timeout: WAIT_MS });
      await accessible(page, 'a job that failed');
    });
  });

  it('that cannot start says what its pods wait for, and leads to them', async () => {
    await made('stuck', 'ImagePullBackOff');
    await withPage({ path: place('stuck') }, async (page) => {
      await part(page, 'Progress')
        .getByText(/^(ErrImagePull|ImagePullBackOff)$/)
        .waitFor({ timeout: WAIT_MS });
      await part(page, 'Progress')
        .getByRole('link', { name: /^main of stuck-/ })
        .click();
      await drawer(page)
        .getByRole('heading', { name: /^stuck-/ })
        .waitFor();
    });
  });

  it('shows the logs of all its pods, each line with the pod that wrote it', async () => {
    await made('talks', undefined, { completions: 2, parallelism: 2 });
    const word = `word-${process.pid}`;
    appendFileSync(
      join(dirname(process.env.KUBECONFIG), 'nodes/logs/app.log'),
      `${new Date().toISOString()} stdout F ${word}\n`,
    );
    await withPage({ path: place('talks') }, async (page) => {
      await part(page, 'Progress').getByText('2 succeeded', { exact: false }).waitFor({ timeout: WAIT_MS });
      await page.keyboard.press('l');
      await page.getByRole('tab', { name: 'Logs', selected: true }).waitFor();
      const lines = page
        .getByRole('region', { name: 'Log of talks' })
        .locator('.log-line')
        .filter({ hasText: word });
      await until(async () => (await lines.count()) === 2, 'the line of both pods', WAIT_MS);
      const origins = await lines.locator('.log-origin').allTextContents();
      assert.equal(new Set(origins).size, 2);
      for (const origin of origins) assert.match(origin, /^talks-[^/]+\/main$/);
      await page.locator('.log-state').getByText('Read to its end').waitFor({ timeout: WAIT_MS });
      await fitsWindow(page);
      await accessible(page, 'the logs of a job');
    });
  });

  it('is run again as a new one, and stays as it is', async () => {
    await made('repeats');
    await withPage({ path: place('repeats') }, async (page) => {
      await drawer(page).getByRole('button', { name: 'Run again' }).click();
      await page.waitForURL((url) => !url.search.endsWith('/repeats'));
      const again = drawer(page).getByRole('heading', { name: /^repeats-/ });
      await again.waitFor();
      const name = await again.textContent();
      await row(page, name).waitFor();
      await row(page, /^repeats$/).waitFor();
      assert.notEqual(name, 'repeats');
      assert.ok(await jobOf(name), 'the new one is there');
    });
  });

  it('is deleted after its pods have been named', async () => {
    await made('goes', undefined, { completions: 2, parallelism: 2 });
    await withPage({ path: place('goes') }, async (page) => {
      await part(page, 'Progress').getByText('2 succeeded', { exact: false }).waitFor({ timeout: WAIT_MS });
      await drawer(page).getByRole('button', { name: 'Delete' }).click();
      const question = page.getByRole('dialog', { name: 'Delete Job goes?' });
      await question.getByText('Its 2 pods are deleted too:').waitFor();
      await until(async () => (await question.locator('.loss li').count()) === 2, 'both pods are named');
      await accessible(page, 'deleting a job');
      await question.getByLabel('Stays, without an owner').check();
      await question.getByText('Its 2 pods are deleted too:').waitFor({ state: 'detached' });
      await question.getByLabel('Is deleted after it').check();
      await question.getByRole('button', { name: 'Delete Job goes' }).click();
      await question.waitFor({ state: 'detached' });
      await until(async () => (await jobOf('goes')) === undefined, 'the job is gone', WAIT_MS);
    });
  });
});

describe('several jobs', () => {
  const list = `/c/${DEMO}/jobs.batch?ns=${SPACE}&q=several-`;
  const choose = (page, name) => page.getByRole('checkbox', { name: `Choose ${name}`, exact: true });

  it('are run again at once, each with the job that came of it', async () => {
    for (const name of ['several-a', 'several-b', 'several-c']) await made(name);
    await withPage({ path: list }, async (page) => {
      await choose(page, 'several-a').check();
      await choose(page, 'several-b').check();
      await page.getByText('2 chosen').waitFor();
      await accessible(page, 'chosen jobs');
      await page.getByRole('button', { name: 'Run 2 again' }).click();
      const said = page.getByRole('dialog', { name: 'Run 2 jobs again' });
      await said.getByText('2 of 2 done').waitFor();
      await accessible(page, 'jobs that were run again');
      const links = said.getByRole('link', { name: /^several-[ab]-/ });
      assert.equal(await links.count(), 2);
      const name = await links.first().textContent();
      assert.ok(await jobOf(name), 'the new one is there');
      await links.first().click();
      await said.waitFor({ state: 'detached' });
      await drawer(page).getByRole('heading', { name, exact: true }).waitFor();
    });
  });

  it('are deleted once they have been named, and what could not be deleted is said of each', async () => {
    for (const name of ['several-x', 'several-y', 'several-z']) await made(name);
    await withPage({ path: `${list}&sort=name`.replace('q=several-', 'q=several-z') }, async (page) => {
      await choose(page, 'several-z').waitFor();
      const filter = page.getByRole('textbox', { name: 'Filter rows' });
      await filter.fill('several-');
      for (const name of ['several-x', 'several-y']) await choose(page, name).check();
      // What is hidden by the filter is not dealt with.
      await filter.fill('several-x');
      await page.getByText('1 chosen').waitFor();
      await filter.fill('several-');
      await page.getByText('2 chosen').waitFor();
      await page.getByRole('button', { name: 'Delete 2', exact: true }).click();
      const question = page.getByRole('dialog', { name: 'Delete 2 jobs?' });
      await question.getByText(`${SPACE}/several-y`).waitFor();
      await accessible(page, 'deleting jobs');
      // One of them goes before it is said that it is meant.
      assert.equal((await api('DELETE', `${jobs}/${SPACE}/several-x`)).status, 200);
      await until(async () => (await jobOf('several-x')) === undefined, 'one is gone', WAIT_MS);
      await question.getByRole('button', { name: 'Delete 2 jobs' }).click();
      await question.getByText('1 of 2 done').waitFor();
      await question.getByText('NotFound').waitFor();
      await question.getByText('Deleted', { exact: true }).waitFor();
      await accessible(page, 'what became of each');
      await question.getByRole('button', { name: 'Close' }).click();
      await question.waitFor({ state: 'detached' });
      await until(async () => (await jobOf('several-y')) === undefined, 'the other is gone', WAIT_MS);
      await row(page, /several-y/).waitFor({ state: 'detached' });
      await row(page, /several-z/).waitFor();
    });
  });
});

describe('in every window', () => {
  for (const [width, dark] of [
    [400, true],
    [1600, false],
  ]) {
    it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
      for (const path of [newJob, `${newJob}&from=yaml`]) {
        await withPage({ path, width, height: 900, dark }, async (page) => {
          await heading(page, 'New job').waitFor();
          await page.getByRole('button', { name: 'Create job' }).waitFor();
          await fitsWindow(page);
          await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
        });
      }
    });
  }
});
