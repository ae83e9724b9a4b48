/**
 * Owns the question before recording ends: what stops, and the way to keep it going without a window.
 */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../i18n';
import { backgroundKeep, backgroundQuit, backgroundStay } from '../ipc';
import { tellError } from '../notices';
import { useEngine } from '../store/engine';
import { own } from './NameDialog';

export function Quit() {
  const { t } = useText();
  const background = useEngine((state) => state.background);
  const [busy, setBusy] = useState(false);
  const question = background?.question;
  const answer = (work: () => Promise<unknown>) => {
    setBusy(true);
    work()
      .catch(tellError)
      .finally(() => setBusy(false));
  };
  const stay = () => answer(backgroundStay);
  return (
    <Modal
      opened={Boolean(question)}
      onClose={stay}
      title={t(question === 'close' ? 'background.closeTitle' : 'background.quitTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      {...own}
    >
      <Stack gap="sm" data-testid="quit-dialog">
        <Text size="sm">{t('background.stops', { count: background?.recorded ?? 0 })}</Text>
        <Text size="sm" c="dimmed">
          {t('background.keepHint')}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" disabled={busy} onClick={stay} data-testid="quit-stay">
            {t('common.cancel')}
          </Button>
          <Button
            variant="light"
            color="red"
            disabled={busy}
            onClick={() => answer(backgroundQuit)}
            data-testid="quit-confirm"
          >
            {t('background.quit')}
          </Button>
          <Button
            disabled={busy}
            onClick={() => answer(backgroundKeep)}
            data-autofocus
            data-testid="quit-keep"
          >
            {t('background.keep')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
