// A single answer that is kept, refreshed and shown with its age: the small sibling of the list loader.
import { batch, signal } from '@preact/signals';
import { type ApiError, isAbort, toApiError } from './error';

export class Query<T> {
  readonly data = signal<T | undefined>(undefined);
  readonly error = signal<ApiError | undefined>(undefined);
  readonly loading = signal(false);
  readonly asOf = signal<number | undefined>(undefined);
  readonly cancelled = signal(false);
  private controller: AbortController | undefined;
  private again = false;
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly fetcher: (signal: AbortSignal) => Promise<T>) {}

  /** Ends with the reading, also one that was under way. */
  load(): Promise<void> {
    if (!this.loading.peek()) this.reading = this.read();
    return this.reading;
  }

  private async read(): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    batch(() => {
      this.loading.value = true;
      this.cancelled.value = false;
    });
    try {
      const data = await this.fetcher(controller.signal);
      if (controller.signal.aborted) return;
      batch(() => {
        this.data.value = data;
        this.error.value = undefined;
        this.asOf.value = Date.now();
      });
    } catch (error) {
      if (isAbort(error)) this.cancelled.value = true;
      else this.error.value = toApiError(error);
    } finally {
      if (this.controller === controller) this.loading.value = false;
    }
    if (!this.again || controller.signal.aborted) return;
    this.again = false;
    await this.read();
  }

  /** Reads what is true now: a reading that is under way may have begun before, so another follows it. */
  renew(): Promise<void> {
    if (this.loading.peek()) this.again = true;
    return this.load();
  }

  cancel(): void {
    this.controller?.abort();
  }
}
