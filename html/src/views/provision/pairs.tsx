// What an order has any number of, each a name with a value: add-ons, roles of service accounts, tags.
import type { Addon } from '../../api/provision';
import { provisioning } from '../../texts/provision';
import { TextField } from '../../ui/field';
import { Icon } from '../../ui/icons';
import { SelectField } from '../../ui/select';
import { type Pair, type PairsName, pair } from './order';
import { type FieldsProps, Section } from './section';

export function Pairs({ props, field }: { props: FieldsProps; field: PairsName }) {
  const pairs = props.draft[field];
  const texts = provisioning().pairs[field];
  const change = (next: Pair[]) => props.onChange({ [field]: next }, field);
  const said = pairs
    .filter(({ name }) => name.trim() !== '')
    .map(({ name, value }) => texts.said(name, value));
  return (
    <Section
      props={props}
      id={field}
      title={provisioning().sections[field]}
      says={said.length === 0 ? provisioning().says.none : said.join(', ')}
      has={[field]}
    >
      <div class="order-pairs">
        {pairs.map((each, index) => (
          <div class="order-pair" key={each.id}>
            <TextField
              name={`${field}[${index}].name`}
              label={texts.name}
              value={each.name}
              mono
              choices={field === 'addons' ? namesLeft(props, each) : undefined}
              error={props.wrong[`${field}[${index}].name`]}
            />
            <Value props={props} field={field} index={index} each={each} />
            <button
              type="button"
              class="button button-icon"
              aria-label={texts.remove(each.name)}
              title={texts.remove(each.name)}
              onClick={() => change(pairs.filter(({ id }) => id !== each.id))}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
        {props.wrong[field] && <p class="field-error">{props.wrong[field]}</p>}
        <button type="button" class="button" onClick={() => change([...pairs, pair()])}>
          <Icon name="plus" />
          {texts.add}
        </button>
      </div>
      <p class="field-hint">{texts.hint}</p>
    </Section>
  );
}

/** Add-ons that the order does not have in another row. */
function namesLeft({ draft, lists }: FieldsProps, row: Pair): string[] | undefined {
  const taken = new Set(draft.addons.filter(({ id }) => id !== row.id).map(({ name }) => name.trim()));
  const left = lists.addons?.filter(({ name }) => !taken.has(name)).map(({ name }) => name);
  return left && left.length > 0 ? left : undefined;
}

interface ValueProps {
  props: FieldsProps;
  field: PairsName;
  index: number;
  each: Pair;
}

/** The version of an add-on that EKS knows is chosen, everything else is typed. */
function Value({ props, field, index, each: { name, value } }: ValueProps) {
  const common = {
    name: `${field}[${index}].value`,
    label: provisioning().pairs[field].value,
    value,
    mono: true,
    error: props.wrong[`${field}[${index}].value`],
  };
  const offered = field === 'addons' ? addonOf(props, name, value) : undefined;
  if (!offered) return <TextField {...common} />;
  return <SelectField {...common} choices={versionsOf(offered, value)} />;
}

function addonOf({ lists }: FieldsProps, name: string, value: string): Addon | undefined {
  const wanted = name.trim();
  if (wanted === '') return undefined;
  // Until the list is there what was chosen stays so, and can be taken back.
  if (!lists.addons)
    return { name: wanted, default: null, versions: value === '' ? [] : [{ version: value }] };
  return lists.addons.find((addon) => addon.name === wanted);
}

function versionsOf(addon: Addon, chosen: string): { value: string; label: string }[] {
  const texts = provisioning();
  const all = addon.versions.map(({ version }) => ({
    value: version,
    label: version === addon.default ? texts.addonIsDefault(version) : version,
  }));
  const isThere = chosen === '' || all.some(({ value }) => value === chosen);
  return [
    { value: '', label: texts.addonDefault(addon.default ?? '') },
    ...(isThere ? [] : [{ value: chosen, label: chosen }]),
    ...all,
  ];
}
