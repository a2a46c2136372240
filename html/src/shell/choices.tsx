// What can be set, and the way out. It comes when the settings are opened.
import { signOut as endSession } from '../api/gateway';
import { key, session, takeKey } from '../api/key';
import { density, language, theme } from '../lib/prefs';
import { t } from '../texts';
import { Radios } from '../ui/field';

/** What was read with the key goes with it: the page begins anew. */
async function signOut(): Promise<void> {
  // Where it fails, the page that comes is still signed in and says why it has nothing.
  if (session.value !== '') await endSession().catch(() => undefined);
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
      {(key.value !== '' || session.value !== '') && (
        <button type="button" class="button" onClick={signOut}>
          {t().signOut}
        </button>
      )}
    </div>
  );
}
