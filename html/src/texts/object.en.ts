// English texts of one object.
import { plural } from './plural';

export const en = {
  // details
  detailOf: (kind: string, name: string) => `${kind} ${name}`,
  tabs: { summary: 'Summary', yaml: 'YAML', events: 'Events' },
  waitingObject: (name: string) => `Waiting for ${name}.`,
  objectFailed: (name: string) => `${name} could not be read.`,
  objectGone: (name: string) => `${name} has been deleted. This is its last known state.`,
  beingDeleted: 'It is being deleted.',
  owner: 'Owner',
  ownerText: (kind: string, name: string) => `${kind} ${name}`,
  containers: 'Containers',
  times: (n: number) => `${n} times`,
  restarts: (n: number) => plural(n, '1 restart', `${n} restarts`),
  conditions: 'Conditions',
  labels: 'Labels',
  filterByLabel: 'Show everything of this kind with this label',
  annotations: 'Annotations',
  identityPart: 'Identity',
  longValue: (n: number) => `${n} characters`,
  textFormat: 'Format',
  textLabel: 'The object as text',
  managedFields: 'Managed fields',
  showValues: 'Show secret values (base64)',
  waitingEvents: (name: string) => `Waiting for the events of ${name}.`,
  eventsFailed: (name: string) => `The events of ${name} could not be read.`,
  noEvents: 'No events',
  noEventsWhy:
    'The cluster keeps events for about an hour; nothing has been said about this object in that time.',
};
