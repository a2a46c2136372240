// One object of the map: how it is, and all that it is linked to, to go on from there.
import type { GraphLink, GraphNode } from '../../api/graph';
import { count } from '../../lib/format';
import { discoveryOf } from '../../lib/gate';
import { listHref, patch } from '../../router';
import { mapTexts } from '../../texts/map';
import { DrawerFrame } from '../../ui/drawer';
import { Fact, Facts } from '../../ui/facts';
import { Mark, Status } from '../../ui/mark';
import { statusOf } from './list';
import type { Model } from './model';

/** Of one relation; the rest is counted. */
const SHOWN = 50;

interface MapDetailProps {
  cluster: string;
  node: GraphNode;
  model: Model;
  onClose(): void;
}

export function MapDetail({ cluster, node, model, onClose }: MapDetailProps) {
  const texts = mapTexts();
  const links = (model.from.get(node.id)?.length ?? 0) + (model.to.get(node.id)?.length ?? 0);
  const target = node.missing ? undefined : listOf(cluster, node);
  return (
    <DrawerFrame
      kind={node.kind}
      place={node.namespace || undefined}
      name={node.name}
      tabs={[{ id: 'links', label: texts.links, count: links }]}
      tab="links"
      onTab={() => undefined}
      onClose={onClose}
      actions={
        target && (
          <a class="button" href={target}>
            {texts.inList}
          </a>
        )
      }
    >
      <div class="summary">
        <Facts>
          <Fact name={texts.status}>
            <Status mark={node.health} word={statusOf(node)} />
            {node.missing && <p class="muted">{texts.missingWhy}</p>}
            {node.unread && <p class="muted">{texts.unreadWhy}</p>}
          </Fact>
        </Facts>
        {links === 0 && <p class="muted">{texts.noLinks}</p>}
        <Links links={model.from.get(node.id) ?? []} end="target" model={model} />
        <Links links={model.to.get(node.id) ?? []} end="source" model={model} />
      </div>
    </DrawerFrame>
  );
}

/** Where its own page is; nowhere while the cluster has not said which kinds it serves. */
function listOf(cluster: string, node: GraphNode): string | undefined {
  const found = discoveryOf(cluster).data.value?.resources.filter(({ kind }) => kind === node.kind);
  const kind =
    found?.find(({ group }) => !node.apiVersion || node.apiVersion.startsWith(`${group}/`)) ?? found?.[0];
  if (!kind) return undefined;
  const open = kind.namespaced ? `${node.namespace}/${node.name}` : node.name;
  return listHref({ cluster, kind: kind.type, namespaces: kind.namespaced ? [node.namespace] : [], open });
}

interface LinksProps {
  links: readonly GraphLink[];
  end: 'source' | 'target';
  model: Model;
}

function Links({ links, end, model }: LinksProps) {
  const texts = mapTexts();
  const words = end === 'target' ? texts.outward : texts.inward;
  const types = [...new Set(links.map(({ type }) => type))];
  return (
    <>
      {types.map((type) => {
        const those = links.filter((link) => link.type === type);
        return (
          <section key={type} class="map-links">
            <h3>{words[type]}</h3>
            <ul>
              {those.slice(0, SHOWN).map((link) => (
                <LinkLine key={link[end]} link={link} node={model.byId.get(link[end])} />
              ))}
            </ul>
            {those.length > SHOWN && (
              <p class="muted">{texts.moreLinks(those.length - SHOWN, count(those.length - SHOWN))}</p>
            )}
          </section>
        );
      })}
    </>
  );
}

function LinkLine({ link, node }: { link: GraphLink; node: GraphNode | undefined }) {
  if (!node) return null;
  const paths = (link.paths ?? []).map(({ host, path }) => `${host || '*'}${path}`).join(', ');
  return (
    <li>
      <button type="button" class="map-link" onClick={() => patch('map', { open: node.id }, 'push')}>
        <Mark mark={node.health} />
        <span class="muted">{node.kind}</span>
        <span class="mono">{node.name}</span>
      </button>
      {node.missing && <span class="map-note">{mapTexts().missing}</span>}
      {node.unread && <span class="map-note">{mapTexts().unread}</span>}
      {link.optional && <span class="map-note">{mapTexts().optional}</span>}
      {paths && <span class="map-note mono">{paths}</span>}
    </li>
  );
}
