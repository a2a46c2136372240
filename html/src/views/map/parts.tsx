// The parts of the drawing: boxes of groups, cards of objects, dots of pods, lines between them.
import type { ComponentChildren } from 'preact';
import type { GraphNode } from '../../api/graph';
import type { Mark as MarkName } from '../../kinds/health';
import { count } from '../../lib/format';
import { mapTexts } from '../../texts/map';
import { type Box, CARD, type Card, DOTS_MOST, DOTS_NARROW, DOTS_WIDE, dotAt, type Line } from './layout';
import { statusOf } from './list';

const TITLE_CHAR = 8;
const CARD_CHARS = 21;

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** What Enter and the space bar do to a part of the drawing that is pressed. */
function pressed(run: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
}

/** What is drawn of a part; its button says it in words. */
function Unspoken({ children }: { children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus
    <g class="map-words" aria-hidden="true">
      {children}
    </g>
  );
}

interface BoxProps {
  box: Box;
  label: string;
  focus: string;
  chosen: string;
  onToggle(key: string): void;
  onChoose(id: string): void;
}

export function BoxView({ box, label, focus, chosen, onToggle, onChoose }: BoxProps) {
  const { group } = box;
  const texts = mapTexts();
  const toggle = () => onToggle(group.key);
  const faults = group.faults > 0 ? texts.faults(group.faults, count(group.faults)) : texts.noFaultsIn;
  const pods = texts.pods(group.pods.length, count(group.pods.length));
  const others = texts.objects(group.others.length, count(group.others.length));
  const title = group.place ? `${group.place}/${label}` : label;
  return (
    <g
      transform={`translate(${box.x} ${box.y})`}
      class={group.faults > 0 ? 'map-box map-box-bad' : 'map-box'}
    >
      <rect class="map-frame" width={box.width} height={box.height} rx="4" />
      {/* biome-ignore lint/a11y/useSemanticElements: HTML's button can not stand in a drawing */}
      <g
        role="button"
        class="map-title"
        tabindex={focus === group.key ? 0 : -1}
        data-spot={group.key}
        aria-expanded={box.open}
        aria-label={`${title}, ${pods}, ${others}, ${faults}`}
        onClick={toggle}
        onKeyDown={pressed(toggle)}
      >
        <title>{title}</title>
        <rect class="map-hit" width={box.width} height="38" rx="4" />
      </g>
      <Unspoken>
        <text x="12" y="18" class="map-name map-title-name">
          {cut(title, Math.floor((box.width - (group.faults > 0 ? 104 : 40)) / TITLE_CHAR))}
        </text>
        <text
          x={box.width - 12}
          y="18"
          class={group.faults > 0 ? 'map-faults' : 'map-quiet'}
          text-anchor="end"
        >
          {group.faults > 0 ? `▲ ${faults}` : box.open ? '–' : '+'}
        </text>
        <text x="12" y="33" class="map-quiet">
          {pods} · {others}
          {box.left > 0 && ` · ${texts.moreInside(box.left, count(box.left))}`}
        </text>
      </Unspoken>
      {!box.open && (
        <Dots pods={group.pods} x={12} y={46} wide={DOTS_WIDE} chosen={chosen} onChoose={onChoose} />
      )}
      {box.lines.map((line) => (
        <LineView key={line.key} line={line} chosen={chosen} />
      ))}
      {box.cards.map((card) => (
        <CardView
          key={card.id}
          card={card}
          focus={focus}
          chosen={chosen}
          onToggle={onToggle}
          onChoose={onChoose}
        />
      ))}
    </g>
  );
}

/** As the marks of every list: full, half, a triangle, a ring. */
const ROUND = 'a4 4 0 1 0 0 8a4 4 0 1 0 0-8z';
const SHAPES: Record<MarkName, (x: number, y: number) => string> = {
  bad: (x, y) => `M${x + 4} ${y}l4.4 8h-8.8z`,
  progressing: (x, y) => `M${x + 4} ${y}${ROUND}m0 1.2v5.6a2.8 2.8 0 0 1 0-5.6z`,
  unknown: (x, y) => `M${x + 4} ${y}${ROUND}m0 1.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6z`,
  ok: (x, y) => `M${x + 4} ${y + 0.5}a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z`,
};

interface DotsProps {
  pods: readonly GraphNode[];
  x: number;
  y: number;
  /** Dots in a row. */
  wide: number;
  chosen: string;
  onChoose(id: string): void;
}

