// The catalogue of the forms that talk to AWS: connecting and discovering.

import { en } from './connect.en';
import { ko } from './connect.ko';
import { type Loose, part } from './index';

export type ConnectCatalogue = Loose<typeof en>;

export const forms = part<ConnectCatalogue>(en, ko);
