// The catalogue of a cluster's overview.
import { type Loose, part } from './index';
import { en } from './overview.en';
import { ko } from './overview.ko';

export type OverviewCatalogue = Loose<typeof en>;

export const overview = part<OverviewCatalogue>(en, ko);
