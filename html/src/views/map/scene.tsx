// The map as a drawing: boxes that open, moved and zoomed by pointer, wheel and keys.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../lib/format';
import { clusterOf } from '../../lib/gate';
import { patch } from '../../router';
import { t } from '../../texts';
import { mapTexts } from '../../texts/map';
import { Icon } from '../../ui/icons';
import { Mark } from '../../ui/mark';
import { type Camera, nearest, overview, type Size, SMALL, type Spot, zoomed } from './camera';
import { type Box, CARD, layOut } from './layout';
import { type Group, type Model, tally } from './model';
import { BoxView } from './parts';
import { usePointer } from './pointer';
import { labelOf, type Shown } from './shown';

const LEAST_WIDE = 720;

/** Groups that are drawn; the list has them all. */
const MOST = 400;

export function Scene(shown: Shown) {
  const { view, by, groups, model, opened } = shown;
  const svg = useRef<SVGSVGElement>(null);
  const size = useSignal({ width: 1000, height: 600 });
  const camera = useSignal<Camera | undefined>(undefined);
  const current = useSignal('');
  const pressed = useRef('');
  const texts = mapTexts();
  useLayoutEffect(() => watchSize(svg.current, size), []);

  const drawn = groups.slice(0, MOST);
  const scene = useMemo(
    () => layOut(drawn, model, opened, rowWidth(drawn, model, size.value)),
    [groups, model, opened, size.value],
  );
  const spots = useMemo(() => spotsOf(scene.boxes), [scene]);
  const at = camera.value ?? overview(scene, size.value);
  usePointer(svg, camera, () => camera.peek() ?? overview(scene, size.peek()));
  const focus = spots.some(({ key }) => key === current.value) ? current.value : (spots[0]?.key ?? '');

  useLayoutEffect(() => {
    const found = pressed.current;
    pressed.current = '';
    const box = scene.boxes.find(({ group }) => group.key === found);
    const spot = box ? { ...box, key: found } : spots.find(({ key }) => key === found);
    if (spot) camera.value = broughtIn(at, spot, size.peek());
  }, [scene]);

  const zoom = (factor: number) => {
    const { width: w, height: h } = size.peek();
    camera.value = zoomed(at, factor, w / 2, h / 2);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const spot = spots.find(({ key }) => key === focus);
    const next = spot && nearest(spots, spot, event.key);
    if (next) {
      current.value = next.key;
      camera.value = broughtIn(at, next, size.peek());
      requestAnimationFrame(() => focusSpot(svg.current, next.key));
    } else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') camera.value = undefined;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = (key: string) => {
    current.value = key;
    const next = opened.has(key) ? view.opened.filter((other) => other !== key) : [...view.opened, key];
    // The view stays where it is, unless what was opened would be out of it.
    camera.value = at;
    pressed.current = key;
    patch('map', { opened: next }, 'push');
  };
  const choose = (id: string) => {
    current.value = id;
    patch('map', { open: id }, 'push');
  };
  return (
    <div class="map-scene">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can not be a drawing */}
      <svg
        ref={svg}
        class="map-drawing"
        role="group"
        aria-label={texts.drawing(clusterOf(view.cluster)?.name ?? view.cluster)}
        aria-describedby="map-help"
        onKeyDown={onKeyDown}
      >
        <g transform={`translate(${at.x} ${at.y}) scale(${at.k})`}>
          {scene.boxes.map((box) => (
            <BoxView
              key={box.group.key}
              box={box}
              label={labelOf(box.group, by)}
              focus={focus}
              chosen={view.open}
              onToggle={toggle}
              onChoose={choose}
            />
          ))}
        </g>
      </svg>
      <p id="map-help" class="offscreen">
        {texts.drawingHelp}
      </p>
      <div class="map-foot">
        <Legend groups={groups} />
        {groups.length > MOST && <span>{texts.more(groups.length - MOST, count(groups.length - MOST))}</span>}
        <span class="view-space" />
        <button
          type="button"
          class="button button-icon"
          aria-label={texts.zoomOut}
          title={`${texts.zoomOut} (-)`}
          onClick={() => zoom(0.8)}
        >
          −
        </button>
        <button
          type="button"
          class="button button-icon"
          aria-label={texts.zoomIn}
          title={`${texts.zoomIn} (+)`}
          onClick={() => zoom(1.25)}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="button"
          title={`${texts.zoomFit} (0)`}
          onClick={() => {
            camera.value = undefined;
          }}
        >
          {texts.zoomFit}
        </button>
      </div>
    </div>
  );
}

/** As wide as the window; of so many groups that they do not fit, as wide as it is when they are drawn smaller. */
function rowWidth(groups: readonly Group[], model: Model, { width, height }: Size): number {
  const room = Math.max(LEAST_WIDE, width - 32);
  return layOut(groups, model, new Set(), room).height > height ? room / SMALL : room;
}

function watchSize(element: Element | null, size: { value: Size }) {
  if (!element || typeof ResizeObserver === 'undefined') return;
  const observer = new ResizeObserver(([entry]) => {
    if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/** Everything that can have the focus. */
function spotsOf(boxes: readonly Box[]): Spot[] {
  return boxes.flatMap((box) => [
    { key: box.group.key, x: box.x, y: box.y, width: box.width, height: 34 },
    ...box.cards.map((card) => ({
      key: card.id,
      x: box.x + card.x,
      y: box.y + card.y,
      width: CARD.width,
      height: card.height,
    })),
  ]);
}

function focusSpot(svg: SVGSVGElement | null, key: string): void {
  svg?.querySelector<SVGElement>(`[data-spot="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** The camera, moved as far as it takes to see a spot. */
function broughtIn(at: Camera, spot: Spot, size: Size): Camera {
  const shift = (from: number, length: number, room: number) =>
    from < 16 ? 16 - from : from + length > room - 16 ? Math.max(room - 16 - from - length, 16 - from) : 0;
  return {
    ...at,
    x: at.x + shift(at.x + spot.x * at.k, spot.width * at.k, size.width),
    y: at.y + shift(at.y + spot.y * at.k, spot.height * at.k, size.height),
  };
}

function Legend({ groups }: { groups: readonly Group[] }) {
  const counts = tally(groups.flatMap(({ pods }) => pods));
  return (
    <ul class="map-legend" aria-label={mapTexts().legend}>
      {counts.map(([mark, n]) => (
        <li key={mark}>
          <Mark mark={mark} /> {t().marks[mark]} {count(n)}
        </li>
      ))}
    </ul>
  );
}
