// The catalogue of changing, creating and deleting objects.
import { en } from './edit.en';
import { ko } from './edit.ko';
import { type Loose, part } from './index';

export type EditCatalogue = Loose<typeof en>;

export const editing = part<EditCatalogue>(en, ko);
