// Kinds in their groups, as the cluster itself serves them; around them the pages, each at its place.
import { useSignal } from '@preact/signals';
import { GROUPS, type Group, kindTitle, type RailKind, railOf } from '../kinds';
import { discoveryOf } from '../lib/gate';
import { type Link, linksAt, type Place, pageOf } from '../pages';
import { listHref, openCluster, route } from '../router';
import { t } from '../texts';
import { Icon } from '../ui/icons';
import { Waiting } from '../ui/waiting';

export function Rail({ open, onClose }: { open: boolean; onClose(): void }) {
  const cluster = openCluster.value;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the veil is for the pointer; the menu button closes too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      {open && <div class="rail-veil" onClick={onClose} />}
      <nav
        class={open ? 'rail rail-open' : 'rail'}
        id="rail"
        aria-label={t().railLabel}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && open) onClose();
        }}
      >
        {cluster === '' ? (
          <>
            <Links at="home" />
            <Links at="home-foot" foot />
          </>
        ) : (
          <>
            <Links at="top" />
            <ClusterRail id={cluster} />
            <Links at="foot" foot />
          </>
        )}
      </nav>
    </>
  );
}

/** Pages that have their place here; at the foot also the gateway's own, beside which this one stays open. */
function Links({ at, foot = false }: { at: Place; foot?: boolean }) {
  const links = linksAt(at, openCluster.value);
  if (links.length === 0) return null;
  return (
    <ul class={foot ? 'rail-list rail-foot' : 'rail-list'}>
      <PageLinks links={links} />
      {foot && (
        <li>
          <a class="rail-link" href="/docs" target="_blank" rel="noreferrer">
            {t().apiDocs}
          </a>
        </li>
      )}
    </ul>
  );
}

function PageLinks({ links }: { links: readonly Link[] }) {
  const { view } = route.value;
  const open = view === 'unknown' ? view : (pageOf(view).under ?? view);
  return links.map((link) => (
    <li key={link.view}>
      <a class="rail-link" href={link.href} aria-current={link.view === open ? 'page' : undefined}>
        {link.label}
      </a>
    </li>
  ));
}

function ClusterRail({ id }: { id: string }) {
  const query = discoveryOf(id);
  const found = query.data.value;
  if (!found) {
    const error = query.error.value;
    if (error) {
      return (
        <div class="rail-note">
          <p>{t().noKinds}</p>
          <button type="button" class="button" onClick={() => query.load()}>
            {t().tryAgain}
          </button>
        </div>
      );
    }
    return <Waiting what={t().waitingKinds} />;
  }
  const rail = railOf(found.resources);
  const errors = found.errors ?? [];
  return (
    <>
      {GROUPS.map((group) => (
        <RailGroup key={group} cluster={id} group={group} kinds={rail.get(group) ?? []} />
      ))}
      {errors.length > 0 && (
        <p class="rail-note" title={errors.map(({ message }) => message).join('\n')}>
          {t().kindsMissing(errors.map(({ resource }) => resource).join(', '))}
        </p>
      )}
    </>
  );
}

const CUSTOM_SHOWN = 8;

function RailGroup({ cluster, group, kinds }: { cluster: string; group: Group; kinds: RailKind[] }) {
  const all = useSignal(false);
  if (kinds.length === 0) return null;
  const current = route.value;
  const open = current.view === 'list' ? current.kind : '';
  const namespaces = current.view === 'list' ? current.namespaces : [];
  const main = kinds.filter((kind) => kind.main).slice(0, group === 'custom' ? CUSTOM_SHOWN : undefined);
  const shown = all.value
    ? kinds
    : kinds.filter((kind) => main.includes(kind) || kind.resource.type === open);
  const hidden = kinds.length - main.length;
  const twice = new Set(
    kinds.map((kind) => kind.resource.kind).filter((kind, i, list) => list.indexOf(kind) !== i),
  );
  return (
    <section class="rail-group" aria-labelledby={`rail-${group}`}>
      <h2 id={`rail-${group}`}>{t().groups[group]}</h2>
      <ul class="rail-list">
        {shown.map(({ resource }) => (
          <li key={resource.type}>
            <a
              class="rail-link"
              href={listHref({
                cluster,
                kind: resource.type,
                namespaces: resource.namespaced ? namespaces : [],
              })}
              aria-current={resource.type === open ? 'page' : undefined}
              title={resource.type}
            >
              {kindTitle(resource)}
              {twice.has(resource.kind) && <span class="rail-api">{resource.group}</span>}
            </a>
          </li>
        ))}
        <PageLinks links={linksAt(group, cluster)} />
      </ul>
      {hidden > 0 && (
        <button
          type="button"
          class="rail-more"
          aria-expanded={all.value}
          onClick={() => {
            all.value = !all.value;
          }}
        >
          <Icon name="down" />
          {all.value ? t().fewerKinds : t().moreKinds(hidden)}
        </button>
      )}
    </section>
  );
}
