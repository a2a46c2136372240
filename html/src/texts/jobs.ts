// The catalogue of jobs, cron jobs, their history, templates and namespaces.
import { type Loose, part } from './index';
import { en } from './jobs.en';
import { ko } from './jobs.ko';

export type JobCatalogue = Loose<typeof en>;

export const jobTexts = part<JobCatalogue>(en, ko);
