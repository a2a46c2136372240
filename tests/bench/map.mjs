// node map.mjs URL CLUSTER ROUNDS: draws the map of a cluster in a browser that was just started, and prints what it took,
// in milliseconds, as a line of JSON a round.
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The library is that of the UI's own package; this folder has none.
const require = createRequire(join(import.meta.dirname, '../../html/package.json'));
const { chromium } = require('playwright-core');
const [url, cluster, rounds] = process.argv.slice(2);
const shots = process.env.EKSGATE_SCREENSHOTS;

/** From before the act until what it leads to is there and the frame with it was painted. */
async function time(page, act, there) {
  const before = await page.evaluate(() => performance.now());
  await act();
  await there();
  const after = await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now())))),
  );
  return after - before;
}

async function draw(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  page.setDefaultTimeout(120_000);
  const boxes = page.locator('.map-box');
  await page.goto(`${url}/c/${cluster}/map?form=map`);
  await boxes.first().waitFor();
  const [read, drawn] = await page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() =>
          setTimeout(() => {
            const [reading] = performance
              .getEntriesByType('resource')
              .filter(({ name }) => name.includes('/topology'));
            done([reading.responseEnd - reading.startTime, performance.now() - reading.responseEnd]);
          }),
        ),
      ),
  );
  if (shots) await page.screenshot({ path: join(shots, 'map-large.png') });
  const opened = await time(
    page,
    () => page.locator('.map-title').first().press('Enter'),
    () => page.locator('.map-title[aria-expanded=true]').waitFor(),
  );
  if (shots) await page.screenshot({ path: join(shots, 'map-large-open.png') });
  const regrouped = await time(
    page,
    () => page.getByLabel('Group by').getByText('Workload', { exact: true }).click(),
    () => page.waitForURL('**by=workload**'),
  );
  if (shots) await page.screenshot({ path: join(shots, 'map-large-workload.png') });
  const found = await time(
    page,
    () => page.getByPlaceholder('Name, kind or status').fill('crash'),
    () => page.waitForURL('**q=crash**'),
  );
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await page.close();
  return { read, drawn, opened, regrouped, found, heap: usedSize / 1048576 };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});
try {
  for (let round = 0; round < Number(rounds); round++) console.log(JSON.stringify(await draw(browser)));
} finally {
  await browser.close();
}
