/**
 * Owns how motion is looked for at a camera: whether, how finely, where, and how well it is seen now.
 */
import { Button, Checkbox, Group, Slider, Stack } from '@mantine/core';
import { Camera, Ear, EarOff, Eye, EyeOff, Footprints, type LucideIcon, Save } from 'lucide-react';
import { useEffect, useState } from 'react';
import { visible } from '../../format';
import type { CameraVm } from '../../gen/CameraVm';
import type { MotionSettingsVm } from '../../gen/MotionSettingsVm';
import type { MotionStatusVm } from '../../gen/MotionStatusVm';
import { useText } from '../../i18n';
import { cameraSnapshot, motionSet, motionSettings, motionStatus } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Section } from '../../parts/Section';
import { useWork } from '../../parts/work';
import { ZoneEditor } from './ZoneEditor';

/** How often the level is read. */
const READ_MS = 500;

export function Motion({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const name = visible(camera.name, 80);
  const [kept, setKept] = useState<MotionSettingsVm | null>(null);
  const [form, setForm] = useState<MotionSettingsVm | null>(null);
  const [picture, setPicture] = useState<string | null>(null);
  const { busy, run } = useWork((failure) => tellError(failure, name));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another name makes no other settings
  useEffect(() => {
    let here = true;
    motionSettings(camera.id).then(
      (read) => {
        if (!here) return;
        setKept(read);
        setForm(read);
      },
      (failure) => here && tellError(failure, visible(camera.name, 80)),
    );
    return () => {
      here = false;
    };
  }, [camera.id]);
  if (!form) return null;
  const set = (changes: Partial<MotionSettingsVm>) => setForm({ ...form, ...changes });
  const save = () =>
    run(async () => {
      const now = await motionSet(camera.id, form);
      setKept(now);
      setForm(now);
      tellDone(t('cameras.saved'));
    });
  const unnamed = form.zones.some((zone) => zone.name.trim() === '');
  return (
    <Section title={t('motion.title')}>
      <Stack gap="sm" data-testid="motion">
        <Checkbox
          label={t('motion.enabled')}
          description={t('motion.enabledHint')}
          checked={form.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
        {camera.onvif_url && (
          <Checkbox
            label={t('motion.onvif')}
            checked={form.onvif}
            onChange={(event) => set({ onvif: event.currentTarget.checked })}
          />
        )}
        <Now camera={camera.id} />
        <div>
          <span id="motion-sensitivity">{t('motion.sensitivity')}</span>
          <Slider
            aria-labelledby="motion-sensitivity"
            thumbLabel={t('motion.sensitivity')}
            min={0}
            max={100}
            value={form.sensitivity}
            onChange={(sensitivity) => set({ sensitivity })}
          />
          <span style={{ color: 'var(--faint)', fontSize: 12 }}>{t('motion.sensitivityHint')}</span>
        </div>
        <div>
          <strong>{t('motion.zones')}</strong>
          <div style={{ color: 'var(--faint)', fontSize: 12 }}>{t('motion.zonesHint')}</div>
        </div>
        <ZoneEditor
          zones={form.zones}
          picture={picture}
          alt={t('motion.pictureAlt', { name })}
          onChange={(zones) => set({ zones })}
        />
        <Group>
          <Button
            leftSection={<Save size={15} aria-hidden />}
            disabled={unnamed || JSON.stringify(form) === JSON.stringify(kept)}
            loading={busy}
            onClick={save}
            data-testid="motion-save"
          >
            {t('common.save')}
          </Button>
          <Button
            variant="default"
            leftSection={<Camera size={15} aria-hidden />}
            disabled={busy}
            onClick={() => run(async () => setPicture(await cameraSnapshot(camera.id)))}
          >
            {t('motion.picture')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

/** What is seen and heard at this moment, read while it is shown. */
function Now({ camera }: { camera: string }) {
  const { t } = useText();
  const [now, setNow] = useState<MotionStatusVm | null>(null);
  useEffect(() => {
    let here = true;
    const read = () => {
      if (document.hidden) return;
      motionStatus(camera).then(
        (status) => here && setNow(status),
        () => here && setNow(null),
      );
    };
    read();
    const timer = setInterval(read, READ_MS);
    return () => {
      here = false;
      clearInterval(timer);
    };
  }, [camera]);
  const level = now?.level ?? null;
  const seen = now?.sight ?? 'off';
  const heard = now?.hearing ?? 'off';
  return (
    <Stack gap={6} data-testid="motion-now">
      {/* biome-ignore lint/a11y/useSemanticElements: a meter element cannot show where it begins to count. */}
      <div
        className={`motionlevel ${(level ?? 0) >= 50 ? 'over' : ''}`}
        role="meter"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={level ?? 0}
        aria-label={level === null ? t('motion.noLevel') : t('motion.level', { value: level })}
      >
        <div className="bar" style={{ width: `${level ?? 0}%` }} />
      </div>
      <Line
        icon={Footprints}
        tone={now?.moving || now?.onvif_moving ? 'tone-warn' : ''}
        text={t(now?.moving || now?.onvif_moving ? 'motion.moving' : 'motion.still')}
      />
      <Line
        icon={seen === 'off' ? EyeOff : Eye}
        tone={seen === 'watching' ? 'tone-ok' : ''}
        text={t(`motion.sight.${seen}`)}
      />
      <Line
        icon={heard === 'listening' ? Ear : EarOff}
        tone={heard === 'listening' ? 'tone-ok' : ''}
        text={t(`motion.hearing.${heard}`)}
      />
    </Stack>
  );
}

function Line({ icon: Icon, tone, text }: { icon: LucideIcon; tone: string; text: string }) {
  return (
    <span className={`state ${tone}`} style={{ whiteSpace: 'normal' }}>
      <Icon size={15} aria-hidden />
      <span>{text}</span>
    </span>
  );
}
