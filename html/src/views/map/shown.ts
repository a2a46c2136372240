// What both forms of the map show.
import type { ViewOf } from '../../router';
import { mapTexts } from '../../texts/map';
import { type Group, type Grouping, type Model, NONE } from './model';

export interface Shown {
  view: ViewOf<'map'>;
  by: Grouping;
  groups: readonly Group[];
  model: Model;
  /** Keys of groups that are open, and of pods that are drawn one by one. */
  opened: ReadonlySet<string>;
}

export function labelOf(group: Group, by: Grouping): string {
  if (by === 'workload' && group.label === '') return mapTexts().noWorkload;
  if (group.key !== NONE) return group.label;
  return by === 'node' ? mapTexts().noNode : mapTexts().noNamespace;
}
