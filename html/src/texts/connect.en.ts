// English texts of connecting and discovering.
import { plural } from './plural';

export const en = {
  // kubeconfigs
  kubeconfigWhy:
    'Every context in it becomes a connection. Commands are not run: tokens for EKS are made by the gateway itself.',
  kubeconfigFile: 'File',
  kubeconfigText: 'Or its text',
  kubeconfigHint:
    'Files that it names are not here: kubectl config view --flatten --raw puts their content in.',
  kubeconfigNeeded: 'Choose a file, or paste its text.',
  kubeconfigFailed: 'The kubeconfig was not added',
  kubeconfigReplace: 'Take names over',
  kubeconfigReplaceHint:
    'What is connected under the same name with another identity or cluster is replaced.',
  adding: 'Adding…',
  outcomes: 'What became of each context',
  contextAdded: 'added',
  contextRenewed: 'renewed',
  contextRefused: 'not added',
  // connecting
  connectTitle: 'Connect a cluster',
  clusterName: 'Cluster name',
  region: 'Region',
  regionHint: 'Such as us-east-1. Any region may be typed.',
  identity: 'AWS identity',
  accessKeys: 'Access keys',
  accessKeysHint: 'Sealed by the gateway, never shown again',
  profile: 'Profile',
  profileHint: 'A named profile on the gateway’s machine',
  chain: 'Default chain',
  chainHint: 'What the gateway itself runs with: environment, web identity, instance role',
  accessKeyId: 'Access key ID',
  secretAccessKey: 'Secret access key',
  secretHint: 'Cleared from this page as soon as it is sent.',
  sessionToken: 'Session token',
  profileName: 'Profile name',
  profileNameHint: 'As in the gateway’s AWS configuration files.',
  assumeRole: 'Assume a role',
  assumeRoleHint: 'For clusters of another account, or with other rights',
  roleArn: 'Role ARN',
  roleArnHint: 'Assumed with the identity above, again whenever its session ends.',
  roleArns: 'Role ARNs',
  roleArnsHint: 'One to a line. Each region is asked with each role.',
  externalId: 'External ID',
  externalIdHint: 'When the role asks for one.',
  roleChain: 'Roles before it',
  roleChainHint: 'One to a line, assumed in this order, each with the one before.',
  needed: 'This is needed.',
  wrongClusterName:
    'A cluster name has up to 100 letters, digits, hyphens and underscores, and begins with a letter or digit.',
  wrongRegion: 'A region looks like us-east-1.',
  wrongAccessKey: 'An access key ID has 16 or more capital letters and digits, such as AKIA….',
  needsSessionToken: 'Keys that begin with ASIA are temporary and need their session token.',
  wrongRole: 'A role ARN looks like arn:aws:iam::123456789012:role/name.',
  wrongRoleOf: (text: string) =>
    `${text} is no role ARN. One looks like arn:aws:iam::123456789012:role/name.`,
  wrongExternalId: 'An external ID has 2 to 1224 letters, digits and _ + = , . @ : / -',
  connecting: 'Connecting…',
  connectSteps: (name: string) => `Checking the credentials, describing ${name}, trying its API.`,
  connectFailed: (name: string) => `${name} could not be connected.`,
  secretsCleared: 'The secret was cleared when it was sent. Enter it again to retry.',
  replaceConnection: 'Replace the connection that exists',
  replaceHint: 'It belongs to another identity, which is forgotten.',

  // discovering
  discoverTitle: 'Discover clusters',
  regions: 'Regions',
  chooseRegions: 'Choose regions',
  findClusters: 'Find clusters',
  keysKept:
    'Kept in this page’s memory for one-click connects, until you leave it or ten minutes have passed.',
  allRegions: 'All regions',
  discoverSteps: (done: string, all: string) => `${done} of ${all} regions have answered.`,
  discoverStopped: (done: string, all: string) =>
    `You stopped after ${done} of ${all} regions. Clusters of the others are missing.`,
  connectByForm: 'Connect by form',
  discoverFailed: 'The clusters could not be listed.',
  regionFailed: (region: string) => `${region} could not be listed.`,
  regionFailedAs: (region: string, role: string) => `${region} could not be listed as ${role}.`,
  regionCount: (n: number) => `${n} regions`,
  whichRegions: 'Which regions',
  describeFailed: (name: string, region: string) => `${name} in ${region} could not be described.`,
  regionsOff: (n: number) =>
    plural(
      n,
      'One region is not enabled for this account:',
      `${n} regions are not enabled for this account:`,
    ),
  discoverStart: 'Find what these credentials can see',
  discoverStartWhy: 'Choose regions and an identity. Listing needs eks:ListClusters and eks:DescribeCluster.',
  noneFound: (regions: string) => `No cluster in ${regions}`,
  noneFoundWhy:
    'The credentials work, and this account has no EKS cluster there. Try other regions or another account.',
};
