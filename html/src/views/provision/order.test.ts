import { describe, expect, it } from 'vitest';
import type { Order } from '../../api/provision';
import {
  ANYTHING,
  type Draft,
  draftOf,
  isCidr,
  orderOf,
  pair,
  placeOf,
  priceQuery,
  wrongWith,
} from './order';

const order: Order = {
  cluster_name: 'prod-cluster-001',
  kubernetes_version: '1.35',
  instance_type: 'm5.xlarge',
  first_instance_type: 'm5.large',
  ip_family: 'ipv4',
  region: 'ap-south-1',
  vpc_cidr: '10.60.0.0/16',
  zones: 2,
  node_min: 1,
  node_desired: 2,
  node_max: 4,
  capacity_type: 'ON_DEMAND',
  environment: 'production',
  first_node_count: 2,
  addons: { 'vpc-cni': '', coredns: 'v1.11.4-eksbuild.2' },
  pod_identity: { 'payments/api': 'arn:aws:iam::123456789012:role/api' },
  tags: { team: 'payments' },
  private_endpoint_only: false,
  encrypt_secrets: false,
  ignore_desired_size: false,
  deletion_protection: false,
  require_approval: false,
};
const ROLE = 'arn:aws:iam::123456789012:role/api';
const given = { network: 'given', vpc_id: 'vpc-0a1b2c3d4e5f67890' } as const;
const subnets = 'subnet-0a1b2c3d4e5f67890\nsubnet-310c7c7d';

/** The fields that are wrong with the order once that is changed in it. */
function wrong(change: Partial<Draft>, offered = ANYTHING): string[] {
  return Object.keys(wrongWith({ ...draftOf(order), ...change }, offered));
}

describe('an order as a form', () => {
  it('gives back what was ordered', () => {
    expect(orderOf(draftOf(order))).toEqual(order);
  });

  it('keeps what it has no field for', () => {
    const later = { ...order, of_a_newer_gateway: ['x'] };
    expect(orderOf(draftOf(later))).toEqual(later);
  });

  it('says only of the network that is chosen what belongs to it', () => {
    const draft = { ...draftOf(order), ...given, subnet_ids: subnets };
    expect(orderOf(draft)).toMatchObject({ vpc_id: given.vpc_id, subnet_ids: subnets.split('\n') });
    expect(orderOf(draft)).not.toHaveProperty('vpc_cidr');
    expect(orderOf(draft)).not.toHaveProperty('zones');
    expect(orderOf({ ...draft, network: 'own' })).not.toHaveProperty('vpc_id');
    expect(draftOf(orderOf(draft)).network).toBe('given');
  });

  it('says nothing of a public endpoint that is not there', () => {
    const draft = { ...draftOf(order), public_access_cidrs: '203.0.113.0/24' };
    expect(orderOf(draft).public_access_cidrs).toEqual(['203.0.113.0/24']);
    expect(orderOf({ ...draft, private_endpoint_only: true })).not.toHaveProperty('public_access_cidrs');
  });

  it('asks for the price of what costs', () => {
    expect(priceQuery(draftOf(order))).toMatchObject({ instance_type: 'm5.xlarge', node_desired: '2' });
    expect(priceQuery(draftOf(order))).not.toHaveProperty('cluster_name');
  });
});

