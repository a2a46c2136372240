// The log of a pod: followed, searched, kept within bounds, and never more than text.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  connectDemo,
  DEMO,
  fitsWindow,
  row,
  rows,
  startBrowser,
  stopBrowser,
  until,
  withPage,
} from './helpers.mjs';

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(stopBrowser);

/** What the containers of the sandbox write, in the format of a container runtime. */
const file = join(dirname(process.env.KUBECONFIG), 'nodes/logs/app.log');
const write = (text) => appendFileSync(file, `${new Date().toISOString()} stdout F ${text}\n`);

let numbers = 0;
const word = () => `word-${process.pid}-${++numbers}`;

async function podOf(app, namespace) {
  const pods = await rows('pods', `&namespace=${namespace}`);
  return pods.find((pod) => pod.name.startsWith(`${app}-`)).name;
}
const place = async (app, namespace) =>
  `/c/${DEMO}/pods?ns=${namespace}&open=${namespace}/${await podOf(app, namespace)}&tab=logs`;

const log = (page) => page.getByRole('region', { name: /^Log of / });
const line = (page, text) => log(page).locator('.log-line').filter({ hasText: text });
const state = (page, text) => page.locator('.log-state').getByText(text, { exact: true });
const search = (page) => page.getByRole('textbox', { name: 'Search the log' });

const show = (page, visible) =>
  page.evaluate(
    (to) => {
      Object.defineProperty(document, 'visibilityState', { value: to, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    visible ? 'visible' : 'hidden',
  );

describe('a followed log', () => {
  it('opens by key and grows by itself, its end in sight', async () => {
    await withPage({ path: `/c/${DEMO}/pods?ns=payments` }, async (page) => {
      await row(page, /payments-api/).click();
      await page.getByRole('complementary').getByRole('heading', { name: 'Labels' }).waitFor();
      await page.keyboard.press('l');
      await page.getByRole('tab', { name: 'Logs', selected: true }).waitFor();
      await state(page, 'Following').waitFor();
      for (let n = 0; n < 3; n++) {
        const text = word();
        write(text);
        await line(page, text).waitFor();
        assert.equal(await line(page, text).count(), 1);
      }
      await until(
        () => log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 24),
        'the end is in sight',
      );
      assert.equal(await page.locator('.log-down').count(), 0);
      await accessible(page, 'a followed log');
    });
  });

  it('stays where it is read, counts what is new, and returns to the end', async () => {
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await state(page, 'Following').waitFor();
      await until(async () => (await page.locator('.log-line').count()) > 200, 'lines');
      await log(page).hover();
      await page.mouse.wheel(0, -1500);
      await page.getByRole('button', { name: /To the end|new lines?$/ }).waitFor();
      const top = await log(page).evaluate((box) => box.scrollTop);
      const text = word();
      write(text);
      await page.getByRole('button', { name: /new lines?$/ }).waitFor();
      await line(page, text).waitFor({ state: 'attached' });
      assert.ok(Math.abs((await log(page).evaluate((box) => box.scrollTop)) - top) < 60, 'the place is kept');
      await page.getByRole('button', { name: /new lines?$/ }).click();
      await until(
        () => log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 24),
        'the end',
      );
    });
  });

  it('holds no stream while nobody sees it, then goes on without a gap or a line twice', async () => {
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await state(page, 'Following').waitFor();
      const [before, meanwhile] = [word(), word()];
      write(before);
      await line(page, before).waitFor();
      await show(page, false);
      await state(page, 'Paused').waitFor({ state: 'attached' });
      write(meanwhile);
      await show(page, true);
      await line(page, meanwhile).waitFor();
      assert.equal(await line(page, before).count(), 1);
      assert.equal(await line(page, meanwhile).count(), 1);
    });
  });

  it('is text whatever is written into it, with colours', async () => {
    const [markup, coloured] = [word(), word()];
    write(`${markup} <img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`);
    write(`${coloured} \u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2Jplain`);
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await line(page, markup).getByText('<script>window.hacked=1</script>').waitFor();
      assert.equal(await page.locator('main img, main script').count(), 0);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await line(page, coloured).locator('.tone-bad').textContent(), 'red');
      assert.match(await line(page, coloured).textContent(), /red plain\n$/);
    });
  });
});

