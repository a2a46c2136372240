// Text that arrives in pieces, as lines. No more than one line of bounded length is ever held back.

export class Lines {
  private rest = '';

  constructor(private readonly max: number) {}

  /** The lines that are whole now; a longer line than the maximum comes in parts. */
  push(text: string): string[] {
    const parts = text.split('\n');
    parts[0] = this.rest + (parts[0] ?? '');
    this.rest = parts.pop() ?? '';
    const out = parts.flatMap((part) => this.cut(part));
    while (this.rest.length > this.max) {
      out.push(this.rest.slice(0, this.max));
      this.rest = this.rest.slice(this.max);
    }
    return out;
  }

  /** What stood after the last line's end. */
  end(): string[] {
    const { rest } = this;
    this.rest = '';
    return rest === '' ? [] : [rest];
  }

  private cut(line: string): string[] {
    if (line.length <= this.max) return [line];
    const out: string[] = [];
    for (let at = 0; at < line.length; at += this.max) out.push(line.slice(at, at + this.max));
    return out;
  }
}

/** Hands out the lines of a body as they come, all of one piece at once. Ends with the body, or throws. */
export async function readLines(
  body: ReadableStream<Uint8Array> | null,
  max: number,
  take: (lines: string[]) => void,
): Promise<void> {
  if (!body) return;
  const lines = new Lines(max);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      take(lines.push(decoder.decode(value, { stream: true })));
    }
    take([...lines.push(decoder.decode()), ...lines.end()]);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