describe('what is typed', () => {
  it('is right as it is meant', () => {
    expect(wrong({})).toEqual([]);
  });

  it.each([
    ...['a', '0', 'prod-cluster-001', 'a--b', '9lives', 'kube-system', 'null', '00', 'x'.repeat(100)],
  ])('may be the name %s', (cluster_name) => {
    expect(wrong({ cluster_name })).toEqual([]);
  });

  it.each([
    ...['', '-a', 'a-', '-', 'A', 'Prod', 'a_b', 'a.b', 'a b', 'a/b', '../etc', 'a\nb', 'a\u0000b', 'ü'],
    ...['$(id)', 'a;rm -rf', 'a%2e', '--help', 'x'.repeat(101)],
  ])('is no name: %j', (cluster_name) => {
    expect(wrong({ cluster_name })).toEqual(['cluster_name']);
  });

  it.each(
    'm5.xlarge t3a.medium c7gn.xlarge m5.metal u-6tb1.112xlarge m7i-flex.large mac2-m2pro.metal m8g.metal-24xl t2.nano p6-b200.48xlarge p6e-gb200.36xlarge'.split(
      ' ',
    ),
  )('may be the type %s', (instance_type) => {
    expect(wrong({ instance_type })).toEqual([]);
  });

  it.each([
    ...['m5', 'm5.', 'm5.huge', '.xlarge', 'M5.xlarge', 'm5 .xlarge', 'm5.xlarge;id', 'm5.0xlarge'],
    ...['m5.9999xlarge', 'm5.xlarge.large', '5m.xlarge', '-m5.xlarge', 'm--5.xlarge', 'm5.metal-24'],
    ...['$(x).large', `${'a'.repeat(20)}.large`],
  ])('is no type: %j', (instance_type) => {
    expect(wrong({ instance_type })).toEqual(['instance_type']);
  });

  it.each<[Partial<Draft>, string]>([
    [{ kubernetes_version: '1.24' }, 'kubernetes_version'],
    [{ kubernetes_version: '1.33.1' }, 'kubernetes_version'],
    [{ region: 'mumbai' }, 'region'],
    [{ environment: '-x' }, 'environment'],
    [{ role_arn: 'EKS_Cluster' }, 'role_arn'],
    [{ cluster_role: 'arn:aws:iam::123456789012:role/a' }, 'cluster_role'],
    [{ external_id: 'abc' }, 'external_id'],
    [{ vpc_cidr: '10.60.0.0/25' }, 'vpc_cidr'],
    [{ vpc_cidr: '8.8.0.0/16' }, 'vpc_cidr'],
    [{ zones: '1' }, 'zones'],
    [{ zones: '2.5' }, 'zones'],
    [{ node_min: '0', node_desired: '0', node_max: '0' }, 'node_max'],
    [{ node_desired: '5' }, 'node_desired'],
    [{ node_min: '3' }, 'node_desired'],
    [{ node_max: '451', node_desired: '2' }, 'node_max'],
    [{ public_access_cidrs: '203.0.113.5/24' }, 'public_access_cidrs'],
    [{ ...given, vpc_id: '', subnet_ids: subnets }, 'vpc_id'],
    [{ ...given, subnet_ids: 'subnet-310c7c7d' }, 'subnet_ids'],
    [{ ...given, subnet_ids: 'subnet-310c7c7d subnet-310c7c7d subnet-310c7c7e' }, 'subnet_ids'],
    [{ ...given, subnet_ids: 'vpc-310c7c7d' }, 'subnet_ids'],
    [{ tags: [pair('aws:x', 'y')] }, 'tags[0].name'],
    [{ tags: [pair('a', 'b'), pair('a ', 'c')] }, 'tags[1].name'],
    [{ tags: [pair('a', 'ü')] }, 'tags[0].value'],
    [{ addons: [pair('')] }, 'addons[0].name'],
    [{ addons: [pair('coredns', 'latest')] }, 'addons[0].value'],
    [{ first_node_count: '0' }, 'first_node_count'],
    [{ pod_identity: [pair('api', ROLE)] }, 'pod_identity[0].name'],
    [{ pod_identity: [pair('payments/-api', ROLE)] }, 'pod_identity[0].name'],
    [{ pod_identity: [pair('payments/api', 'api')] }, 'pod_identity[0].value'],
    [{ pod_identity: [pair('a/b', ROLE), pair('a/b', ROLE)] }, 'pod_identity[1].name'],
    [{ allow_replace: 'everything' }, 'allow_replace'],
  ])('is told at its field: %j', (change, field) => {
    expect(Object.keys(wrongWith({ ...draftOf(order), ...change }, ANYTHING))).toEqual([field]);
  });

  it('may be an IPv6 network where the endpoint is reached from', () => {
    expect(wrong({ public_access_cidrs: '2001:db8::/32, 203.0.113.0/24' })).toEqual([]);
  });

  it('is held against what AWS offers, once that is known', () => {
    const offered = {
      versions: ['1.36'],
      regions: ['us-east-1'],
      types: ['m5.large'],
      addons: new Map([
        ['vpc-cni', ['v1.20.4-eksbuild.1']],
        ['coredns', ['v1.12.1-eksbuild.2']],
      ]),
    };
    expect(wrong({}, offered)).toEqual(['kubernetes_version', 'region', 'instance_type', 'addons[1].value']);
    expect(wrong({ addons: [pair('of-others', 'v1')] }, { ...ANYTHING, addons: offered.addons })).toEqual([]);
  });

  it('is not looked at where it does not count', () => {
    expect(wrong({ ...given, subnet_ids: subnets, vpc_cidr: 'x' })).toEqual([]);
    expect(wrong({ private_endpoint_only: true, public_access_cidrs: 'x' })).toEqual([]);
  });
});

describe('networks', () => {
  it.each(['10.60.0.0/16', '0.0.0.0/0', '203.0.113.8/29', '1.2.3.4/32'])('%s is one', (text) => {
    expect(isCidr(text)).toBe(true);
  });
  it.each(['10.60.0.0', '10.60.0.1/16', '256.0.0.0/8', '10.0.0.0/33', '10.0.0/8', 'a'])(
    '%s is none',
    (text) => {
      expect(isCidr(text)).toBe(false);
    },
  );
});

describe('what the gateway says of a field', () => {
  const draft = draftOf(order);
  it.each([
    ['cluster_name', 'cluster_name'],
    ['subnet_ids[1]', 'subnet_ids'],
    ['tags.team', 'tags[0].value'],
    ['tags.other', 'tags'],
    ['addons.coredns', 'addons[1].value'],
    ['encrypt_secrets', 'encrypt_secrets'],
    ['pod_identity.payments/api', 'pod_identity[0].value'],
    ['of_a_newer_gateway', ''],
    ['', ''],
  ])('of %s stands at %s', (field, place) => {
    expect(placeOf(field, draft)).toBe(place);
  });
});
