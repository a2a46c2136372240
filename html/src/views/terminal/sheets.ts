// xterm.js writes its colours and measures into <style> elements, which the page's content security policy forbids,
// rightly. While it makes its elements it is given others in their place: they hand their text on as sheets that a script
// has constructed, which is allowed to whoever may run scripts here at all.

function standIn(page: Document, element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  const remove = element.remove.bind(element);
  element.hidden = true;
  Object.defineProperty(element, 'textContent', {
    get: () => '',
    set: (text: string) => sheet.replaceSync(text),
  });
  element.remove = () => {
    page.adoptedStyleSheets = page.adoptedStyleSheets.filter((other) => other !== sheet);
    remove();
  };
  page.adoptedStyleSheets = [...page.adoptedStyleSheets, sheet];
  return element;
}

/** Whatever style elements make() makes at once become such sheets. */
export function withSheets(page: Document, make: () => void): void {
  const own = page as { createElement?: Document['createElement'] };
  const real = page.createElement.bind(page);
  own.createElement = ((tag: string, options?: ElementCreationOptions) =>
    tag === 'style' ? standIn(page, real('span')) : real(tag, options)) as Document['createElement'];
  try {
    make();
  } finally {
    delete own.createElement; // the prototype's is there again
  }
}