/** A pod is a dot; all of one health are one path, so that thousands cost little. */
function Dots({ pods, x, y, wide, chosen, onChoose }: DotsProps) {
  const shown = pods.slice(0, DOTS_MOST);
  const paths = new Map<MarkName, string[]>();
  let ring: { x: number; y: number } | undefined;
  shown.forEach((pod, index) => {
    const at = dotAt(index, wide);
    const list = paths.get(pod.health) ?? [];
    paths.set(pod.health, list);
    list.push(SHAPES[pod.health](at.x, at.y));
    if (pod.id === chosen) ring = at;
  });
  const onClick = (event: MouseEvent) => {
    const pod = dotUnder(event, shown, wide);
    if (!pod) return;
    event.stopPropagation();
    onChoose(pod.id);
  };
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus; by keyboard the box is opened
    <g transform={`translate(${x} ${y})`} class="map-dots" onClick={onClick} aria-hidden="true">
      {[...paths].map(([health, shapes]) => (
        <path key={health} class={`dot dot-${health}`} d={shapes.join('')} />
      ))}
      {ring && <rect class="map-ring" x={ring.x - 1.5} y={ring.y - 1.5} width="11" height="11" />}
      {pods.length > shown.length && (
        <text class="map-quiet" x="0" y={dotAt(DOTS_MOST, wide).y + 10}>
          +{count(pods.length - shown.length)}
        </text>
      )}
    </g>
  );
}

function dotUnder(event: MouseEvent, pods: readonly GraphNode[], wide: number): GraphNode | undefined {
  const field = event.currentTarget as SVGGElement;
  const matrix = field.getScreenCTM()?.inverse();
  if (!matrix) return undefined;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return pods.find((_, index) => {
    const at = dotAt(index, wide);
    return x >= at.x - 1 && x < at.x + 9 && y >= at.y - 1 && y < at.y + 9;
  });
}

function LineView({ line, chosen }: { line: Line; chosen: string }) {
  const { from, to } = line;
  const forward = from.x < to.x;
  const x1 = forward ? from.x + CARD.width : from.x;
  const x2 = forward ? to.x : to.x + CARD.width;
  const y1 = from.y + CARD.height / 2;
  const y2 = to.y + CARD.height / 2;
  const bend = from.x === to.x ? 24 : (x2 - x1) / 2;
  const end = from.x === to.x ? x1 - bend : x2 - bend;
  const marked = chosen !== '' && (from.node.id === chosen || to.node.id === chosen);
  return (
    <path
      class={marked ? 'map-line map-line-marked' : 'map-line'}
      d={`M${x1} ${y1}C${from.x === to.x ? x1 - bend : x1 + bend} ${y1} ${end} ${y2} ${from.x === to.x ? x1 : x2} ${y2}`}
    />
  );
}

/** That what has no status is well goes without saying. */
function wordOf(node: GraphNode): string {
  return node.status === undefined && node.health === 'ok' ? '' : statusOf(node);
}

interface CardProps {
  card: Card;
  focus: string;
  chosen: string;
  onToggle(key: string): void;
  onChoose(id: string): void;
}

function CardView({ card, focus, chosen, onToggle, onChoose }: CardProps) {
  const { node, pods } = card;
  const texts = mapTexts();
  const several = pods.length > 0;
  const faults = pods.filter(({ health }) => health === 'bad').length;
  const health = several ? (faults > 0 ? 'bad' : 'ok') : node.health;
  const name = several ? texts.pods(pods.length, count(pods.length)) : node.name;
  const status = several ? (faults > 0 ? texts.faults(faults, count(faults)) : '') : wordOf(node);
  const press = () => (several ? onToggle(card.id) : onChoose(node.id));
  const kind = several ? node.name : node.kind;
  return (
    <g transform={`translate(${card.x} ${card.y})`}>
      {/* biome-ignore lint/a11y/useSemanticElements: HTML's button can not stand in a drawing */}
      <g
        role="button"
        class={`map-card map-card-${health}${chosen === node.id && !several ? ' map-card-chosen' : ''}${node.missing ? ' map-card-missing' : ''}`}
        tabindex={focus === card.id ? 0 : -1}
        data-spot={card.id}
        aria-label={[kind, name, status].filter(Boolean).join(', ')}
        onClick={press}
        onKeyDown={pressed(press)}
      >
        <title>{[kind, name, status].filter(Boolean).join('\n')}</title>
        <rect class="map-card-frame" width={CARD.width} height={card.height} rx="4" />
      </g>
      <Unspoken>
        <path class={`dot dot-${health}`} d={SHAPES[health](10, 7)} />
        <text x="24" y="15" class="map-quiet">
          {cut(kind, CARD_CHARS)}
        </text>
        <text
          x={CARD.width - 8}
          y="15"
          text-anchor="end"
          class={health === 'bad' ? 'map-faults' : 'map-quiet'}
        >
          {cut(status, CARD_CHARS - Math.min(kind.length, CARD_CHARS - 8))}
        </text>
        <text x="10" y="28" class="map-name">
          {cut(name, CARD_CHARS)}
        </text>
      </Unspoken>
      {several && (
        <Dots pods={pods} x={10} y={CARD.height} wide={DOTS_NARROW} chosen={chosen} onChoose={onChoose} />
      )}
    </g>
  );
}
