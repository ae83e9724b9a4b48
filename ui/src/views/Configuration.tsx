/**
 * Owns writing the cameras' configuration to a file and taking one over, with the question before anything is
 * replaced. The file's text is handed over, never a path.
 */
import { Button, Checkbox, FileButton, Group, List, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { Download, Upload } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../format';
import type { ImportReportVm } from '../gen/ImportReportVm';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { cameraExport, cameraImport } from '../ipc';
import { tellDone } from '../notices';
import { Copyable, ErrorNote } from '../parts/bits';
import { useWork } from '../parts/work';
import { loadSets } from '../store/credentialSets';
import { loadCameras } from '../store/engine';

/** The shortest passphrase that the engine takes. */
const PASSPHRASE_MIN = 8;
/** The largest file that the engine reads, in bytes. */
const FILE_MAX = 4 * 1024 * 1024;

export function Configuration() {
  const { t } = useText();
  const [withLogins, setWithLogins] = useState(false);
  const [passphrase, setPassphrase] = useState('');
  const { busy, error, run } = useWork();
  const [conflict, setConflict] = useState<{ file: string; report: ImportReportVm } | null>(null);
  const secret = withLogins ? passphrase : null;
  const tooShort = withLogins && passphrase.length < PASSPHRASE_MIN;

  const write = () =>
    run(async () => {
      const written = await cameraExport(secret);
      tellDone(
        t('settings.exported', { count: written.cameras }),
        <Copyable text={written.path} label={t('common.path')} />,
        10_000,
      );
    });
  const take = async (file: string, replace: boolean) => {
    const report = await cameraImport(file, secret, replace);
    setConflict(report.changed ? null : { file, report });
    if (!report.changed) return;
    await Promise.all([loadCameras(), loadSets()]);
    const kept = report.credential_sets.filter((set) => set.outcome === 'kept');
    const names = kept.map((set) => visible(set.credential_set, 64)).join(', ');
    tellDone(
      t('settings.imported', { count: report.cameras.length }),
      kept.length > 0 ? t('sets.kept', { names }) : null,
      kept.length > 0 ? 15_000 : undefined,
    );
  };
  const read = (file: File | null) =>
    file &&
    run(async () => {
      if (file.size > FILE_MAX) {
        const error: UserError = { code: 'INVALID_INPUT', message: t('settings.fileTooLarge'), params: {} };
        throw error;
      }
      await take(await file.text(), false);
    });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('settings.configurationHint')}
      </Text>
      <Checkbox
        label={t('settings.withLogins')}
        description={t('settings.withLoginsHint')}
        checked={withLogins}
        data-testid="with-logins"
        onChange={(event) => setWithLogins(event.currentTarget.checked)}
      />
      {withLogins && (
        <PasswordInput
          maw={360}
          label={t('settings.passphrase')}
          description={t('settings.passphraseHint')}
          autoComplete="new-password"
          value={passphrase}
          data-testid="passphrase"
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
      )}
      {error && <ErrorNote error={error} />}
      <Group>
        <Button
          variant="default"
          leftSection={<Download size={15} aria-hidden />}
          disabled={tooShort}
          loading={busy}
          onClick={write}
          data-testid="configuration-export"
        >
          {t('settings.exportFile')}
        </Button>
        <FileButton accept="application/json,.json" onChange={read}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              leftSection={<Upload size={15} aria-hidden />}
              disabled={withLogins && passphrase === ''}
              loading={busy}
              data-testid="configuration-import"
            >
              {t('settings.importFile')}
            </Button>
          )}
        </FileButton>
      </Group>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={conflict !== null}
        onClose={() => setConflict(null)}
        title={t('settings.conflictTitle')}
      >
        <Text size="sm">{t('settings.conflictText')}</Text>
        <List size="sm" mt="sm" data-testid="conflicts">
          {conflict?.report.cameras
            .filter((one) => one.outcome === 'conflict')
            .map((one) => (
              <List.Item key={one.id}>
                {visible(one.name, 80)}
                {one.existing && one.existing !== one.name ? ` → ${visible(one.existing, 80)}` : ''}
              </List.Item>
            ))}
        </List>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setConflict(null)}>
            {t('common.cancel')}
          </Button>
          <Button
            color="red"
            loading={busy}
            onClick={() => conflict && run(() => take(conflict.file, true))}
            data-testid="configuration-replace"
          >
            {t('settings.replace')}
          </Button>
        </Group>
      </Modal>
    </Stack>
  );
}
