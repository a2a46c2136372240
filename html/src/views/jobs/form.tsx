// The fields of a job that most jobs need; what more there is can be written as YAML.
import type { ComponentChildren } from 'preact';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { TextField } from '../../ui/field';
import type { JobForm, Wrong } from './read';

interface FormProps {
  values: JobForm;
  wrong: Wrong;
  /** Of which namespace, asked for first. */
  namespace: ComponentChildren;
}

export function FromForm({ values, wrong, namespace }: FormProps) {
  const texts = jobTexts();
  const optional = t().optional;
  return (
    <>
      <div class="field-row field-row-top">
        {namespace}
        <TextField
          name="name"
          label={t().columns.name}
          hint={texts.nameHint}
          optional={optional}
          value={values.name}
          mono
          error={wrong.name}
        />
      </div>
      <TextField name="image" label={texts.image} value={values.image} mono required error={wrong.image} />
      <Lines name="command" label={texts.command} hint={texts.commandHint} values={values} wrong={wrong} />
      <Lines name="args" label={texts.args} hint={texts.argsHint} values={values} wrong={wrong} />
      <Lines name="env" label={texts.env} hint={texts.envHint} values={values} wrong={wrong} />
      <div class="field-row">
        <Count name="completions" label={texts.completions} values={values} wrong={wrong} />
        <Count name="parallelism" label={texts.parallelism} values={values} wrong={wrong} />
        <Count name="backoff_limit" label={texts.backoffLimit} values={values} wrong={wrong} />
      </div>
      <div class="field-row">
        <Count name="deadline" label={texts.deadline} values={values} wrong={wrong} />
        <Count name="ttl" label={texts.ttl} values={values} wrong={wrong} />
      </div>
      <p class="field-hint">{texts.numbersHint}</p>
    </>
  );
}

interface PartProps {
  name: keyof JobForm;
  label: string;
  hint?: string;
  values: JobForm;
  wrong: Wrong;
}

function Count({ name, label, values, wrong }: PartProps) {
  return <TextField name={name} label={label} value={values[name]} mono error={wrong[name]} />;
}

function Lines({ name, label, hint, values, wrong }: PartProps) {
  const common = { name, label, hint, optional: t().optional, value: values[name], error: wrong[name] };
  return <TextField {...common} mono lines={2} />;
}
