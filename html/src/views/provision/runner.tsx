// Who makes clusters here: said before anybody orders one.
import { useEffect } from 'preact/hooks';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { provisioning } from '../../texts/provision';
import { Mark } from '../../ui/mark';

/** Where it cannot be read nothing is said: the gateway says it in the end. */
const query = new Query(api.runner);

export function useRunner(): api.Runner | undefined {
  useEffect(() => {
    query.load();
  }, []);
  return query.data.value;
}

/** Why nothing can be ordered; undefined when it can. */
export function useRefusal(): string | undefined {
  return useRunner()?.runner === 'off' ? provisioning().runnerOff : undefined;
}

export function RunnerStrip() {
  const runner = useRunner();
  const texts = provisioning();
  if (!runner || (runner.runner !== 'off' && runner.has_agent)) return null;
  const off = runner.runner === 'off';
  return (
    <div class="strip strip-warn" role="status">
      <Mark mark="bad" />
      <span class="strip-text">
        <strong>{off ? texts.runnerOff : texts.noAgent}</strong> {off ? texts.runnerOffHow : texts.noAgentHow}
      </span>
    </div>
  );
}

/** What a run that is ordered now has before it. */
export function RunnerQueue() {
  const runner = useRunner();
  if (!runner || runner.runner === 'off' || runner.running < runner.running_max) return null;
  return <p class="field-hint">{provisioning().queueAhead(runner.running, runner.waiting)}</p>;
}
