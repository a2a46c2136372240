import { describe, expect, it } from 'vitest';
import type { Resource } from '../api/types';
import { kindTitle, matchKind, railOf } from './index';

function kind(type: string, name: string, more: Partial<Resource> = {}): Resource {
  const [plural = '', ...group] = type.split('.');
  return {
    type,
    plural,
    group: group.join('.'),
    version: 'v1',
    kind: name,
    namespaced: true,
    verbs: ['list', 'get'],
    ...more,
  };
}

const all = [
  kind('pods', 'Pod', { shortNames: ['po'] }),
  kind('podtemplates', 'PodTemplate'),
  kind('services', 'Service', { shortNames: ['svc'] }),
  kind('deployments.apps', 'Deployment', { shortNames: ['deploy'] }),
  kind('networkpolicies.networking.k8s.io', 'NetworkPolicy', { shortNames: ['netpol'] }),
  kind('widgets.example.com', 'Widget'),
  kind('events', 'Event'),
  kind('events.events.k8s.io', 'Event'),
  kind('bindings', 'Binding', { verbs: ['create'] }),
  kind('roles.rbac.authorization.k8s.io', 'Role'),
];

describe('the rail', () => {
  const rail = railOf(all);
  const types = (group: 'workloads' | 'network' | 'cluster' | 'custom') =>
    rail.get(group)?.map((item) => item.resource.type);

  it('puts kinds in their groups, the everyday ones first', () => {
    expect(types('workloads')).toEqual(['pods', 'deployments.apps', 'podtemplates']);
    expect(types('network')).toEqual(['services', 'networkpolicies.networking.k8s.io']);
    expect(types('custom')).toEqual(['widgets.example.com']);
  });

  it('leaves out what cannot be listed and what is there twice', () => {
    expect(types('cluster')).toEqual(['events', 'roles.rbac.authorization.k8s.io']);
  });

  it('shows every custom kind', () => {
    expect(rail.get('custom')?.every((item) => item.main)).toBe(true);
  });
});

describe('kindTitle', () => {
  const titles: [string, string, string][] = [
    ['Pod', 'pods', 'Pods'],
    ['NetworkPolicy', 'networkpolicies', 'Network policies'],
    ['Ingress', 'ingresses', 'Ingresses'],
    ['Endpoints', 'endpoints', 'Endpoints'],
    ['NodeMetrics', 'nodes', 'Node metrics'],
    ['APIService', 'apiservices', 'API services'],
    ['CSIDriver', 'csidrivers', 'CSI drivers'],
    ['Gateway', 'gateways', 'Gateways'],
  ];
  it.each(titles)('%s', (name, plural, title) => {
    expect(kindTitle({ kind: name, plural })).toBe(title);
  });
});

describe('matchKind', () => {
  const found: [string, string | undefined][] = [
    ['po', 'pods'],
    ['pods', 'pods'],
    ['Pod', 'pods'],
    ['deploy', 'deployments.apps'],
    ['widgets.example.com', 'widgets.example.com'],
    ['wid', 'widgets.example.com'],
    ['bindings', undefined],
    ['nothing', undefined],
  ];
  it.each(found)('%s', (word, type) => {
    expect(matchKind(all, word)?.type).toBe(type);
  });
});
