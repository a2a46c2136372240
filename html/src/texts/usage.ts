// The catalogue of usage charts.
import { type Loose, part } from './index';
import { en } from './usage.en';
import { ko } from './usage.ko';

export type UsageCatalogue = Loose<typeof en>;

export const usageTexts = part<UsageCatalogue>(en, ko);
