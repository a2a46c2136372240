// Puts /docs into dist/: the page of html/docs/, and Swagger UI as its package has it. The images that its style sheet
// carries inside become files of their own, so that the content security policy needs no exception for data: URLs.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const out = join(here, '../dist/docs');
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** What stands behind "data:", as a type and bytes. */
function decode(data) {
  const comma = data.indexOf(',');
  const [type, ...parameters] = data.slice(0, comma).split(';');
  const body = data.slice(comma + 1);
  return {
    type,
    bytes: parameters.includes('base64') ? Buffer.from(body, 'base64') : decodeURIComponent(body),
  };
}

function writeImage(data) {
  const { type, bytes } = decode(data);
  const extension = type === 'image/svg+xml' ? 'svg' : type.split('/')[1];
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${extension}`;
  writeFileSync(join(out, name), bytes);
  return `url(/docs/${name})`;
}

mkdirSync(out, { recursive: true });
cpSync(join(here, '../docs'), out, { recursive: true });
for (const name of ['swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'LICENSE'])
  cpSync(join(swagger, name), join(out, name));

const style = readFileSync(join(swagger, 'swagger-ui.css'), 'utf8')
  .replace(/url\("data:((?:[^"\\]|\\.)*)"\)/g, (_, data) => writeImage(data.replace(/\\(.)/g, '$1')))
  .replace(/url\(data:([^)"]*)\)/g, (_, data) => writeImage(data));
if (style.includes('data:')) throw new Error('swagger-ui.css has an image that was not taken out of it');
writeFileSync(join(out, 'swagger-ui.css'), style.replace(/\/\*# sourceMappingURL=.*?\*\//, ''));
