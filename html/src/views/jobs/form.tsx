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
      <TextField
        name="command"
        label={texts.command}
        hint={texts.commandHint}
        optional={optional}
        value={values.command}
        mono
        lines={2}
      />
      <TextField
        name="args"
        label={texts.args}
        hint={texts.argsHint}
        optional={optional}
        value={values.args}
        mono
        lines={2}
      />
      <TextField
        name="env"
        label={texts.env}
        hint={texts.envHint}
        optional={optional}
        value={values.env}
        mono
        lines={2}
        error={wrong.env}
      />
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

interface CountProps {
  name: keyof JobForm;
  label: string;
  values: JobForm;
  wrong: Wrong;
}

function Count({ name, label, values, wrong }: CountProps) {
  return <TextField name={name} label={label} value={values[name]} mono error={wrong[name]} />;
}
