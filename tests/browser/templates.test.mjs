// Job templates: written as YAML, kept in versions, filled in as a form with typed fields, deleted.
import assert from 'node:assert/strict';
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

const NAME = `ui-report-${process.pid}`;
const SPACE = `ui-templates-${process.pid}`;

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(async () => {
  await api('DELETE', `/api/job-templates/${NAME}`);
  await api('DELETE', `/raw/clusters/${DEMO}/api/v1/namespaces/${SPACE}`);
  await stopBrowser();
});

const drawer = (page) => page.getByRole('complementary');
const editor = (page) => page.getByRole('textbox', { name: 'YAML of the template' });
const stored = async () => (await api('GET', `/api/job-templates/${NAME}`)).body;

/** Changes the text of the template, which is written as a form unless that is said. */
async function rewrite(page, what) {
  const asText = page.getByRole('button', { name: 'YAML', exact: true });
  await asText.click();
  await editor(page).waitFor();
  await editor(page).fill(what(await editor(page).inputValue()));
}

describe('a template', () => {
  it('is made from a text that works as it stands', () =>
    withPage({ path: '/templates/new' }, async (page) => {
      await heading(page, 'New template').waitFor();
      await page.getByRole('heading', { name: 'Parameters' }).waitFor();
      await accessible(page, 'a new template');
      await rewrite(page, (text) => text.replace('name: report\n', `name: ${NAME}\nnonsense: 1\n`));
      await page.getByRole('button', { name: 'Create template' }).click();
      await page.getByText('The template could not be saved.').waitFor();
      await page.getByText('nonsense', { exact: true }).waitFor();
      await rewrite(page, (text) => text.replace('nonsense: 1\n', ''));
      await page.getByRole('button', { name: 'Create template' }).click();
      await drawer(page).getByRole('heading', { name: NAME }).waitFor();
      await drawer(page).getByText('Makes the report of one day').waitFor();
      await drawer(page).getByText('whole number from 0 to 10').waitFor();
      await row(page, NAME).waitFor();
      await accessible(page, 'a template');
      assert.equal((await stored()).version, 1);
    }));

  it('is written as a form, whose fields follow the type of each parameter', () =>
    withPage({ path: '/templates/new' }, async (page) => {
      const name = `${NAME}-form`;
      const parameter = (index, field) => page.locator(`[name="parameters[${index}].${field}"]`);
      const save = page.getByRole('button', { name: 'Create template' });
      await page.locator('[name="name"]').fill(name);
      assert.equal(await parameter(0, 'pattern').inputValue(), '^\\d{4}-\\d{2}-\\d{2}$');
      await parameter(1, 'maximum').fill('1.5');
      await parameter(1, 'default').fill('-1');
      await page.getByRole('button', { name: 'Remove level' }).click();
      await page.getByRole('button', { name: 'Add a parameter' }).click();
      await parameter(2, 'type').selectOption('enum');
      await save.click();
      await page.getByText('A whole number is needed.').waitFor();
      await until(
        () => parameter(1, 'default').evaluate((element) => element === document.activeElement),
        'the first that is wrong has the focus',
      );
      await page.getByText('At least 0.').waitFor();
      assert.equal(await page.getByText('This is needed.').count(), 2);
      await accessible(page, 'a template with mistakes');
      await parameter(1, 'maximum').fill('5');
      await parameter(1, 'default').fill('1');
      await parameter(2, 'name').fill('level');
      await parameter(2, 'values').fill('low\nhigh');
      await parameter(2, 'default').selectOption('high');
      await parameter(0, 'pattern').fill('(');
      await save.click();
      await page.getByText('The template could not be saved.').waitFor();
      await page
        .locator('.field-wrong')
        .filter({ has: parameter(0, 'pattern') })
        .waitFor();
      await parameter(0, 'pattern').fill('\\d+');
      await save.click();
      await drawer(page).getByRole('heading', { name }).waitFor();
      const { body } = await api('GET', `/api/job-templates/${name}`);
      const [day, retries, level] = body.parameters;
      assert.equal(day.pattern, '\\d+');
      assert.deepEqual([retries.minimum, retries.maximum, retries.default], [0, 5, 1]);
      assert.deepEqual([level.values, level.default], [['low', 'high'], 'high']);
      await api('DELETE', `/api/job-templates/${name}`);
    }));

  it('goes from form to text and back as long as the form has a place for it', () =>
    withPage({ path: '/templates/new' }, async (page) => {
      await page.locator('[name="parameters[1].description"]').fill('How often');
      await rewrite(page, (text) => {
        assert.match(text, /description: How often/);
        return text.replace('How often', 'So often');
      });
      await page.getByRole('button', { name: 'Form', exact: true }).click();
      const description = page.locator('[name="parameters[1].description"]');
      await until(async () => (await description.inputValue()) === 'So often', 'the text as a form');
      await rewrite(page, (text) => `${text}nonsense: 1\n`);
      await page.getByRole('button', { name: 'Form', exact: true }).click();
      await page.getByText('The form has no place for all of this text. Go on as YAML.').waitFor();
      await editor(page).waitFor();
    }));

  it('gets a next version when it is changed, and keeps the one before', () =>
    withPage({ path: `/templates?open=${NAME}` }, async (page) => {
      await drawer(page).getByText('Makes the report of one day').waitFor();
      await page.keyboard.press('e');
      await rewrite(page, (text) => text.replace('Makes the report of one day', 'Makes two reports'));
      await accessible(page, 'a template that is changed');
      await page.getByRole('button', { name: 'Save as next version' }).click();
      await drawer(page).getByText('Makes two reports').waitFor();
      const { version, versions } = await stored();
      assert.deepEqual({ version, versions }, { version: 2, versions: [1, 2] });
      await drawer(page).getByLabel('Version').selectOption('1');
      await drawer(page).getByText('Makes the report of one day').waitFor();
      assert.match(page.url(), /version=1/);
    }));

  it('is not overwritten by who edited an older one', () =>
    withPage({ path: `/templates?open=${NAME}&tab=edit` }, async (page) => {
      await rewrite(page, (text) => text.replace('two reports', 'three reports'));
      const { description, parameters, job_manifest } = await stored();
      const meanwhile = { description: `${description}, and more`, parameters, job_manifest };
      assert.equal((await api('PUT', `/api/job-templates/${NAME}`, meanwhile)).status, 200);
      await page.getByRole('button', { name: 'Save as next version' }).click();
      await page.getByText('The template could not be saved.').waitFor();
      assert.equal((await stored()).description, 'Makes two reports, and more');
    }));

  it('asks for its parameters in their types, and makes a job that says where it is from', () =>
    withPage({ path: `/c/${DEMO}/new-job?ns=${SPACE}&from=template` }, async (page) => {
      await page.getByLabel('Template', { exact: true }).selectOption(NAME);
      const parameter = (name) => page.locator(`[name="parameters.${name}"]`);
      await parameter('retries').waitFor();
      assert.equal(await parameter('retries').inputValue(), '2');
      assert.equal(await parameter('level').evaluate((element) => element.tagName), 'SELECT');
      await accessible(page, 'a template as a form');
      await parameter('retries').fill('11');
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('This is needed.').waitFor();
      await page.getByText('At most 10.').waitFor();
      await accessible(page, 'wrong parameters');
      await parameter('retries').fill('3');
      await parameter('day').fill('yesterday');
      await page.getByRole('button', { name: 'Create job' }).click();
      await page.getByText('The job could not be created.').waitFor();
      await parameter('day').fill('2026-11-21');
      await parameter('level').selectOption('debug');
      await page.getByRole('button', { name: 'Create job' }).click();
      await drawer(page)
        .getByRole('heading', { name: /^report-/ })
        .waitFor();
      await drawer(page)
        .getByRole('link', { name: new RegExp(`^${NAME} v\\d+$`) })
        .waitFor();
      const { body } = await api('GET', `/raw/clusters/${DEMO}/apis/batch/v1/namespaces/${SPACE}/jobs`);
      const [job] = body.items;
      assert.equal(job.spec.backoffLimit, 3);
      const [container] = job.spec.template.spec.containers;
      assert.deepEqual(container.command, ['echo', 'report of 2026-11-21']);
      assert.deepEqual(container.env, [{ name: 'LEVEL', value: 'debug' }]);
    }));

  for (const [width, dark] of [
    [400, true],
    [1600, false],
  ]) {
    it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
      for (const path of ['/templates', '/templates/new', `/templates?open=${NAME}`]) {
        await withPage({ path, width, height: 900, dark }, async (page) => {
          if (path.includes('open=')) await drawer(page).getByText('Makes two reports').waitFor();
          else await heading(page, path.endsWith('new') ? 'New template' : 'Job templates').waitFor();
          await fitsWindow(page);
          await accessible(page, `${path} at ${width} px, ${dark ? 'dark' : 'light'}`);
        });
      }
    });
  }

  it('is deleted with all its versions once its name has been typed', () =>
    withPage({ path: `/templates?open=${NAME}` }, async (page) => {
      await drawer(page).getByRole('button', { name: 'Delete' }).click();
      const question = page.getByRole('dialog', { name: `Delete Template ${NAME}?` });
      await question.getByText(/^All its \d versions are deleted\.$/).waitFor();
      await question.getByRole('button', { name: `Delete Template ${NAME}` }).click();
      await question.locator('.field-error').waitFor();
      await question.getByRole('textbox').fill(NAME);
      await accessible(page, 'deleting a template');
      await question.getByRole('button', { name: `Delete Template ${NAME}` }).click();
      await question.waitFor({ state: 'detached' });
      await until(async () => (await api('GET', `/api/job-templates/${NAME}`)).status === 404, 'it is gone');
      await row(page, NAME).waitFor({ state: 'detached' });
    }));
});

describe('the API reference', () => {
  it('opens beside the page that led to it', () =>
    withPage({ path: '/' }, async (page, context) => {
      const opened = context.waitForEvent('page');
      await page.getByRole('link', { name: 'API reference' }).click();
      const reference = await opened;
      // It is large, and drawn by a program of its own.
      reference.setDefaultTimeout(120_000);
      await reference.waitForURL('**/docs', { waitUntil: 'commit' });
      await reference
        .getByRole('heading', { name: /eksgate/ })
        .first()
        .waitFor();
      await heading(page, 'Clusters').waitFor();
    }));
});
