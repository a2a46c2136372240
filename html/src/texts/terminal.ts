// The catalogue of the shells in the dock.
import { type Loose, part } from './index';
import { en } from './terminal.en';
import { ko } from './terminal.ko';

export type TerminalCatalogue = Loose<typeof en>;

export const shellTexts = part<TerminalCatalogue>(en, ko);
