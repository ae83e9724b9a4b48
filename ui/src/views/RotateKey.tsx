/**
 * Owns the button that exchanges the key that logins are encrypted with, and the question before it.
 */
import { Button, Group, Modal, Text } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../i18n';
import { keyRotate } from '../ipc';
import { tellDone, tellError } from '../notices';
import { loadInfo } from '../store/engine';

export function RotateKey() {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const rotate = async () => {
    setBusy(true);
    try {
      const { logins } = await keyRotate();
      await loadInfo();
      tellDone(t('settings.rotated', { count: logins }));
      setAsking(false);
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Group>
      <Button
        variant="default"
        leftSection={<RefreshCw size={15} aria-hidden />}
        onClick={() => setAsking(true)}
        data-testid="rotate-key"
      >
        {t('settings.rotate')}
      </Button>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('settings.rotateTitle')}
      >
        <Text size="sm">{t('settings.rotateText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('common.cancel')}
          </Button>
          <Button loading={busy} onClick={rotate} data-testid="rotate-key-confirm">
            {t('settings.rotate')}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
