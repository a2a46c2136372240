// What EKS has found about the next version: what forbids the upgrade first.
import type { EksObject, EksPart } from '../../api/types';

export type InsightStatus = 'PASSING' | 'WARNING' | 'ERROR' | 'UNKNOWN';

export interface Insight {
  id: string;
  name: string;
  status: InsightStatus;
  reason: string;
  recommendation: string;
}

const ORDER: readonly InsightStatus[] = ['ERROR', 'WARNING', 'UNKNOWN', 'PASSING'];

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** Of the readiness for this version; an insight that names no version is about every one. */
export function insightsFor(part: EksPart, version: string): Insight[] {
  const all = Array.isArray(part.insights) ? (part.insights as EksObject[]) : [];
  return all
    .filter(({ category, kubernetesVersion }) => {
      const about = text(kubernetesVersion);
      return text(category) !== 'MISCONFIGURATION' && (about === '' || about === version);
    })
    .map((insight) => {
      const status = (insight.insightStatus ?? {}) as EksObject;
      const word = ORDER.find((each) => each === status.status) ?? 'UNKNOWN';
      return {
        id: text(insight.id) || text(insight.name),
        name: text(insight.name),
        status: word,
        reason: text(status.reason),
        recommendation: text(insight.recommendation),
      };
    })
    .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.name.localeCompare(b.name));
}
