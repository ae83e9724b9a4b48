/**
 * Owns how long footage is kept: the forecast of each camera, and sliders that show what other rules would do before
 * they are kept.
 */
import { Button, Group, Slider } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Cctv, RotateCcw, Save } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { toUserError } from '../../errors';
import { bytes, dateTime, number } from '../../format';
import type { CameraForecastVm } from '../../gen/CameraForecastVm';
import type { CameraVm } from '../../gen/CameraVm';
import type { ForecastVm } from '../../gen/ForecastVm';
import type { UserError } from '../../gen/UserError';
import { useText } from '../../i18n';
import { recordSet, storageForecast } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { Empty, ErrorNote } from '../../parts/bits';
import { useWork } from '../../parts/work';
import { loadCameras, useEngine } from '../../store/engine';
import { Part, type Reload, useNameOf } from './Part';
import {
  changedIn,
  daySteps,
  questionOf,
  quotaSteps,
  type Rules,
  rulesOf,
  type Trial,
  triedOf,
} from './whatIf';

/** How long sliders stand still before the engine is asked. */
const STILL_MS = 250;

/** The forecast under the rules tried out; null while there are none or the answer is on its way. */
function useTried(trial: Trial, cameras: CameraVm[]) {
  const [tried, setTried] = useState<ForecastVm | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const asked = useMemo(() => JSON.stringify(questionOf(trial, cameras)), [trial, cameras]);
  const [question] = useDebouncedValue(asked, STILL_MS);
  useEffect(() => {
    let current = true;
    setTried(null);
    setError(null);
    const whatIf = JSON.parse(question);
    if (whatIf === null) return;
    storageForecast(whatIf).then(
      (answer) => current && setTried(answer),
      (failure) => current && setError(toUserError(failure)),
    );
    return () => {
      current = false;
    };
  }, [question]);
  return { tried, error };
}

