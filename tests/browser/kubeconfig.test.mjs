// Contexts of a kubeconfig: pasted or chosen, each with its own end.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { accessible, api, connectDemo, heading, startBrowser, stopBrowser, withPage } from './helpers.mjs';

before(startBrowser);
after(async () => {
  await stopBrowser();
  await connectDemo();
});

// The sandbox's own has a certificate and its key; a second context may not be what it is.
const good = readFileSync(process.env.KUBECONFIG, 'utf8');
const name = good.match(/current-context: "?([^"\s]+)/)[1];
const refused = good.replace(/^(\s+)(server: .*)$/m, '$1$2\n$1insecure-skip-tls-verify: true');

const submit = (page) => page.getByRole('button', { name: 'Add a kubeconfig' });
const text = (page) => page.getByLabel('Or its text');

describe('a kubeconfig', () => {
  afterEach(() => api('DELETE', `/api/contexts/${encodeURIComponent(name)}`));

  it('is pasted, and its context is a cluster like others', () =>
    withPage({ path: '/' }, async (page) => {
      await page.getByRole('link', { name: 'Add a kubeconfig' }).first().click();
      await heading(page, 'Add a kubeconfig').waitFor();
      await accessible(page, 'form of a kubeconfig');
      await text(page).fill(good);
      await submit(page).click();
      const outcome = page.getByRole('region', { name: 'What became of each context' });
      await outcome.getByText('added', { exact: true }).waitFor();
      assert.equal(await text(page).inputValue(), '', 'the secrets have left the page');
      await accessible(page, 'outcomes of a kubeconfig');
      await outcome.getByRole('link', { name }).click();
      await heading(page, 'Pods').waitFor();
    }));

  it('is chosen as a file', () =>
    withPage({ path: '/connect/kubeconfig' }, async (page) => {
      await page.getByLabel('File').setInputFiles(process.env.KUBECONFIG);
      await page.waitForFunction(() => document.querySelector('#kubeconfig').value !== '');
      await submit(page).click();
      await page.getByText('added', { exact: true }).waitFor();
    }));

  it('is refused with the field at fault, and stays to be mended', () =>
    withPage({ path: '/connect/kubeconfig' }, async (page) => {
      await submit(page).click();
      await page.getByText('Choose a file, or paste its text.').waitFor();
      await text(page).fill(refused);
      await submit(page).click();
      await page.getByRole('alert').getByText('insecure-skip-tls-verify').first().waitFor();
      assert.equal(await text(page).inputValue(), refused);
    }));
});
