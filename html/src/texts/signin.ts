// The catalogue of the sign-in page.
import { type Loose, part } from './index';
import { en } from './signin.en';
import { ko } from './signin.ko';

export type SignInCatalogue = Loose<typeof en>;

export const signing = part<SignInCatalogue>(en, ko);
