// The catalogue of the EKS page and of the explanation of refusals.
import { en } from './eks.en';
import { ko } from './eks.ko';
import { type Loose, part } from './index';

export type EksCatalogue = Loose<typeof en>;

export const eks = part<EksCatalogue>(en, ko);
