// The catalogue of webhooks.
import { en } from './hooks.en';
import { ko } from './hooks.ko';
import { type Loose, part } from './index';

export type HookCatalogue = Loose<typeof en>;

export const hooks = part<HookCatalogue>(en, ko);
