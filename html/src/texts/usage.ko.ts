// Korean texts of usage charts.
import type { UsageCatalogue } from './usage';

export const ko: UsageCatalogue = {
  cpu: 'CPU',
  memory: '메모리',
  cores: (count) => `${count}코어`,
  time: '시간',
  reach: '기간',
  hours: (n) => `${n}시간`,
  minutes: (n) => `${n}분`,
  asTable: '측정값을 표로 보기',
  noSamples: '측정값 없음',
  bounds: { request: (value) => `요청 ${value}`, limit: (value) => `제한 ${value}` },
  chartOf: (label, gaps) => (gaps === 0 ? `${label}, 측정값별` : `${label}, 측정값별, 빈 구간 ${gaps}개`),
  waiting: '사용량을 기다리는 중입니다.',
  failed: '사용량을 읽지 못했습니다.',
  fromKubelets: '클러스터에 메트릭 API가 없어 kubelet이 알려 주는 값을 보여 줍니다.',
  states: {
    sampled: '일부는 측정하지 못했습니다.',
    absent: '클러스터에 메트릭 API가 없습니다. metrics-server를 설치하세요.',
    forbidden: '이 연결의 자격 증명으로는 사용량을 읽을 수 없습니다.',
    unavailable: '지금은 측정값이 없습니다. 다시 시도하는 중입니다.',
    unknown: '최근에 이 클러스터를 측정한 적이 없습니다. eksgate agent가 실행 중인지 확인하세요.',
    off: '측정이 꺼져 있습니다(EKSGATE_USAGE_STEP_SECONDS).',
  },
};
