/**
 * Owns when a camera is recorded, and how long and how much of it is kept.
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
import { RecordNow } from './RecordNow';
import { WeekEditor } from './WeekEditor';

const GB = 1e9;
const MODES = ['off', 'continuous', 'motion', 'schedule'];

export function Recording({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const before = {
    mode: camera.record_mode,
    schedule: camera.schedule,
    pre: camera.pre_seconds,
    post: camera.post_seconds,
    days: camera.retention_days ?? 0,
    quota: camera.quota_bytes == null ? 0 : camera.quota_bytes / GB,
  };
  const [form, setForm] = useState(before);
  const { busy, run } = useWork((failure) => tellError(failure, visible(camera.name, 80)));
  const changed = Object.entries(before).some(([key, value]) => form[key as keyof typeof form] !== value);
  const planned = form.mode !== 'schedule' || form.schedule !== null;
  const save = () =>
    run(async () => {
      await recordSet(camera.id, {
        mode: form.mode,
        schedule: form.schedule ?? undefined,
        pre_seconds: form.pre,
        post_seconds: form.post,
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
          data={MODES.map((mode) => ({ value: mode, label: t(`modes.name.${mode}`) }))}
        />
        <p className="storagehint">{t(`modes.about.${form.mode}`)}</p>
        {form.mode === 'schedule' && (
          <WeekEditor value={form.schedule} onChange={(schedule) => setForm({ ...form, schedule })} />
        )}
        {(form.mode === 'motion' || form.mode === 'schedule') && (
          <Group grow align="flex-start">
            <NumberInput
              label={t('modes.pre')}
              description={t('modes.preHint')}
              min={0}
              max={30}
              clampBehavior="strict"
              allowDecimal={false}
              value={form.pre}
              onChange={(value) => setForm({ ...form, pre: Number(value) || 0 })}
            />
            <NumberInput
              label={t('modes.post')}
              description={t('modes.postHint')}
              min={1}
              max={300}
              allowDecimal={false}
              value={form.post}
              onChange={(value) => setForm({ ...form, post: Number(value) || 1 })}
            />
          </Group>
        )}
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
        <RecordNow camera={camera} />
        <Group>
          <Button
            leftSection={<Save size={15} aria-hidden />}
            disabled={!changed || !planned}
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
