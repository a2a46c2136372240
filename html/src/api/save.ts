// An answer as a file: by fetch, which carries what a plain link would not.
import { open } from './client';

export async function save(path: string, name: string, signal?: AbortSignal): Promise<void> {
  const answer = await open(path, { accept: '*/*', signal });
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
