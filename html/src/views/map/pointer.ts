// The pointer over the drawing.
import { useEffect } from 'preact/hooks';
import { type Camera, moved, zoomed } from './camera';

/** Dragging moves, the wheel moves, with Control or two fingers it zooms. */
export function usePointer(
  svg: { current: SVGSVGElement | null },
  camera: { value: Camera | undefined },
  now: () => Camera,
): void {
  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const fingers = new Map<number, { x: number; y: number }>();
    const place = (event: { clientX: number; clientY: number }) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = place(event);
      camera.value = event.ctrlKey
        ? zoomed(now(), Math.exp(-event.deltaY / 200), x, y)
        : moved(now(), -event.deltaX, -event.deltaY);
    };
    const onDown = (event: PointerEvent) => {
      if (event.button === 0) fingers.set(event.pointerId, place(event));
    };
    const onMove = (event: PointerEvent) => {
      const last = fingers.get(event.pointerId);
      if (!last) return;
      const here = place(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      fingers.set(event.pointerId, here);
      if (other) {
        const factor =
          Math.hypot(here.x - other.x, here.y - other.y) /
          Math.max(1, Math.hypot(last.x - other.x, last.y - other.y));
        camera.value = zoomed(now(), factor, other.x, other.y);
      } else camera.value = moved(now(), here.x - last.x, here.y - last.y);
    };
    const onUp = (event: PointerEvent) => fingers.delete(event.pointerId);
    element.addEventListener('wheel', onWheel, { passive: false });
    element.addEventListener('pointerdown', onDown);
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onUp);
    addEventListener('pointercancel', onUp);
    return () => {
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('pointerdown', onDown);
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onUp);
      removeEventListener('pointercancel', onUp);
    };
  });
}
