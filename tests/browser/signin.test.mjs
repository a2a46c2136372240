// Signing in with an API key, where the gateway wants one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, keyed, startBrowser, stopBrowser, withPage } from './helpers.mjs';

const skip = keyed.url ? false : 'EKSGATE_KEYED_URL is not set: run.py starts such a gateway';
const WRONG = `eksgate_${'0'.repeat(16)}_${'0'.repeat(72)}`;

before(startBrowser);
after(stopBrowser);

const visit = (options, use) => withPage({ at: keyed.url, ...options }, use);
const heading = (page, name) => page.getByRole('heading', { name }).waitFor();

async function signIn(page, { keep = false } = {}) {
  await heading(page, 'Sign in');
  await page.getByLabel('API key').fill(keyed.key);
  if (keep) await page.getByLabel('Keep it until this tab is closed').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await heading(page, 'Clusters');
}

function stored(page) {
  return page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
}

test('without a key every page is the sign-in, and it can be used with the keyboard alone', {
  skip,
}, async () => {
  for (const path of ['/', '/connect', '/c/us-east-1_demo/pods']) {
    await visit({ path }, async (page) => {
      await heading(page, 'Sign in');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
      assert.equal(await page.getByLabel('API key').getAttribute('type'), 'password');
      await accessible(page, `sign-in at ${path}`);
    });
  }
});

test('what is no key is said at the field, and a key that is not known too', { skip }, async () => {
  await visit({}, async (page) => {
    await heading(page, 'Sign in');
    await page.getByLabel('API key').fill('hunter2');
    await page.keyboard.press('Enter');
    await page.getByText('An API key begins with eksgate_ and has 97 characters.').waitFor();
    await page.getByLabel('API key').fill(WRONG);
    await page.keyboard.press('Enter');
    await page.getByText('this is no API key of eksgate').waitFor();
    assert.equal((await stored(page)).includes(WRONG), false);
  });
});

test('a key lets in, is kept nowhere, and is gone with a reload', { skip }, async () => {
  await visit({}, async (page) => {
    await signIn(page);
    assert.equal((await stored(page)).includes(keyed.key), false);
    assert.equal((await page.content()).includes(keyed.key), false);
    assert.equal(page.url().includes('eksgate_'), false);
    await page.reload();
    await heading(page, 'Sign in');
  });
});

test('kept until the tab is closed, it survives a reload and no other tab has it', { skip }, async () => {
  await visit({}, async (page, context) => {
    await signIn(page, { keep: true });
    await page.reload();
    await heading(page, 'Clusters');
    const other = await context.newPage();
    await other.goto(keyed.url);
    await heading(other, 'Sign in');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in');
    assert.equal((await stored(page)).includes(keyed.key), false);
  });
});

test('over TLS the key is shown once, and a cookie that no script sees lets every tab in until one signs out', {
  skip,
}, async () => {
  await visit({ at: keyed.tls }, async (page, context) => {
    await heading(page, 'Sign in');
    await accessible(page, 'sign-in over TLS');
    assert.equal(await page.getByLabel('Keep it until this tab is closed').count(), 0);
    await signIn(page);
    assert.equal((await stored(page)).includes('eksgate'), false);
    assert.equal((await page.content()).includes(keyed.key), false);
    const [cookie] = await context.cookies();
    assert.deepEqual(
      [cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path, cookie.expires],
      ['__Host-eksgate', true, true, 'Strict', '/', -1],
    );
    assert.equal(cookie.value.includes(keyed.key), false);
    // After a reload, too, the page shows the session's token, which more than a look needs.
    const shown = page.waitForRequest(
      (request) => request.url().endsWith('/api/clusters') && 'x-eksgate-csrf' in request.headers(),
    );
    await page.reload();
    await shown;
    await heading(page, 'Clusters');
    const other = await context.newPage();
    await other.goto(`${keyed.tls}/`);
    await heading(other, 'Clusters');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in');
    await other.reload();
    await heading(other, 'Sign in');
    assert.deepEqual(await context.cookies(), []);
  });
});

test('in Korean', { skip }, async () => {
  await visit({ locale: 'ko-KR' }, async (page) => {
    await heading(page, '로그인');
    await page.getByLabel('API 키').waitFor();
  });
});
