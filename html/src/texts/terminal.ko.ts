// 독의 셸에 대한 한국어 문구.
import type { TerminalCatalogue } from './terminal';

export const ko: TerminalCatalogue = {
  dock: '셸',
  open: '셸',
  openTip: (container) => `${container}에서 셸 열기`,
  openIn: '컨테이너에서 셸 열기',
  onCluster: (cluster) => `${cluster}의 셸`,
  closeShell: (name) => `셸 ${name} 닫기`,
  closeAll: '모든 셸 닫기',
  tall: '페이지 높이로',
  notTall: '낮게',
  resize: '셸 영역의 높이',
  screen: (name) => `셸 ${name}. Shift와 Escape로 나갑니다.`,
  connecting: '연결하는 중…',
  again: '다시 연결',
  ended: '셸이 끝났습니다.',
  lost: '연결이 끊어졌습니다.',
  tooMany: '열린 셸이 너무 많습니다.',
  refused: '이 셸을 열어 둘 권한이 없습니다.',
  signInAgain: '티켓이나 API 키가 더는 유효하지 않습니다.',
  timedOut: '셸이 닫혔습니다.',
  failed: '셸을 열지 못했습니다.',
};
