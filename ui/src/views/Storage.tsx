/**
 * Owns the storage page: reads directories, forecast, protected ranges and the plan of deletions, and hands them to
 * their sections.
 */
import { Loader, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { toUserError } from '../errors';
import type { ForecastVm } from '../gen/ForecastVm';
import type { ProtectedVm } from '../gen/ProtectedVm';
import type { RetentionPlanVm } from '../gen/RetentionPlanVm';
import type { UserError } from '../gen/UserError';
import type { VolumeVm } from '../gen/VolumeVm';
import { useText } from '../i18n';
import { protectionList, retentionPlan, storageForecast, storageList } from '../ipc';
import { ErrorNote } from '../parts/bits';
import { onEvent } from '../store/engine';
import { Forecast } from './storage/Forecast';
import { Plan } from './storage/Plan';
import { Protection } from './storage/Protection';
import { Volumes } from './storage/Volumes';

interface Facts {
  volumes: VolumeVm[];
  forecast: ForecastVm;
  ranges: ProtectedVm[];
  plan: RetentionPlanVm;
}

/** How often figures that grow by themselves are read anew. */
const EVERY_MS = 15_000;

/** Everything that the page shows, kept up to date. */
function useFacts() {
  const [facts, setFacts] = useState<Facts | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const reload = useCallback(async () => {
    try {
      const [volumes, forecast, ranges, plan] = await Promise.all([
        storageList(),
        storageForecast(null),
        protectionList(null),
        retentionPlan(),
      ]);
      setFacts({ volumes, forecast, ranges, plan });
      setError(null);
    } catch (failure) {
      setError(toUserError(failure));
    }
  }, []);
  const soon = useDebouncedCallback(() => void reload(), 700);
  useEffect(() => {
    void reload();
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [reload]);
  useEffect(
    () =>
      onEvent((event) => {
        if (event.event.startsWith('storage.') || event.event === 'cameras.changed') soon();
      }),
    [soon],
  );
  return { facts, error, reload };
}

export function Storage() {
  const { t } = useText();
  const { facts, error, reload } = useFacts();
  return (
    <div className="page" data-testid="storage">
      <div className="pagehead">
        <Title order={1}>{t('storage.title')}</Title>
      </div>
      {error && <ErrorNote error={error} />}
      {!facts && !error && <Loader size="sm" aria-label={t('common.loading')} />}
      {facts && (
        <div className="storagesections">
          <Volumes volumes={facts.volumes} reload={reload} />
          <Forecast now={facts.forecast} reload={reload} />
          <Plan plan={facts.plan} reload={reload} />
          <Protection ranges={facts.ranges} reload={reload} />
        </div>
      )}
    </div>
  );
}
