// Writes file.gz beside every text file of dist/, for nginx gzip_static, and holds what every page begins with to its
// limit: a page's own file, and its texts, are fetched when they are wanted (src/pages.ts).
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const INITIAL_LIMIT = 40 * 1024;

const root = new URL('../dist/', import.meta.url).pathname;
const html = readFileSync(join(root, 'index.html'), 'utf8');
let initial = 0;

for (const name of readdirSync(root, { recursive: true })) {
  const path = join(root, name);
  if (!statSync(path).isFile() || !/\.(html|js|css|svg|json|txt|webmanifest)$/.test(name)) continue;
  const packed = gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(`${path}.gz`, packed);
  if (name.endsWith('.js') && html.includes(name)) initial += packed.length;
}

const said = `initial JavaScript: ${(initial / 1024).toFixed(1)} of ${INITIAL_LIMIT / 1024} KiB gzipped`;
if (initial > INITIAL_LIMIT)
  throw new Error(`${said}: let what a page need not begin with come with import()`);
console.log(said);
