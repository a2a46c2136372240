// English texts of changing, creating and deleting objects.
import { plural } from './plural';

export const en = {
  // writing
  editorLabel: (name: string) => `YAML of ${name}`,
  editorKeys: 'Tab indents; Esc, then Tab leaves. Ctrl Enter goes on.',
  tabLeaves: 'Tab leaves the text now.',
  faultAt: (line: number, column: number) => `Line ${line}, column ${column}:`,
  secretNote: 'Values are covered. One that you leave as it is stays as it is; a new one is base64.',
  review: 'Review changes',
  trying: 'Trying…',
  discard: 'Discard',

  // reviewing
  tried: 'Tried on the server; nothing has been changed yet.',
  changes: (n: number) => plural(n, '1 field changes', `${n} fields change`),
  noChange: 'Nothing changes',
  changesLabel: 'What changes',
  changeKinds: { added: 'added', changed: 'changed', removed: 'removed' },
  coveredChange: 'Value covered',
  moreChanges: (n: string) => `And ${n} more.`,
  apply: 'Apply',
  applyForced: 'Take over and apply…',
  back: 'Back to the text',
  failed: (name: string) => `${name} could not be applied.`,

  // what others own
  conflictTitle: (n: number) =>
    plural(n, 'One field belongs to somebody else', `${n} fields belong to somebody else`),
  ownedBy: (owner: string) => `owned by ${owner}`,
  conflictAdvice: 'Change them where their owner has them, or take them over.',
  takeTitle: (n: number, name: string) =>
    plural(n, `Take over 1 field of ${name}?`, `Take over ${n} fields of ${name}?`),
  takeEffect: (owners: string) => `They no longer belong to ${owners}; eksgate owns them from then on.`,
  takeBack: 'An owner that is a controller or a pipeline may set them back.',
  takeAction: (n: number) => plural(n, 'Take over 1 field', `Take over ${n} fields`),
  leftTitle: (n: number) =>
    plural(n, 'One field that you took out stays', `${n} fields that you took out stay`),
  leftRemove: 'Remove them all the same',
  leftHint: 'Others own them too. They are removed from exactly the version that you apply.',

  // deleting
  removeTitle: (kind: string, name: string) => `Delete ${kind} ${name}?`,
  removeFrom: (namespace: string) => `It is in ${namespace}.`,
  removeEffect: 'This cannot be undone.',
  removeGroup: 'All that is in it is deleted too.',
  removeType: (name: string) => `Type ${name} to delete it`,
  removeAction: (kind: string, name: string) => `Delete ${kind} ${name}`,
  removing: 'Deleting…',
  removeFailed: (name: string) => `${name} could not be deleted.`,
  removeSystem: 'Delete it although the cluster needs it',
  removeSystemHint: 'It belongs to Kubernetes itself. Takes the role admin.',
  lossReading: 'Looking at what goes with it…',
  lossFailed: (name: string) => `What goes with ${name} could not be read.`,
  lossPods: (n: number) => plural(n, 'Its pod is deleted too:', `Its ${n} pods are deleted too:`),
  lossNoPods: 'It has no pods.',
  lossContents: 'All that is in it is deleted too:',
  lossEmpty: 'Nothing is in it.',
  lossOf: (n: number, type: string) => `${n} ${type}`,
  owned: 'What it owns',
  policies: {
    Background: 'Is deleted after it',
    Foreground: 'Is deleted before it',
    Orphan: 'Stays, without an owner',
  },

  // creating
  newLabel: 'YAML or JSON of the objects',
  newHint: 'Paste one or more documents. What exists is changed, what does not exist is created.',
  newNamespace: 'Namespace of those that name none',
  newTry: 'Try it',
  newApply: 'Apply',
  newTried: 'Tried on the server; nothing has been changed.',
  newDone: (n: number, all: number) =>
    plural(all, `${n} of 1 object applied`, `${n} of ${all} objects applied`),
  newFailed: 'The objects could not be applied.',
  newForce: 'Take over fields that others own',
  newOutcomes: 'What became of each object',
  created: 'created',
  configured: 'changed',
  wouldCreate: 'would be created',
  wouldConfigure: 'would be changed',
};
