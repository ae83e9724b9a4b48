/**
 * Owns the button that opens what is shown here in a further window, and the choice of its monitor where there are
 * several.
 */
import { ActionIcon, Menu } from '@mantine/core';
import { AppWindow, Monitor } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { size, visible } from '../format';
import type { MonitorVm } from '../gen/MonitorVm';
import { useText } from '../i18n';
import { windowMonitors } from '../ipc';
import { openWindow, showsNow } from './windowActions';

export function WindowMenu() {
  const { t } = useText();
  const [monitors, setMonitors] = useState<MonitorVm[]>([]);
  const [full, setFull] = useState(false);
  const read = useCallback(() => {
    // Without the list a window is opened where there is room.
    windowMonitors().then(setMonitors, () => setMonitors([]));
  }, []);
  useEffect(read, [read]);
  const label = `${t('window.open')} (N)`;
  const button = (open?: () => void) => (
    <ActionIcon
      variant="subtle"
      color="gray"
      title={label}
      aria-label={label}
      data-testid="window-open"
      onClick={open}
    >
      <AppWindow size={17} aria-hidden />
    </ActionIcon>
  );
  if (monitors.length < 2) return button(() => void openWindow(showsNow()));
  return (
    <Menu position="bottom-end" shadow="md" onOpen={read}>
      <Menu.Target>{button()}</Menu.Target>
      <Menu.Dropdown data-testid="window-menu">
        <Menu.Item onClick={() => void openWindow(showsNow(), null, full)}>
          {t('window.nextMonitor')}
        </Menu.Item>
        {monitors.map((monitor, number) => (
          <Menu.Item
            key={`${monitor.x} ${monitor.y}`}
            leftSection={<Monitor size={15} aria-hidden />}
            onClick={() => void openWindow(showsNow(), number, full)}
          >
            {`${number + 1}: ${visible(monitor.name, 40)} ${size(monitor.width, monitor.height)}`}
            {monitor.here && ` (${t('window.here')})`}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.CheckboxItem checked={full} onChange={setFull} closeMenuOnClick={false}>
          {t('window.fullScreen')}
        </Menu.CheckboxItem>
      </Menu.Dropdown>
    </Menu>
  );
}
