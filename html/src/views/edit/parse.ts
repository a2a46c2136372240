// Reading what was written, to say where it cannot be read and to know what was taken out. What is sent is the text
// itself: the API server's own reading of it is what counts.
import { LineCounter, parseAllDocuments } from 'yaml';

export interface YamlFault {
  line: number;
  column: number;
  message: string;
}

export interface Read {
  documents: unknown[];
  faults: YamlFault[];
}

export function readYaml(text: string): Read {
  const counter = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false, strict: true });
  const documents = 'empty' in found ? [] : [...found];
  const faults = documents.flatMap((document) =>
    document.errors.map((error) => {
      const { line, col } = counter.linePos(error.pos[0]);
      return { line, column: col, message: error.message };
    }),
  );
  if (faults.length > 0) return { documents: [], faults };
  try {
    return { documents: documents.map((document) => document.toJS()).filter((one) => one !== null), faults };
  } catch (error) {
    // Aliases that would unfold to more than anybody can have meant.
    return { documents: [], faults: [{ line: 1, column: 1, message: String((error as Error).message) }] };
  }
}
