import { t } from '../texts';
import { Icon } from '../ui/icons';
import { lazy } from '../ui/lazy';
import { Popover } from '../ui/popover';

const SettingsPanel = lazy(() => import('./choices').then((part) => part.SettingsPanel));

export function Settings() {
  return (
    <Popover
      label={t().settings}
      button={<Icon name="settings" />}
      buttonClass="button button-icon"
      align="end"
    >
      {() => <SettingsPanel />}
    </Popover>
  );
}
