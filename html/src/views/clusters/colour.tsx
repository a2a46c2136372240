import { COLOURS, colourOf, setColour } from '../../lib/prefs';
import { t } from '../../texts';
import { Popover } from '../../ui/popover';

export function ColourMenu({ id, name }: { id: string; name: string }) {
  const current = colourOf(id);
  return (
    <Popover
      label={t().colourLabel(name)}
      buttonClass="button button-quiet colour-button"
      align="end"
      button={<span class="swatch swatch-big" data-colour={current} />}
    >
      {(close) => (
        <div class="colours">
          <p>{t().colourWhy}</p>
          <div class="colour-grid">
            {COLOURS.map((colour) => (
              <button
                key={colour}
                type="button"
                class="button button-quiet"
                aria-pressed={colour === current}
                onClick={() => {
                  setColour(id, colour);
                  close();
                }}
              >
                <span class="swatch swatch-big" data-colour={colour} />
                {t().colours[colour]}
              </button>
            ))}
          </div>
        </div>
      )}
    </Popover>
  );
}
