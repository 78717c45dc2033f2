/**
 * Writes src/lib/ui/icons/<name>.ts: one small module for each icon that a screen uses, so that a
 * page ships only its own. Every shape of the drawing becomes path data of one `d` attribute.
 * Run it after adding a name; the drawings come from lucide-static (ISC, see icons/LICENSE.txt).
 */
import { readFileSync, writeFileSync } from 'node:fs';

const NAMES = `arrow-left arrow-right badge-check bell bluetooth calendar-clock calendar-days camera
chart-column chart-spline check chevron-down chevron-left chevron-right chevron-up
chevrons-up-down circle-check circle-slash circle-x clock cloud-off copy delete dog download
droplets ellipsis ellipsis-vertical eye eye-off file-chart-column file-check flag gauge history
house image inbox info key-round keyboard languages layout-list link list-filter lock log-out mail
map map-pin mic minus monitor moon network octagon-alert palette pencil plane plus power printer
qr-code radio refresh-cw route router scale scan-line search send settings shield-check siren
smartphone sun table-2 thermometer trash-2 triangle-alert undo-2 upload usb user users wallet
wifi wifi-off wrench x`.split(/\s+/);

const from = new URL('../node_modules/lucide-static/', import.meta.url);
const to = new URL('../src/lib/ui/icons/', import.meta.url);
// `delete` is a reserved word.
const camel = (name) =>
  name === 'delete' ? 'deleteLeft' : name.replace(/-(\w)/g, (_, c) => c.toUpperCase());
const round = (n) => Number(n.toFixed(3));

const ellipse = ({ cx, cy, rx, ry }) =>
  `M${round(cx - rx)} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;

function rectangle({ x = 0, y = 0, width: w, height: h, rx, ry }) {
  const r = Number(rx ?? ry ?? 0);
  const [x0, y0, inner, tall] = [Number(x), Number(y), round(w - 2 * r), round(h - 2 * r)];
  const arc = (dx, dy) => (r ? `a${r} ${r} 0 0 1 ${dx} ${dy}` : '');
  return (
    `M${round(x0 + r)} ${y0}h${inner}${arc(r, r)}v${tall}${arc(-r, r)}` +
    `h${-inner}${arc(-r, -r)}v${-tall}${arc(r, -r)}z`
  );
}

const SHAPES = {
  // A leading relative move would start where the shape before it ended.
  path: ({ d }) => d.replace(/^m/, 'M0 0m'),
  circle: ({ cx, cy, r }) => ellipse({ cx, cy, rx: r, ry: r }),
  ellipse: ellipse,
  line: ({ x1, y1, x2, y2 }) => `M${x1} ${y1}L${x2} ${y2}`,
  rect: rectangle,
  polyline: ({ points }) => `M${points}`,
  polygon: ({ points }) => `M${points}z`,
};

/** `[tag, attributes]` of each shape of a drawing, in order. */
function shapesOf(name) {
  const svg = readFileSync(new URL(`icons/${name}.svg`, from), 'utf8');
  return [...svg.matchAll(/<(path|circle|ellipse|line|rect|polyline|polygon)\s([^>]*)\/>/g)].map(
    ([, tag, text]) => [
      tag,
      Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
    ],
  );
}

for (const name of NAMES) {
  const data = shapesOf(name)
    .map(([tag, attributes]) => SHAPES[tag](attributes))
    .join('');
  const parts = data.match(/.{1,92}/g).map((part) => `'${part}'`);
  const head = `export const ${camel(name)} =`;
  const short = parts.length === 1 && head.length + parts[0].length < 99;
  const text = short ? `${head} ${parts[0]};` : `${head}\n  ${parts.join(' +\n  ')};`;
  writeFileSync(new URL(`${name}.ts`, to), `${text}\n`);
}
writeFileSync(
  new URL('LICENSE.txt', to),
  `Drawings of this folder: lucide-static.\n\n${readFileSync(new URL('LICENSE', from))}`,
);
