// The catalogue of the map.
import { type Loose, part } from './index';
import { en } from './map.en';
import { ko } from './map.ko';

export const mapTexts = part<Loose<typeof en>>(en, ko);
