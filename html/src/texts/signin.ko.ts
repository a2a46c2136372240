// 로그인 화면의 한국어 문구.
import type { SignInCatalogue } from './signin';

export const ko: SignInCatalogue = {
  title: 'eksgate에 로그인',
  key: 'API 키',
  keyHint: 'eksgate_로 시작합니다.',
  keep: '이 탭을 닫을 때까지 보관',
  keepHint: '그렇지 않으면 페이지를 떠나거나 새로 고칠 때 지워집니다.',
  session: '키는 저장되지 않습니다. 브라우저를 닫을 때까지, 길어도 몇 시간 동안 로그인 상태가 유지됩니다.',
  signIn: '로그인',
  notAKey: 'API 키는 eksgate_로 시작하며 97자입니다.',
  failed: '로그인하지 못했습니다.',
  howTo: '이 게이트웨이의 관리자는 다음 명령으로 키를 만듭니다:',
};
