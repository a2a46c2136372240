import { describe, expect, it } from 'vitest';
import { href, listHref, parse, type Route, to } from './router';

function round(route: Exclude<Route, { view: 'unknown' }>): Route {
  const [path = '', search = ''] = href(route).split('?');
  return parse(path, search);
}

describe('router', () => {
  const routes: Exclude<Route, { view: 'unknown' }>[] = [
    { view: 'clusters' },
    { view: 'connect', name: 'demo', region: 'us-east-1' },
    { view: 'discover', regions: ['us-east-1', 'eu-west-1'] },
    {
      view: 'list',
      cluster: 'us-east-1_demo',
      kind: '',
      namespaces: [],
      filter: '',
      sort: '',
      unhealthy: false,
      open: '',
      tab: '',
    },
    {
      view: 'list',
      cluster: 'arn:aws:eks:eu-west-1:1:cluster/a b%',
      kind: 'widgets.example.com',
      namespaces: ['a', 'b'],
      filter: 'x=1 &y #z?',
      sort: '-age',
      unhealthy: true,
      open: 'a/web-0',
      tab: 'yaml',
    },
  ];
  it.each(routes)('reads back what it writes: $view', (route) => {
    expect(round(route)).toEqual(route);
  });

  it('writes short addresses', () => {
    expect(listHref({ cluster: 'us-east-1_demo', kind: 'pods' })).toBe('/c/us-east-1_demo/pods');
    expect(listHref({ cluster: 'c', kind: 'pods', namespaces: ['a', 'b'], open: 'a/x' })).toBe(
      '/c/c/pods?ns=a,b&open=a/x',
    );
  });

  it('keeps the EKS page apart from the kinds', () => {
    const view = {
      cluster: 'a',
      part: 'access-entries',
      filter: 'ab',
      sort: '-age',
      open: 'arn:x/y',
      tab: 'text',
    };
    expect(to('eks', view)).toBe('/c/a/eks/access-entries?q=ab&sort=-age&open=arn%3Ax/y&tab=text');
    expect(parse('/c/a/eks/access-entries', '?q=ab&sort=-age&open=arn%3Ax/y&tab=text')).toEqual({
      view: 'eks',
      ...view,
    });
    expect(parse('/c/a/eks', '')).toMatchObject({ view: 'eks', part: '' });
    expect(parse('/c/a/eks/addons/more', '')).toMatchObject({ view: 'unknown' });
    const made = { view: 'new', cluster: 'a', namespace: 'b' } as const;
    expect(parse('/c/a/new', '?ns=b')).toEqual(made);
    expect(href(made)).toBe('/c/a/new?ns=b');
  });

  it('keeps the pages of jobs apart from the kinds', () => {
    const runs = {
      view: 'runs',
      cluster: 'a',
      part: 'analytics',
      namespace: 'n',
      filter: 'x',
      state: 'failed',
      since: '7d',
      by: 'template',
      sort: '-runs',
      open: '',
    } as const;
    expect(round(runs)).toEqual(runs);
    expect(parse('/c/a/job-history', '')).toMatchObject({ view: 'runs', part: 'history' });
    expect(parse('/c/a/job-history/other', '')).toMatchObject({ view: 'unknown' });
    const job = { view: 'job-new', cluster: 'a', namespace: 'b', from: 'template', template: 't' } as const;
    expect(round(job)).toEqual(job);
    for (const view of ['templates', 'webhooks'] as const) {
      const store = { view, filter: 'q', open: 'one', tab: 'edit', version: '2' };
      expect(round(store)).toEqual(store);
    }
    expect(round({ view: 'template-new' })).toEqual({ view: 'template-new' });
    expect(round({ view: 'webhook-new' })).toEqual({ view: 'webhook-new' });
    expect(parse('/templates/other', '')).toMatchObject({ view: 'unknown' });
  });

  it('keeps the pages of the provisioner apart', () => {
    const run = {
      view: 'provision-run',
      name: 'new',
      run: 'r1763712000000aaaa',
      part: 'plan',
      filter: 'vpc',
      action: 'create',
      opened: ['aws_vpc.this[0]', 'aws_eks_addon.late["coredns"]'],
      all: false,
    } as const;
    expect(round(run as unknown as Exclude<Route, { view: 'unknown' }>)).toEqual(run);
    expect(to('provision-run', { name: 'a', run: 'r1' })).toBe('/provision/clusters/a/runs/r1');
    const cluster = { view: 'provisioned', name: 'runs', part: 'upgrade' } as const;
    expect(round(cluster)).toEqual(cluster);
    expect(to('provisioned', { name: 'a' })).toBe('/provision/clusters/a');
    expect(parse('/provision/new', '?from=a')).toEqual({ view: 'provision-new', from: 'a' });
    expect(parse('/provision/other', '')).toMatchObject({ view: 'unknown' });
    expect(parse('/provision/clusters/a/runs/r1/other', '')).toMatchObject({ view: 'unknown' });
  });

  it('has no tab without an object', () => {
    expect(listHref({ cluster: 'c', kind: 'pods', tab: 'yaml' })).toBe('/c/c/pods');
  });

  it('survives broken percent-encoding and unknown paths', () => {
    expect(parse('/c/%E0%A4%A/pods', '')).toMatchObject({ view: 'list', cluster: '%E0%A4%A' });
    expect(parse('/nowhere', '')).toEqual({ view: 'unknown', path: '/nowhere' });
    expect(parse('/c/a/pods/more', '')).toEqual({ view: 'unknown', path: '/c/a/pods/more' });
    expect(parse('/connect/x', '')).toMatchObject({ view: 'unknown' });
  });
});
