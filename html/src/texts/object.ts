// The catalogue of one object: its summary, text, events and logs.
import { type Loose, part } from './index';
import { en } from './object.en';
import { ko } from './object.ko';

export type ObjectCatalogue = Loose<typeof en>;

export const detail = part<ObjectCatalogue>(en, ko);
