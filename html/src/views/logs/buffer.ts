// The last lines of a log, in blocks: a block that is full never changes again, so it is drawn once.

export interface LogLine {
  /** As the kubelet wrote it, "" for the rest of a line that was too long for one. */
  time: string;
  text: string;
  /** "pod/container", where it can be of more than one. */
  origin?: string;
}

export interface Block {
  id: number;
  lines: readonly LogLine[];
}

export const BLOCK = 100;
export const KEEP_LINES = 10_000;
/** Lines may be long: so many characters are kept at most, however few lines that are. */
export const KEEP_CHARS = 8_000_000;

/** As kubectl logs --prefix writes it. */
const ORIGIN = /^\[pod\/([^\]/ ]+\/[^\]/ ]+)\] /;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;

/** Something to compare times by: trailing zeros are left out when a time is written. */
function timeKey(time: string): string {
  const [whole = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

export class LogBuffer {
  blocks: Block[] = [];
  /** Lines that have been let go of. */
  dropped = 0;
  /** How many have come. */
  seen = 0;
  /** Time of the last line. */
  last = '';
  private chars = 0;
  private next = 0;
  private skipTo = '';

  constructor(
    private readonly keepLines = KEEP_LINES,
    private readonly keepChars = KEEP_CHARS,
    /** Whether lines say where they are from. */
    private readonly many = false,
  ) {}

  get length(): number {
    return this.blocks.reduce((sum, block) => sum + block.lines.length, 0);
  }

  /** What comes now may begin with lines that are there already. */
  resume(): void {
    this.skipTo = this.last;
  }

  push(lines: readonly string[]): void {
    const fresh: LogLine[] = [];
    for (const whole of lines) {
      const origin = this.many ? ORIGIN.exec(whole) : null;
      const line = whole.slice(origin?.[0].length ?? 0);
      const time = STAMP.exec(line);
      const known = time?.[1] ?? '';
      if (this.skipTo !== '') {
        if (known === '' || timeKey(known) <= timeKey(this.skipTo)) continue;
        this.skipTo = '';
      }
      if (known !== '') this.last = known;
      const text = line.slice(time?.[0].length ?? 0);
      fresh.push(origin ? { time: known, text, origin: origin[1] } : { time: known, text });
    }
    this.add(fresh);
  }

  private add(lines: LogLine[]): void {
    this.seen += lines.length;
    const blocks = [...this.blocks];
    for (let at = 0; at < lines.length; ) {
      const open = blocks.at(-1);
      const room = open ? BLOCK - open.lines.length : 0;
      const part = lines.slice(at, at + (room > 0 ? room : BLOCK));
      if (open && room > 0) blocks[blocks.length - 1] = { id: open.id, lines: [...open.lines, ...part] };
      else blocks.push({ id: this.next++, lines: part });
      for (const line of part) this.chars += line.text.length;
      at += part.length;
    }
    let count = blocks.reduce((sum, block) => sum + block.lines.length, 0);
    while (blocks.length > 1 && (count > this.keepLines || this.chars > this.keepChars)) {
      const gone = blocks.shift()?.lines ?? [];
      for (const line of gone) this.chars -= line.text.length;
      count -= gone.length;
      this.dropped += gone.length;
    }
    this.blocks = blocks;
  }
}
