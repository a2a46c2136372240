// node run.mjs BASE_URL: runs every *.test.mjs beside it, one after another, against the gateway there.
import { createWriteStream, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { junit, spec } from 'node:test/reporters';

const here = import.meta.dirname;
const url = process.argv[2] ?? process.env.EKSGATE_URL;
if (!url) {
  console.error('usage: node run.mjs BASE_URL');
  process.exit(2);
}
for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'EKSGATE_SANDBOX_VIEWER_ACCESS_KEY_ID']) {
  if (process.env[name]) continue;
  console.error(`${name} is not set; run: eval "$(sandbox/env)"`);
  process.exit(2);
}
process.env.EKSGATE_URL = url.replace(/\/$/, '');

const wanted = process.argv[3] ?? '';
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs') && name.includes(wanted))
  .sort()
  .map((name) => join(here, name));

const tests = run({ files, concurrency: false, timeout: 10 * 60_000 });
tests.on('test:fail', () => {
  process.exitCode = 1;
});
tests.compose(new spec()).pipe(process.stdout);

const results = process.env.EKSGATE_RESULTS;
if (results) {
  mkdirSync(results, { recursive: true });
  tests.compose(junit).pipe(createWriteStream(join(results, 'browser.xml')));
}
