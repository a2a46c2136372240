// What of the map is seen: its place and its size, and which part is next to another.

export interface Camera {
  x: number;
  y: number;
  /** Pixels of the window for one of the map. */
  k: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A part of the map that can have the focus. */
export interface Spot extends Size {
  key: string;
  x: number;
  y: number;
}

const LEAST = 0.05;
const MOST = 4;
const EDGE = 16;
/** As small as names can still be read. */
export const SMALL = 0.6;

/** All of it, but never larger than it is. */
export function overview(scene: Size, window: Size): Camera {
  const wide = (window.width - 2 * EDGE) / Math.max(1, scene.width);
  const high = (window.height - 2 * EDGE) / Math.max(1, scene.height);
  // What is far too long is read from its beginning, at a size that can be read.
  const k = Math.min(1, Math.max(LEAST, Math.min(wide, Math.max(high, SMALL))));
  return { x: EDGE, y: EDGE, k };
}

export function moved(at: Camera, dx: number, dy: number): Camera {
  return { ...at, x: at.x + dx, y: at.y + dy };
}

/** Larger or smaller, with the point of the window that is given staying where it is. */
export function zoomed(at: Camera, factor: number, x: number, y: number): Camera {
  const k = Math.min(MOST, Math.max(LEAST, at.k * factor));
  return { x: x - ((x - at.x) * k) / at.k, y: y - ((y - at.y) * k) / at.k, k };
}

const WAYS: Record<string, { x: number; y: number }> = {
  ArrowRight: { x: 1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowDown: { x: 0, y: 1 },
  ArrowUp: { x: 0, y: -1 },
};

/** The spot that an arrow key leads to: the closest in that direction, sooner straight on than aside. */
export function nearest(spots: readonly Spot[], from: Spot, key: string): Spot | undefined {
  const way = WAYS[key];
  if (!way) return undefined;
  let found: Spot | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const spot of spots) {
    if (spot === from) continue;
    const dx = spot.x - from.x;
    const dy = spot.y - from.y;
    const ahead = dx * way.x + dy * way.y;
    const aside = Math.abs(dx * way.y) + Math.abs(dy * way.x);
    if (ahead <= 0) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) [found, least] = [spot, distance];
  }
  return found;
}
