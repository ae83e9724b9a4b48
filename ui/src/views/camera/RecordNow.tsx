/**
 * Owns recording a camera by hand, beside its mode, and how long that goes on.
 */
import { Button, Group, Select } from '@mantine/core';
import { Circle, Square } from 'lucide-react';
import { useState } from 'react';
import type { CameraVm } from '../../gen/CameraVm';
import { useText } from '../../i18n';
import { useEngine } from '../../store/engine';
import { handOf, RECORD_NOW_S, timeLeft } from '../../store/recording';
import { startRecordNow, stopRecordNow } from '../tileActions';

/** What can be chosen, in minutes; 0 goes on until it is stopped. */
const MINUTES = [1, 5, RECORD_NOW_S / 60, 30, 60, 240, 0];

export function RecordNow({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const by = useEngine((state) => handOf(state.metrics, camera.id));
  const [minutes, setMinutes] = useState(RECORD_NOW_S / 60);
  if (by) {
    return (
      <Group gap="sm">
        <Button
          color="red"
          leftSection={<Square size={14} aria-hidden />}
          data-testid="record-stop"
          onClick={() => void stopRecordNow(camera)}
        >
          {t('modes.stop')}
        </Button>
        <span className="num" role="timer" data-testid="record-left">
          {by.left_s === null ? t('modes.untilStopped') : t('modes.left', { time: timeLeft(by.left_s) })}
        </span>
      </Group>
    );
  }
  return (
    <Group gap="sm">
      <Button
        variant="default"
        disabled={!camera.enabled}
        leftSection={<Circle size={14} aria-hidden />}
        data-testid="record-now"
        onClick={() => void startRecordNow(camera, minutes > 0 ? minutes * 60 : null)}
      >
        {t('modes.now')}
      </Button>
      <Select
        aria-label={t('modes.howLong')}
        w={170}
        allowDeselect={false}
        value={String(minutes)}
        onChange={(value) => setMinutes(Number(value))}
        data={MINUTES.map((n) => ({
          value: String(n),
          label: n > 0 ? t('modes.minutes', { count: n }) : t('modes.untilStopped'),
        }))}
      />
    </Group>
  );
}
