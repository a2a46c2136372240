// The map as rows: the groups, and in one of them its objects. For small windows, and for who does not see a drawing.
import { useMemo } from 'preact/hooks';
import type { GraphNode } from '../../api/graph';
import { count } from '../../lib/format';
import { clusterOf } from '../../lib/gate';
import { patch } from '../../router';
import { t } from '../../texts';
import { mapTexts } from '../../texts/map';
import { Mark, Status } from '../../ui/mark';
import { type Column, Table } from '../../ui/table/table';
import { byHealth, type Group } from './model';
import { labelOf, type Shown } from './shown';

export function MapList(shown: Shown) {
  const group = shown.groups.find(({ key }) => shown.opened.has(key));
  return group ? <Objects {...shown} group={group} /> : <Groups {...shown} />;
}

function Groups({ view, by, groups }: Shown) {
  const texts = mapTexts();
  const where = clusterOf(view.cluster)?.name ?? view.cluster;
  const columns: Column<Group>[] = [
    {
      id: 'group',
      title: texts.by[by],
      chars: 40,
      least: 16,
      keep: true,
      flexible: true,
      cell: (group) => labelOf(group, by),
      whole: (group) => labelOf(group, by),
    },
    ...(by === 'workload'
      ? [
          {
            id: 'namespace',
            title: t().columns.namespace,
            chars: 20,
            least: 12,
            cell: (group: Group) => group.place,
          },
        ]
      : []),
    {
      id: 'faults',
      title: texts.faultColumn,
      chars: 10,
      narrowChars: 8,
      align: 'end',
      keep: true,
      cell: (group) => (
        <span class={group.faults > 0 ? 'status status-bad' : 'muted'}>
          {group.faults > 0 && <Mark mark="bad" />} {count(group.faults)}
        </span>
      ),
    },
    {
      id: 'pods',
      title: texts.podColumn,
      chars: 8,
      align: 'end',
      keep: true,
      cell: (group) => count(group.pods.length),
    },
    {
      id: 'others',
      title: texts.objectColumn,
      chars: 8,
      align: 'end',
      cell: (group) => count(group.others.length),
    },
  ];
  return (
    <Table
      label={texts.groupList(where)}
      main
      columns={columns}
      rows={groups}
      rowKey={({ key }) => key}
      onOpen={({ key }) => patch('map', { form: 'list', opened: [key] }, 'push')}
      topic={`${by} ${view.filter} ${view.faults}`}
    />
  );
}

export function statusOf(node: GraphNode): string {
  if (node.missing) return mapTexts().missing;
  if (node.unread) return mapTexts().unread;
  return node.status ?? t().marks[node.health];
}

function Objects({ view, by, model, group }: Shown & { group: Group }) {
  const texts = mapTexts();
  const rows = useMemo(() => [...group.others, ...group.pods].sort(byHealth), [group]);
  const beside = view.open !== '';
  const all: Column<GraphNode>[] = [
    {
      id: 'name',
      title: t().columns.name,
      chars: 40,
      least: 16,
      keep: true,
      flexible: true,
      cell: ({ name }) => name,
      whole: ({ name }) => name,
    },
    {
      id: 'kind',
      title: texts.kind,
      chars: 24,
      narrowChars: 14,
      least: 12,
      keep: true,
      cell: ({ kind }) => kind,
    },
    {
      id: 'status',
      title: texts.status,
      chars: 22,
      narrowChars: 14,
      face: 'sans',
      keep: true,
      cell: (node) => <Status mark={node.health} word={statusOf(node)} />,
    },
    {
      id: 'node',
      title: texts.onNode,
      chars: 26,
      least: 12,
      cell: (node) => (node.kind === 'Pod' ? node.group : ''),
    },
    {
      id: 'links',
      title: texts.links,
      chars: 8,
      align: 'end',
      cell: ({ id }) => count((model.from.get(id)?.length ?? 0) + (model.to.get(id)?.length ?? 0)),
    },
  ];
  return (
    <>
      <div class="map-path">
        <button type="button" class="button" onClick={() => patch('map', { opened: [], open: '' }, 'push')}>
          {texts.allGroups}
        </button>
        <h2 class="mono">{labelOf(group, by)}</h2>
      </div>
      <Table
        label={texts.objectList(labelOf(group, by))}
        main
        columns={beside ? all.slice(0, 3) : all}
        rows={rows}
        rowKey={({ id }) => id}
        chosen={view.open}
        onOpen={({ id }) => patch('map', { open: id }, 'push')}
        topic={`${group.key} ${view.filter} ${view.faults}`}
      />
    </>
  );
}
