// What can be set, and the way out. It comes when the settings are opened.
import { key, takeKey } from '../api/key';
import { density, language, theme } from '../lib/prefs';
import { t } from '../texts';
import { Radios } from '../ui/field';

/** What was read with the key goes with it: the page begins anew. */
function signOut(): void {
  takeKey('', false);
  location.assign('/');
}

export function SettingsPanel() {
  return (
    <div class="settings">
      <Radios
        name="theme"
        label={t().theme}
        value={theme.value}
        choices={[
          { value: 'system', label: t().asSystem },
          { value: 'light', label: t().light },
          { value: 'dark', label: t().dark },
        ]}
        onChange={(value) => {
          theme.value = value;
        }}
      />
      <Radios
        name="density"
        label={t().rows}
        value={density.value}
        choices={[
          { value: 'dense', label: t().dense },
          { value: 'normal', label: t().normal },
          { value: 'roomy', label: t().roomy },
        ]}
        onChange={(value) => {
          density.value = value;
        }}
      />
      <Radios
        name="language"
        label={t().language}
        value={language.value}
        choices={[
          { value: 'system', label: t().asBrowser },
          { value: 'en', label: 'English' },
          { value: 'ko', label: '한국어' },
        ]}
        onChange={(value) => {
          language.value = value;
        }}
      />
      {key.value !== '' && (
        <button type="button" class="button" onClick={signOut}>
          {t().signOut}
        </button>
      )}
    </div>
  );
}
