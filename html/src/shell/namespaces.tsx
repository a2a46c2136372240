// Which namespaces the page is about: in the bar, and in the page's own head on small screens.
import { namespacesOf } from '../lib/gate';
import { lastNamespaces } from '../lib/prefs';
import { patch, patchList, route } from '../router';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Picker } from '../ui/picker';

interface Scope {
  cluster: string;
  namespaces: string[];
  multiple: boolean;
  choose(namespaces: string[]): void;
}

/** What the open page lets choose: several namespaces, one, or nothing. */
function scopeOf(): Scope | undefined {
  const current = route.value;
  if (current.view === 'list') {
    const { cluster, namespaces } = current;
    const choose = (chosen: string[]) => {
      lastNamespaces.value = { ...lastNamespaces.value, [cluster]: chosen };
      patchList({ namespaces: chosen, open: '' });
    };
    return { cluster, namespaces, multiple: true, choose };
  }
  if (current.view === 'runs' && current.part === 'history') {
    const { cluster, namespace } = current;
    const choose = ([chosen = '']: string[]) => patch('runs', { namespace: chosen, open: '' });
    return { cluster, namespaces: namespace === '' ? [] : [namespace], multiple: false, choose };
  }
  return undefined;
}

export function NamespacePicker() {
  const scope = scopeOf();
  if (!scope) return null;
  const { cluster, namespaces, multiple, choose } = scope;
  const [first, ...more] = namespaces;
  const text =
    first === undefined ? t().allNamespaces : more.length === 0 ? first : t().andMore(first, more.length);
  return (
    <Picker
      label={multiple ? t().chooseNamespaces : t().chooseNamespace}
      buttonClass="button bar-namespaces"
      button={
        <>
          <span class="bar-label">{t().namespaceShort}</span>
          <span class="bar-name">{text}</span>
          <Icon name="down" />
        </>
      }
      choices={(namespacesOf(cluster).data.value ?? namespaces).map((name) => ({ value: name, label: name }))}
      chosen={namespaces}
      multiple={multiple}
      noneLabel={t().allNamespaces}
      accepts={(text) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)}
      onChange={choose}
    />
  );
}
