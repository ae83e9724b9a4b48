/**
 * Owns whether a camera is recorded, and how long and how much of it is kept.
 */
import { Button, Group, NumberInput, SegmentedControl, Stack } from '@mantine/core';
import { Film, Save } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import { useText } from '../../i18n';
import { recordSet } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Section } from '../../parts/Section';
import { useWork } from '../../parts/work';
import { loadCameras } from '../../store/engine';
import { go, usePage } from '../../store/page';

const GB = 1e9;

export function Recording({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const before = {
    mode: camera.record_mode,
    days: camera.retention_days ?? 0,
    quota: camera.quota_bytes == null ? 0 : camera.quota_bytes / GB,
  };
  const [form, setForm] = useState(before);
  const { busy, run } = useWork((failure) => tellError(failure, visible(camera.name, 80)));
  const changed = form.mode !== before.mode || form.days !== before.days || form.quota !== before.quota;
  const save = () =>
    run(async () => {
      await recordSet(camera.id, {
        mode: form.mode,
        retention_days: form.days,
        quota_bytes: Math.round(form.quota * GB),
      });
      await loadCameras();
      tellDone(t('cameras.saved'));
    });
  return (
    <Section title={t('cameras.record')}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t('cameras.recordMode')}
          value={form.mode}
          onChange={(mode) => setForm({ ...form, mode })}
          data={[
            { value: 'off', label: t('cameras.off') },
            { value: 'continuous', label: t('cameras.continuous') },
          ]}
        />
        <Group grow align="flex-start">
          <NumberInput
            label={t('cameras.retention')}
            description={t('cameras.retentionHint')}
            min={0}
            max={3650}
            allowDecimal={false}
            value={form.days}
            onChange={(value) => setForm({ ...form, days: Number(value) || 0 })}
          />
          <NumberInput
            label={t('cameras.quota')}
            description={t('cameras.quotaHint')}
            min={0}
            value={form.quota}
            onChange={(value) => setForm({ ...form, quota: Number(value) || 0 })}
          />
        </Group>
        <Group>
          <Button
            leftSection={<Save size={15} aria-hidden />}
            disabled={!changed}
            loading={busy}
            onClick={save}
          >
            {t('common.save')}
          </Button>
          <Button
            variant="default"
            leftSection={<Film size={15} aria-hidden />}
            onClick={() => {
              usePage.setState({ recordingCamera: camera.id });
              go('recordings');
            }}
          >
            {t('cameras.recordings')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
