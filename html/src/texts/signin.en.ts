// English texts of signing in.
export const en = {
  title: 'Sign in to eksgate',
  key: 'API key',
  keyHint: 'Begins with eksgate_.',
  keep: 'Keep it until this tab is closed',
  keepHint: 'Otherwise it is forgotten as soon as the page is left or reloaded.',
  session: 'The key is not kept. This browser stays signed in until it is closed, or for some hours.',
  signIn: 'Sign in',
  notAKey: 'An API key begins with eksgate_ and has 97 characters.',
  failed: 'You could not be signed in.',
  howTo: 'Whoever runs this gateway makes a key with',
};
