/**
 * Owns the settings of what goes on without a window: closing it, this computer's sleep, notifications, the login.
 */
import { Button, Group, Select, Switch } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { SettingsVm } from '../gen/SettingsVm';
import { useText } from '../i18n';
import { backgroundAtLogin, backgroundLeave, backgroundSetAtLogin } from '../ipc';
import { tellError } from '../notices';
import { Facts } from '../parts/bits';
import { loadBackground, saveSettings, useEngine } from '../store/engine';

/** Seconds that a camera may be offline before a person is told. */
const OFFLINE_SECONDS = [10, 30, 60, 120, 300, 900, 3600];

const SWITCHES = [
  ['close_to_tray', 'background.closeToTray', 'background.closeToTrayHint'],
  ['inhibit_sleep', 'background.inhibitSleep', 'background.inhibitSleepHint'],
  ['notify', 'background.notify', 'background.notifyHint'],
] as const;

export function Background({ settings }: { settings: SettingsVm }) {
  const { t } = useText();
  const background = useEngine((state) => state.background);
  // Unknown until it was read; where the system does not tell there is nothing to switch.
  const [atLogin, setAtLogin] = useState<boolean | null>(null);
  const save = (changes: Partial<SettingsVm>) => saveSettings(changes).catch(tellError);
  useEffect(() => {
    backgroundAtLogin().then(setAtLogin, () => undefined);
    loadBackground().catch(tellError);
    const again = setInterval(() => loadBackground().catch(() => undefined), 5000);
    return () => clearInterval(again);
  }, []);
  const start = (on: boolean) =>
    backgroundSetAtLogin(on)
      .then(() => setAtLogin(on))
      .catch(tellError);
  return (
    <>
      {SWITCHES.map(([key, label, hint]) => (
        <Switch
          key={key}
          label={t(label)}
          description={t(hint)}
          checked={settings[key]}
          onChange={(event) => save({ [key]: event.currentTarget.checked })}
          data-testid={`background-${key}`}
        />
      ))}
      <Select
        label={t('background.offline')}
        allowDeselect={false}
        w={220}
        disabled={!settings.notify}
        value={`${settings.notify_offline_s}`}
        onChange={(seconds) => save({ notify_offline_s: Number(seconds) })}
        data={OFFLINE_SECONDS.map((seconds) => ({
          value: `${seconds}`,
          label:
            seconds < 60
              ? t('background.seconds', { count: seconds })
              : t('background.minutes', { count: seconds / 60 }),
        }))}
        data-testid="background-offline"
      />
      <Switch
        label={t('background.atLogin')}
        description={t('background.atLoginHint')}
        checked={atLogin === true}
        disabled={atLogin === null}
        onChange={(event) => start(event.currentTarget.checked)}
        data-testid="background-at-login"
      />
      {background && (
        <Facts
          rows={[
            [
              t('background.now'),
              background.recorded === 0
                ? t('background.idle')
                : t('background.recording', {
                    recording: background.recording,
                    count: background.recorded,
                  }),
            ],
            [
              t('background.sleep'),
              <span key="s" data-testid="background-sleep" data-state={background.sleep}>
                {t(`background.asleep.${background.sleep}`)}
                {background.sleep_detail && <span className="mono"> {background.sleep_detail}</span>}
              </span>,
            ],
          ]}
        />
      )}
      <Group>
        <Button
          variant="default"
          onClick={() => backgroundLeave().catch(tellError)}
          data-testid="background-quit"
        >
          {t('background.quit')}
        </Button>
      </Group>
    </>
  );
}
