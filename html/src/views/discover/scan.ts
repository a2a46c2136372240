// Asks place by place which clusters there are, a few at a time, so that what is known can be shown while the rest is
// still being asked.
import { batch, signal } from '@preact/signals';
import { type ApiError, isAbort, toApiError } from '../../api/error';
import type { Available, AvailableCluster } from '../../api/types';

/** One region, seen with one role or with the identity itself. */
export interface Place {
  region: string;
  role?: string;
}

export interface Found extends AvailableCluster {
  role?: string;
}

/** Places that failed alike, or one cluster that could not be described. */
export interface Failed {
  regions: string[];
  role?: string;
  name?: string;
  code: string;
  message: string;
}

export type Ask = (place: Place, signal: AbortSignal) => Promise<Available>;

const AT_ONCE = 4;

export function placesOf(regions: readonly string[], roles: readonly string[]): Place[] {
  if (roles.length === 0) return regions.map((region) => ({ region }));
  return roles.flatMap((role) => regions.map((region) => ({ region, role })));
}

export class Scan {
  readonly found = signal<Found[]>([]);
  readonly failed = signal<Failed[]>([]);
  readonly done = signal(0);
  readonly running = signal(false);
  readonly cancelled = signal(false);
  /** Why nothing could be listed at all. */
  readonly error = signal<ApiError | undefined>(undefined);
  private readonly controller = new AbortController();
  private readonly errors: { place: Place; error: ApiError }[] = [];

  constructor(
    readonly places: readonly Place[],
    private readonly ask: Ask,
  ) {}

  async run(): Promise<void> {
    const waiting = [...this.places];
    const worker = async () => {
      for (let next = waiting.shift(); next && !this.controller.signal.aborted; next = waiting.shift()) {
        await this.look(next);
      }
    };
    this.running.value = true;
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker));
    batch(() => {
      const [first] = this.errors;
      if (first && this.errors.length === this.done.peek()) this.error.value ??= first.error;
      this.running.value = false;
    });
  }

  /** Stops asking; what has been found stays. */
  cancel(): void {
    if (!this.running.peek()) return;
    this.cancelled.value = true;
    this.controller.abort();
  }

  private async look(place: Place): Promise<void> {
    try {
      const { clusters, errors } = await this.ask(place, this.controller.signal);
      batch(() => {
        this.done.value++;
        const found = clusters.map((cluster) => ({ ...cluster, role: place.role }));
        this.found.value = [...this.found.peek(), ...found].sort(inOrder);
        for (const { region, name, code, message } of errors) {
          this.add({ regions: [region], role: place.role, name, code, message });
        }
      });
    } catch (thrown) {
      if (isAbort(thrown)) return;
      const error = toApiError(thrown);
      batch(() => {
        this.done.value++;
        this.errors.push({ place, error });
        this.add({ regions: [place.region], role: place.role, code: error.code, message: error.message });
        if (!isSameElsewhere(error)) return;
        this.error.value = error;
        this.controller.abort();
      });
    }
  }

  /** Regions that a whole account may not use fail by the dozen; one line says it for all of them. */
  private add(failure: Failed): void {
    const alike = (other: Failed) =>
      other.code === failure.code && other.role === failure.role && !other.name && !failure.name;
    const before = this.failed.peek().find(alike);
    this.failed.value = before
      ? this.failed
          .peek()
          .map((other) =>
            other === before ? { ...before, regions: [...before.regions, ...failure.regions].sort() } : other,
          )
      : [...this.failed.peek(), failure];
  }
}

function inOrder(a: Found, b: Found): number {
  return (
    a.region.localeCompare(b.region) ||
    a.name.localeCompare(b.name) ||
    (a.role ?? '').localeCompare(b.role ?? '')
  );
}

/** What is wrong with the request, the credentials or the gateway is wrong in every region. */
function isSameElsewhere(error: ApiError): boolean {
  return error.kind !== 'answer' || error.causes.length > 0 || error.isCredentials;
}

const UNKNOWN_THERE = new Set(['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired']);

/** Keys that work in one region and are unknown in another: the account has not switched that region on. */
export function isSwitchedOff(failure: Failed, answered: boolean): boolean {
  return answered && !failure.name && UNKNOWN_THERE.has(failure.code);
}