export function Forecast({ now, reload }: { now: ForecastVm; reload: Reload }) {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  const nameOf = useNameOf();
  const [trial, setTrial] = useState<Trial>({});
  const { tried, error } = useTried(trial, cameras);
  const { busy, run } = useWork((failure) => tellError(failure));
  const changed = changedIn(trial, cameras);
  const save = () =>
    run(async () => {
      for (const camera of changed) {
        const { days, quota } = triedOf(trial, camera);
        await recordSet(camera.id, {
          mode: camera.record_mode,
          retention_days: days ?? 0,
          quota_bytes: quota ?? 0,
        });
      }
      await loadCameras();
      setTrial({});
      await reload();
      tellDone(t('storage.saved'));
    });
  const full = ({ full_at: at, cameras }: ForecastVm) => {
    if (at) return t('storage.fullAt', { time: dateTime(at, lang) });
    const known = cameras.every((camera) => camera.bytes_per_day !== null);
    return t(known ? 'storage.neverFull' : 'storage.unknownFull');
  };
  return (
    <Part title={t('storage.retention')} hint={t('storage.retentionHint')} testid="storage-forecast">
      {cameras.length === 0 ? (
        <Empty
          icon={<Cctv size={32} strokeWidth={1.4} aria-hidden />}
          title={t('recordings.noCameraTitle')}
          text={t('recordings.noCameraText')}
        />
      ) : (
        <>
          <p className="num">
            {t('storage.reserve', {
              free: bytes(now.free_bytes, lang),
              reserve: bytes(now.reserve_bytes, lang),
            })}{' '}
            {full(tried ?? now)}
          </p>
          <table className="table storagetable">
            <thead>
              <tr>
                <th scope="col">{t('common.camera')}</th>
                <th scope="col">{t('storage.keepDays')}</th>
                <th scope="col">{t('storage.quota')}</th>
                <th scope="col">{t('storage.outlook')}</th>
              </tr>
            </thead>
            <tbody>
              {cameras.map((camera) => {
                const rules = triedOf(trial, camera);
                const set = (part: Partial<Rules>) =>
                  setTrial({ ...trial, [camera.id]: { ...rules, ...part } });
                const of = (forecast: ForecastVm | null) =>
                  forecast?.cameras.find((one) => one.camera === camera.id);
                return (
                  <tr
                    key={camera.id}
                    data-camera={camera.id}
                    data-changed={changed.includes(camera) || undefined}
                  >
                    <td>{nameOf(camera.id)}</td>
                    <td>
                      <Steps
                        label={t('storage.keepDaysOf', { name: nameOf(camera.id) })}
                        steps={daySteps(rulesOf(camera).days)}
                        value={rules.days}
                        text={(days) =>
                          days === null ? t('storage.forEver') : t('storage.days', { count: days })
                        }
                        set={(days) => set({ days })}
                        testid="what-if-days"
                      />
                    </td>
                    <td>
                      <Steps
                        label={t('storage.quotaOf', { name: nameOf(camera.id) })}
                        steps={quotaSteps(rulesOf(camera).quota)}
                        value={rules.quota}
                        text={(quota) => (quota === null ? t('storage.noQuota') : bytes(quota, lang))}
                        set={(quota) => set({ quota })}
                        testid="what-if-quota"
                      />
                    </td>
                    <td className="num">
                      <Outlook now={of(now)} tried={changed.length > 0 ? of(tried) : undefined} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {error && <ErrorNote error={error} />}
          <Group>
            <Button
              leftSection={<Save size={15} aria-hidden />}
              disabled={changed.length === 0}
              loading={busy}
              onClick={save}
              data-testid="what-if-save"
            >
              {t('common.save')}
            </Button>
            <Button
              variant="default"
              leftSection={<RotateCcw size={15} aria-hidden />}
              disabled={changed.length === 0}
              onClick={() => setTrial({})}
            >
              {t('storage.asItWas')}
            </Button>
            <span className="tone-faint" aria-live="polite">
              {changed.length > 0 && t('storage.notSaved', { count: changed.length })}
            </span>
          </Group>
        </>
      )}
    </Part>
  );
}

/** A slider over steps, of which the last sets no limit. */
function Steps(props: {
  label: string;
  steps: (number | null)[];
  value: number | null;
  text: (value: number | null) => string;
  set: (value: number | null) => void;
  testid: string;
}) {
  const { steps, text } = props;
  const at = Math.max(0, steps.indexOf(props.value));
  return (
    <div className="storagesteps" data-testid={props.testid}>
      <Slider
        size="sm"
        min={0}
        max={steps.length - 1}
        value={at}
        label={(index) => text(steps[index] ?? null)}
        thumbLabel={props.label}
        thumbProps={{ 'aria-valuetext': text(props.value) }}
        onChange={(index) => props.set(steps[index] ?? null)}
      />
      <span className="num">{text(props.value)}</span>
    </div>
  );
}

/** What becomes of a camera's footage; under the rules tried out too, where they make a difference. */
function Outlook({ now, tried }: { now: CameraForecastVm | undefined; tried: CameraForecastVm | undefined }) {
  const { t, lang } = useText();
  if (!now) return null;
  const sentence = (one: CameraForecastVm) => {
    if (one.first_deletion === null) return t('storage.nothingGoes');
    const day = new Intl.DateTimeFormat(lang, { dateStyle: 'medium' });
    return t('storage.goes', {
      day: one.goes ? day.format(new Date(one.goes)) : t('common.unknown'),
      time: dateTime(one.first_deletion, lang),
      rule: one.rule ? t(`storage.rule.${one.rule}`) : t('common.unknown'),
    });
  };
  const keeps = (one: CameraForecastVm) =>
    one.keeps_days === null ? '' : t('storage.keeps', { days: number(one.keeps_days, lang, 1) });
  const [before, after] = [sentence(now), tried && sentence(tried)];
  return (
    <>
      <div>
        {t('storage.uses', { used: bytes(now.used_bytes, lang) })}
        {now.bytes_per_day !== null && ` · ${t('storage.perDay', { bytes: bytes(now.bytes_per_day, lang) })}`}
        {now.protected_bytes > 0 &&
          ` · ${t('storage.protectedBytes', { bytes: bytes(now.protected_bytes, lang) })}`}
      </div>
      <div className="storagehint">
        {before} {keeps(now)}
      </div>
      {tried && (after !== before || keeps(tried) !== keeps(now)) && (
        <div data-testid="what-if-outlook">
          <strong>{t('storage.then')}</strong> {after} {keeps(tried)}
        </div>
      )}
    </>
  );
}
