import { type ComponentChild, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan, ProvisionedDetail, Run } from '../../api/provision';
import { navigate, route } from '../../router';
import { DestroyDialog } from './destroy';
import { PlanPanel } from './plantree';
import { ScaleDialog } from './scale';

const root = document.createElement('div');
document.body.append(root);

/** What was asked of the gateway, and what it answers to each. */
let asked: { method: string; path: string; body: unknown }[] = [];
let answer: (path: string) => { status?: number; body: unknown };

beforeEach(() => {
  asked = [];
  answer = () => ({ status: 202, body: { run: 'r2', cluster_name: 'demo', status: 'pending' } });
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({
      method: init.method ?? 'GET',
      path,
      body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
    });
    const { status = 200, body } = answer(path);
    return new Response(JSON.stringify(body), { status });
  });
});

afterEach(() => {
  act(() => render(null, root));
  vi.unstubAllGlobals();
  navigate('/', 'replace');
});

async function show(element: ComponentChild): Promise<void> {
  await act(async () => render(element, root));
}

function button(name: RegExp): HTMLButtonElement {
  const found = [...root.querySelectorAll('button')].find((each) => name.test(each.textContent ?? ''));
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

async function type(name: string, value: string): Promise<void> {
  const input = root.querySelector<HTMLInputElement>(`#${name}`) as HTMLInputElement;
  await act(async () => {
    input.value = value;
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
}

async function submit(): Promise<void> {
  await act(async () => {
    root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });
}

const cluster = {
  cluster_name: 'demo',
  state: 'present',
  protected: false,
  applied: { cluster_name: 'demo', node_min: 1, node_desired: 2, node_max: 4 },
} as ProvisionedDetail;

describe('destroying a cluster', () => {
  it('takes its name, typed out', async () => {
    await show(<DestroyDialog cluster={cluster} onClose={() => undefined} />);
    await type('name', 'demos');
    await submit();
    expect(asked).toEqual([]);
    expect(root.textContent).toContain('Type demo to destroy it');
    await type('name', 'demo');
    await submit();
    expect(asked).toMatchObject([{ method: 'DELETE', path: '/api/provision/clusters/demo?confirm=demo' }]);
    await vi.waitFor(() =>
      expect(route.value).toMatchObject({ view: 'provision-run', name: 'demo', run: 'r2' }),
    );
  });

  it('is not offered while it is protected', async () => {
    await show(<DestroyDialog cluster={{ ...cluster, protected: true }} onClose={() => undefined} />);
    expect(root.querySelector('form')).toBeNull();
    expect(root.textContent).toContain('Deletion protection is on.');
  });

  it('says what refuses it', async () => {
    answer = () => ({ status: 409, body: { message: 'another run is active', details: { run: 'r1' } } });
    await show(<DestroyDialog cluster={cluster} onClose={() => undefined} />);
    await type('name', 'demo');
    await submit();
    await vi.waitFor(() =>
      expect(root.querySelector('[role=alert]')?.textContent).toContain('another run is active'),
    );
    expect(route.value.view).toBe('clusters');
  });
});

describe('scaling', () => {
  it('is sent as numbers, and not while they do not fit together', async () => {
    await show(<ScaleDialog cluster={cluster} onClose={() => undefined} />);
    await type('node_desired', '5');
    expect(root.querySelector('#node_desired-error')?.textContent).toBe('Between the least and the most.');
    await act(async () => button(/^Scale to/).click());
    expect(asked).toEqual([]);
    await type('node_max', '6');
    await act(async () => button(/^Scale to 5$/).click());
    expect(asked).toMatchObject([{ body: { node_min: 1, node_desired: 5, node_max: 6 } }]);
  });

  it('is planned only by Enter', async () => {
    await show(<ScaleDialog cluster={cluster} onClose={() => undefined} />);
    await submit();
    expect(asked).toMatchObject([{ path: '/api/provision/clusters/demo/scale', body: { plan_only: true } }]);
  });
});

describe('a plan', () => {
  const plan: Plan = {
    hash: `sha256:${'1'.repeat(64)}`,
    changes: { add: 1, change: 0, destroy: 0 },
    tree: [{ address: 'aws_vpc.this[0]', type: 'aws_vpc', action: 'create', attributes: [] }],
  };
  const run = {
    run: 'r1',
    cluster_name: 'demo',
    op: 'update',
    status: 'planned',
    plan_hash: plan.hash,
  } as Run;
  const view = {
    view: 'provision-run',
    name: 'demo',
    run: 'r1',
    part: 'plan',
    filter: '',
    action: '',
    opened: [] as string[],
    all: false,
  } as const;

  async function showPlan(of: Run, shown: Plan): Promise<void> {
    answer = (path) =>
      path.endsWith('/plan') ? { body: shown } : { status: 202, body: { run: 'r2', cluster_name: 'demo' } };
    await show(<PlanPanel view={view} run={of} />);
    await vi.waitFor(() => button(/^Approve…$/));
  }

  it('is approved by the hash that is shown', async () => {
    await showPlan(run, plan);
    await act(async () => button(/^Approve…$/).click());
    expect(root.querySelector('dialog')?.textContent).toContain(plan.hash);
    await submit();
    expect(asked.at(-1)).toMatchObject({
      method: 'POST',
      path: '/api/provision/clusters/demo/runs/r1/approve',
      body: { plan_hash: plan.hash },
    });
    await vi.waitFor(() => expect(route.value).toMatchObject({ view: 'provision-run', run: 'r2' }));
  });

  it.each<[string, Partial<Run>, Partial<Plan>, string]>([
    [
      'the guard blocks it',
      { status: 'blocked' },
      { blocked: ['aws_eks_cluster.this'] },
      'Blocked by the guard.',
    ],
    ['it has been', { approved_by_run: 'r2' }, {}, 'It has been approved.'],
    ['it was a dry run', { op: 'test', status: 'completed' }, {}, 'A dry run is only looked at.'],
    [
      'it changes nothing',
      { op: 'drift', status: 'completed' },
      { changes: { add: 0, change: 0, destroy: 0 } },
      'There is nothing to apply.',
    ],
  ])('cannot be approved when %s', async (_, of, shown, why) => {
    await showPlan({ ...run, ...of }, { ...plan, ...shown });
    expect(button(/^Approve…$/).disabled).toBe(true);
    expect(root.querySelector('.plan-refusal')?.textContent).toContain(why);
  });
});
