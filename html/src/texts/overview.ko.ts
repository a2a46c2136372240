// 클러스터 개요의 한국어. 영어 목록과 같은 열쇠를 가진다.
import type { OverviewCatalogue } from './overview';

export const ko: OverviewCatalogue = {
  waiting: (cluster) => `${cluster}의 상태를 기다리는 중입니다.`,
  boardFailed: (cluster) => `${cluster}의 상태를 읽지 못했습니다.`,
  boardOld: (time) => `다시 읽지 못했습니다. ${time} 기준입니다.`,
  needs: '디플로이먼트, 스테이트풀셋, 데몬셋, 레플리카셋, 파드를 나열할 권한이 필요합니다.',
  missing: (what) => `읽지 못한 부분: ${what}.`,
  missingMany: (what, more) => `읽지 못한 부분: ${what} 외 ${more}개.`,

  attention: '고장 난 것',
  allWell: '돌아야 할 것은 모두 준비되어 있습니다.',
  allWellPartial: '읽은 부분에는 고장 난 것이 없습니다.',
  more: (n) => `준비되지 않은 것 ${n}개 더`,
  kinds: {
    Node: '노드',
    Deployment: '디플로이먼트',
    StatefulSet: '스테이트풀셋',
    DaemonSet: '데몬셋',
    ReplicaSet: '레플리카셋',
    Pod: '파드',
  },

  running: '실행 중인 것',
  deployment: '디플로이먼트',
  statefulset: '스테이트풀셋',
  daemonset: '데몬셋',
  replicaset: '레플리카셋',
  pod: '파드',
  kind: '종류',
  ready: '준비됨',
  readyOf: (ready, all) => `${all}개 중 ${ready}개`,
  succeeded: (n) => `${n}개 끝남`,
  noneOf: '없음',

  usage: '사용량',
  usedOverTime: '시간별 사용량',
  amounts: { cpu: 'CPU', memory: '메모리', storage: '저장 공간', pods: '파드' },
  used: {
    cpu: (used, all) => `${all}코어 중 ${used}`,
    memory: (used, all) => `${all} GiB 중 ${used}`,
    storage: (used, all) => `${all} GiB 중 ${used}`,
    pods: (used, all) => `${all}개 중 ${used}`,
  },
  has: {
    cpu: (all) => `${all}코어`,
    memory: (all) => `${all} GiB`,
    storage: (all) => `${all} GiB`,
    pods: (all) => `${all}개`,
  },
  notKnown: '알 수 없음',
  percent: (value) => `${value}%`,

  nodes: '여유가 적은 노드부터',
  node: '노드',
  status: '상태',
  cordoned: '스케줄링 중지',
  allNodes: (n) => `노드 ${n}개 모두 보기`,
};
