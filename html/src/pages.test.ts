import { describe, expect, it } from 'vitest';
import { KIND_KEYS } from './kinds';
import { allLinks, linksAt, pageKeys, samePage } from './pages';
import { parse } from './router';

const views = (links: readonly { view: string }[]) => links.map(({ view }) => view);

describe('pages', () => {
  it('stand in the rail where they say', () => {
    expect(views(linksAt('home', ''))).toEqual([
      'clusters',
      'connect',
      'kubeconfig',
      'discover',
      'provision',
    ]);
    expect(views(linksAt('foot', 'a'))).toContain('eks');
    expect(linksAt('workloads', 'a')).toContainEqual({
      view: 'runs',
      label: 'Job history',
      href: '/c/a/job-history',
    });
  });

  it('of a cluster can be gone to while one is open', () => {
    expect(views(allLinks(''))).not.toContain('eks');
    expect(views(allLinks('a'))).toEqual(expect.arrayContaining(['eks', 'runs', 'webhooks']));
    for (const { view, href } of allLinks('a')) expect(parse(href, '')).toMatchObject({ view });
  });

  it('have keys that open nothing else', () => {
    const keys = [...pageKeys('a').map(({ keys }) => keys), ...KIND_KEYS.map(({ key }) => `g ${key}`)];
    expect(new Set(keys).size).toBe(keys.length);
    expect(pageKeys('').map(({ keys }) => keys)).toEqual(['g c', 'g r']);
  });

  it('stay open when another cluster is chosen, with the part that is looked at', () => {
    expect(samePage(parse('/c/a/eks/addons', '?q=x'), 'b')).toBe('/c/b/eks/addons');
    expect(samePage(parse('/c/a/job-history/analytics', ''), 'b')).toBe('/c/b/job-history/analytics');
    expect(samePage(parse('/c/a/pods', ''), 'b')).toBeUndefined();
    expect(samePage(parse('/c/a/new-job', ''), 'b')).toBeUndefined();
    expect(samePage(parse('/templates', ''), 'b')).toBeUndefined();
  });
});
