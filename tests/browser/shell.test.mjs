// Shells in the dock: typed into, several at once, while the page above them changes, and again after they were cut.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessible,
  connectDemo,
  connectViewer,
  DEMO,
  fitsWindow,
  rows,
  startBrowser,
  stopBrowser,
  until as untilOf,
  withPage,
} from './helpers.mjs';

before(async () => {
  await startBrowser();
  await connectDemo();
});
after(stopBrowser);

/** A shell passes through every process of the sandbox, beside whatever else runs on this machine. */
const until = (check, what) => untilOf(check, what, 60_000);

async function podOf(app, namespace) {
  const pods = await rows('pods', `&namespace=${namespace}`);
  return pods.find((pod) => pod.name.startsWith(`${app}-`)).name;
}
const place = async (app, namespace) =>
  `/c/${DEMO}/pods?ns=${namespace}&open=${namespace}/${await podOf(app, namespace)}`;

const dock = (page) => page.getByRole('region', { name: 'Shells' });
const shown = (page) => dock(page).locator('.dock-panel:not([hidden])');
const screenText = async (page) =>
  (await shown(page).locator('.xterm-rows').textContent()).replaceAll(' ', ' ');

/** Waits for a text of the screen; "=" before it tells an answer from what was typed. */
const says = (page, text) => until(async () => (await screenText(page)).includes(text), text);

const isOpen = (panel) => until(async () => (await panel.getByRole('status').count()) === 0, 'it is open');

async function openShell(page) {
  await page.getByRole('button', { name: 'Shell', exact: true }).click();
  await shown(page).locator('.xterm-rows').waitFor();
  await isOpen(shown(page));
}

describe('shells', () => {
  it('answer what is typed, in Korean too, while the page above them changes', async () => {
    await withPage({ path: await place('grafana', 'monitoring') }, async (page) => {
      await openShell(page);
      await page.keyboard.type('echo "=안녕 $((6 * 7))="\n');
      await says(page, '=안녕 42=');
      await page.evaluate(() => document.querySelector('.dock-name').focus());
      await page.getByRole('link', { name: 'Services', exact: true }).first().click();
      await page.getByRole('heading', { name: 'Services' }).first().waitFor();
      await shown(page).locator('.xterm-helper-textarea').focus();
      await page.keyboard.type('echo "=still $((7 * 7))="\n');
      await says(page, '=still 49=');
      await accessible(page);
    });
  });

  it('know their size when it changes', async () => {
    await withPage({ path: await place('grafana', 'monitoring') }, async (page) => {
      await openShell(page);
      let asked = 0;
      const size = async () => {
        asked += 1;
        await page.keyboard.type(`echo "=${asked}:$(stty size)="\n`);
        const answer = new RegExp(`=${asked}:(\\d+) (\\d+)=`);
        await until(async () => answer.test(await screenText(page)), 'it tells its size');
        return answer
          .exec(await screenText(page))
          .slice(1)
          .map(Number);
      };
      const [rowsBefore, columns] = await size();
      await dock(page).getByRole('separator').focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowUp');
      await shown(page).locator('.xterm-helper-textarea').focus();
      await until(async () => {
        const [now, width] = await size();
        return now > rowsBefore && width === columns;
      }, 'it grows');
    });
  });

  it('are several, each with its own screen, and go one by one', async () => {
    await withPage({ path: await place('grafana', 'monitoring') }, async (page) => {
      await openShell(page);
      await page.keyboard.type('echo "=first $((6 * 7))="\n');
      await says(page, '=first 42=');
      await openShell(page);
      await page.keyboard.type('echo "=second $((6 * 7))="\n');
      await says(page, '=second 42=');
      assert.equal(await dock(page).locator('.dock-name').count(), 2);
      await dock(page).locator('.dock-name').first().click();
      await says(page, '=first 42=');
      await dock(page)
        .getByRole('button', { name: /^Close the shell/ })
        .first()
        .click();
      await says(page, '=second 42=');
      await dock(page).getByRole('button', { name: 'Close all shells' }).click();
      await dock(page).waitFor({ state: 'detached' });
    });
  });

  it('say that they have ended, and open again', async () => {
    await withPage({ path: await place('grafana', 'monitoring') }, async (page) => {
      await openShell(page);
      await page.keyboard.type('exit 0\n');
      await shown(page).getByText('The shell has ended.').waitFor();
      await shown(page).getByRole('button', { name: 'Connect again' }).click();
      await isOpen(shown(page));
      await page.keyboard.type('echo "=again $((6 * 7))="\n');
      await says(page, '=again 42=');
    });
  });

  it('take a paste as it is', async () => {
    await withPage({ path: await place('grafana', 'monitoring') }, async (page, context) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await openShell(page);
      await page.evaluate(() => navigator.clipboard.writeText('echo "=붙여넣기 $((6 * 7))="'));
      await page.keyboard.press('Control+V');
      await page.keyboard.press('Enter');
      await says(page, '=붙여넣기 42=');
    });
  });

  it('fit a narrow window in the dark, in Korean', async () => {
    const options = {
      path: await place('grafana', 'monitoring'),
      width: 420,
      height: 800,
      dark: true,
      locale: 'ko-KR',
    };
    await withPage(options, async (page) => {
      await page.getByRole('button', { name: '셸', exact: true }).click();
      const panel = page.getByRole('region', { name: '셸', exact: true }).locator('.dock-panel');
      await panel.locator('.xterm-rows').waitFor();
      await isOpen(panel);
      await page.keyboard.type('echo "=$((6 * 7))="\n');
      await until(async () => (await panel.locator('.xterm-rows').textContent()).includes('=42='), '=42=');
      await fitsWindow(page);
      await accessible(page);
    });
  });

  it('are refused with the reason', async () => {
    await connectViewer();
    try {
      await withPage({ path: await place('grafana', 'monitoring') }, async (page) => {
        await page.getByRole('button', { name: 'Shell', exact: true }).click();
        await shown(page).getByRole('alert').getByText('pods/exec').waitFor();
      });
    } finally {
      await connectDemo();
    }
  });
});
