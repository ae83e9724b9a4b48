/**
 * Owns the first screen of somebody who has no cameras yet: two ways to get some.
 */
import { Anchor, Loader, Progress, Stack, Title, UnstyledButton } from '@mantine/core';
import { FlaskConical, Radar } from 'lucide-react';
import { useState } from 'react';
import { toUserError } from '../errors';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { tellDone, tellError } from '../notices';
import { ErrorNote } from '../parts/bits';
import { go, usePage } from '../store/page';
import { type SimulatedProgress, scanOf, startScan, trySimulated, useScan } from '../store/scan';
import { AddByUrl } from './AddByUrl';

export function Welcome() {
  const { t } = useText();
  const [progress, setProgress] = useState<SimulatedProgress | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const [none, setNone] = useState(false);
  const [byUrl, setByUrl] = useState(false);

  const find = () => {
    go('discover');
    startScan(scanOf(useScan.getState().options)).catch(tellError);
  };
  const simulate = async () => {
    setError(null);
    setNone(false);
    usePage.setState({ simulating: true });
    try {
      const added = await trySimulated(setProgress);
      if (added === 0) setNone(true);
      else {
        tellDone(t('discover.addedToast', { count: added }));
        go('live');
      }
    } catch (failure) {
      setError(toUserError(failure));
    } finally {
      setProgress(null);
      usePage.setState({ simulating: false });
    }
  };
  const busy = progress !== null;
  return (
    <div className="welcome">
      <div>
        <Title order={1} fz={26}>
          {t('welcome.title')}
        </Title>
        <p style={{ color: 'var(--soft)', fontSize: 15, margin: '8px 0 0', lineHeight: 1.5 }}>
          {t('welcome.lead')}
        </p>
        <div className="ways">
          <UnstyledButton className="way" onClick={find} disabled={busy} data-testid="find">
            <Radar size={26} strokeWidth={1.6} aria-hidden />
            <b>{t('welcome.find')}</b>
            {t('welcome.findText')}
          </UnstyledButton>
          <UnstyledButton className="way" onClick={simulate} disabled={busy} data-testid="simulate">
            <FlaskConical size={26} strokeWidth={1.6} aria-hidden />
            <b>{t('welcome.simulated')}</b>
            {t('welcome.simulatedText')}
          </UnstyledButton>
        </div>
        <div style={{ minHeight: 64 }} aria-live="polite">
          {progress && <Steps progress={progress} />}
          {none && (
            <ErrorNote
              error={{ code: 'NOT_FOUND', message: t('welcome.noneHint'), params: {} }}
              subject={t('welcome.none')}
            />
          )}
          {error && <ErrorNote error={error} />}
          {!busy && !error && !none && (
            <Anchor component="button" size="sm" onClick={() => setByUrl(true)}>
              {t('welcome.byUrl')}
            </Anchor>
          )}
        </div>
      </div>
      <AddByUrl opened={byUrl} onClose={() => setByUrl(false)} onAdded={() => go('live')} />
    </div>
  );
}

function Steps({ progress }: { progress: SimulatedProgress }) {
  const { t } = useText();
  const { step, found, added } = progress;
  const share =
    step === 'starting'
      ? 5
      : step === 'scanning'
        ? 20 + Math.min(4, found) * 7
        : 50 + (50 * added) / Math.max(1, found);
  return (
    <Stack gap={8}>
      <span className="state">
        <Loader size={14} />
        {t(`welcome.${step}`, { found, added })}
      </span>
      <Progress value={share} size={6} aria-label={t(`welcome.${step}`, { found, added })} />
    </Stack>
  );
}
