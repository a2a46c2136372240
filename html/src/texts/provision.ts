// The catalogue of the provisioner.
import { type Loose, part } from './index';
import { en } from './provision.en';
import { ko } from './provision.ko';

export type ProvisionCatalogue = Loose<typeof en>;

export const provisioning = part<ProvisionCatalogue>(en, ko);
