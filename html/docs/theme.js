// Before anything is shown: light or dark, as chosen in the UI (src/lib/prefs.ts) or by the system.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try {
      return JSON.parse(localStorage.getItem('eksgate.theme'));
    } catch {
      return null; // storage may be switched off
    }
  };
  const show = () => {
    const dark = chosen() === 'dark' || (chosen() !== 'light' && system.matches);
    document.documentElement.classList.toggle('dark-mode', dark);
  };
  system.addEventListener('change', show);
  addEventListener('storage', show);
  show();
})();