describe('reading a log', () => {
  it('finds words, says how many, and goes from one to the next', async () => {
    const text = word();
    for (let n = 0; n < 3; n++) write(`found ${text} here`);
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await line(page, text).nth(2).waitFor();
      await page.locator('.drawer').focus();
      await page.keyboard.press('/');
      await page.keyboard.type(text.toUpperCase());
      const found = page.locator('.search-count');
      await until(async () => (await found.textContent()) === '3', 'three matches');
      assert.equal(await log(page).locator('mark').count(), 3);
      await page.keyboard.press('Shift+Enter');
      const shown = await found.textContent();
      assert.match(shown, /^[123] of 3$/);
      await page.keyboard.press('Enter');
      assert.notEqual(await found.textContent(), shown);
      assert.equal(await log(page).locator('mark[aria-current]').count(), 1);
      await accessible(page, 'a searched log');
      await search(page).fill('no such words');
      await until(async () => (await found.textContent()) === '0', 'no match');
      await page.keyboard.press('Escape');
      assert.equal(await search(page).inputValue(), '');
    });
  });

  it('shows times, wraps or not, and takes as much as is asked for', async () => {
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await state(page, 'Following').waitFor();
      await until(async () => (await page.locator('.log-line').count()) >= 200, 'lines');
      const time = page.locator('.log-time').last();
      assert.equal(await time.isVisible(), false);
      await page.getByLabel('Times').check();
      assert.match(await time.textContent(), /^\d{4}-\d\d-\d\dT/);
      assert.equal(await time.isVisible(), true);
      await page.getByLabel('Wrap').uncheck();
      await fitsWindow(page);
      const asked = page.waitForRequest(/\/log\?.*sinceSeconds=300/);
      await page.getByLabel('How much of the log').selectOption('5m');
      await asked;
      await state(page, 'Following').waitFor();
    });
  });

  it('reads other containers, and what a container wrote before it was restarted', async () => {
    await withPage({ path: await place('storefront', 'web') }, async (page) => {
      const container = page.getByLabel('Container', { exact: true });
      await container.waitFor();
      assert.deepEqual(await container.locator('option').allTextContents(), ['web', 'warm-up (init)']);
      assert.equal(await page.getByLabel('Previous').isDisabled(), true);
      const asked = page.waitForRequest(/\/log\?container=warm-up/);
      await container.selectOption('warm-up');
      await asked;
    });
    await withPage({ path: await place('ledger', 'payments') }, async (page) => {
      await line(page, 'FATAL: connection refused').first().waitFor();
      const asked = page.waitForRequest(/\/log\?.*previous=true/);
      await page.getByLabel('Previous').check();
      await asked;
      await state(page, 'Read to its end').waitFor();
      await line(page, 'FATAL: connection refused').waitFor();
      assert.equal(await page.getByLabel('Follow').isDisabled(), true);
    });
  });

  it('keeps the last ten thousand lines, says so, and downloads them all', async () => {
    const stamp = new Date().toISOString();
    const many = Array.from({ length: 12_000 }, (_, n) => `${stamp} stdout F many n=${n}\n`);
    appendFileSync(file, many.join(''));
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await state(page, 'Following').waitFor();
      await page.getByLabel('How much of the log').selectOption('all');
      await page.getByText(/^Only the last 10.000 lines are kept here\./).waitFor();
      await line(page, 'many n=11999').waitFor();
      assert.equal(await line(page, /many n=42$/).count(), 0);
      const lines = await page.locator('.log-line').count();
      assert.ok(lines > 9_800 && lines <= 10_000, `${lines} lines`);
      const coming = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const download = await coming;
      assert.match(download.suggestedFilename(), /^payments-api-.*-api\.log$/);
      const text = readFileSync(await download.path(), 'utf8');
      assert.ok(text.includes('many n=0\n') && text.includes('many n=11999\n'));
    });
  });

  for (const width of [400, 1280, 1920]) {
    for (const dark of [false, true]) {
      it(`${width} px, ${dark ? 'dark' : 'light'}: nothing sticks out, nothing fails the accessibility check`, async () => {
        await withPage({ path: await place('payments-api', 'payments'), width, dark }, async (page) => {
          await page.locator('.log-line').first().waitFor({ state: 'attached' });
          await search(page).fill('orders');
          await log(page).locator('mark').first().waitFor({ state: 'attached' });
          await fitsWindow(page);
          await accessible(page, `a log at ${width} px`);
        });
      });
    }
  }

  it('may have the whole page', async () => {
    await withPage({ path: await place('payments-api', 'payments') }, async (page) => {
      await state(page, 'Following').waitFor();
      await page.locator('.drawer').focus();
      await page.keyboard.press('w');
      await until(async () => !(await page.locator('.view-list').isVisible()), 'the list gives way');
      await fitsWindow(page);
      await page.reload();
      await page.getByRole('button', { name: 'Show the list beside it' }).click();
      await page.locator('.view-list').waitFor();
    });
  });
});
