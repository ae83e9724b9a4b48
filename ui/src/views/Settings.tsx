/**
 * Owns the settings page: language, theme, who decodes live pictures, the key, and what this program is.
 */
import { SegmentedControl, Select, Stack, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { percent } from '../format';
import type { SettingsVm } from '../gen/SettingsVm';
import { LANGUAGES, useText } from '../i18n';
import { restartLive, useLive } from '../live/client';
import { tellError } from '../notices';
import { Copyable, Facts } from '../parts/bits';
import { HealthFormula } from '../parts/Health';
import { loadInfo, saveSettings, useEngine } from '../store/engine';
import { Background } from './Background';
import { Configuration } from './Configuration';
import { CredentialSets } from './CredentialSets';
import { usePathText } from './LiveBar';
import { RotateKey } from './RotateKey';

/** Percent; the last is never. */
const PROCESSOR_LIMITS = [50, 60, 70, 80, 85, 90, 95, 100];

export function Settings() {
  const { t, lang } = useText();
  const settings = useEngine((state) => state.settings);
  const info = useEngine((state) => state.info);
  const key = useEngine((state) => state.key);
  const live = useLive((state) => state.stats);
  const { path, reason } = usePathText();
  useEffect(() => {
    loadInfo().catch(tellError);
  }, []);
  if (!settings) return null;
  const save = (changes: Partial<SettingsVm>) => saveSettings(changes).catch(tellError);
  return (
    <div className="page" style={{ maxWidth: 860 }}>
      <div className="pagehead">
        <Title order={1}>{t('settings.title')}</Title>
      </div>
      <Stack gap={14}>
        <Section title={t('settings.appearance')}>
          <Row label={t('settings.language')}>
            <Select
              aria-label={t('settings.language')}
              allowDeselect={false}
              w={220}
              value={settings.language}
              onChange={(language) => save({ language: language ?? 'auto' })}
              data={[
                { value: 'auto', label: t('settings.languageAuto') },
                ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })),
              ]}
            />
          </Row>
          <Row label={t('settings.theme')}>
            <SegmentedControl
              aria-label={t('settings.theme')}
              value={settings.theme}
              onChange={(theme) => save({ theme })}
              data={['dark', 'light', 'auto'].map((value) => ({ value, label: t(`settings.${value}`) }))}
            />
          </Row>
        </Section>
        <Section title={t('settings.livePath')}>
          <Row label={t('live.m.path')} hint={t('settings.livePathHint')}>
            <SegmentedControl
              aria-label={t('settings.livePath')}
              value={settings.live_path}
              onChange={(live_path) => save({ live_path }).then(restartLive)}
              data={[
                { value: 'auto', label: t('settings.pathAuto') },
                { value: 'webview', label: t('settings.pathWebview') },
                { value: 'native', label: t('settings.pathNative') },
              ]}
            />
          </Row>
          <Row label={t('governor.limit')} hint={t('governor.limitHint')}>
            <Select
              aria-label={t('governor.limit')}
              data-testid="processor-limit"
              allowDeselect={false}
              w={220}
              value={`${settings.processor_limit}`}
              onChange={(limit) => save({ processor_limit: Number(limit) })}
              data={PROCESSOR_LIMITS.map((limit) => ({
                value: `${limit}`,
                label: limit === 100 ? t('governor.never') : percent(limit / 100, lang, 0),
              }))}
            />
          </Row>
          <Facts
            rows={
              live
                ? [
                    [t('settings.now'), reason ? `${path}: ${reason}` : path],
                    [t('settings.selfTest'), t(live.decodesH264 ? 'settings.passed' : 'settings.failed')],
                    [
                      t('settings.graphics'),
                      live.gpu ? (
                        <span key="g" className="mono">
                          {live.gpu}
                        </span>
                      ) : (
                        t('settings.noGpu')
                      ),
                    ],
                  ]
                : [[t('settings.now'), t('settings.notOpened')]]
            }
          />
        </Section>
        <Section title={t('background.title')}>
          <Background settings={settings} />
        </Section>
        <Section title={t('settings.security')}>
          {key && (
            <Facts
              rows={[
                [t('settings.keyPlace'), t(`settings.${key.place}`, { defaultValue: key.place })],
                [
                  t('settings.location'),
                  <Copyable key="l" text={key.location} label={t('settings.location')} />,
                ],
                [
                  t('settings.fingerprint'),
                  <span key="f" className="mono">
                    {key.fingerprint}
                  </span>,
                ],
              ]}
            />
          )}
          <RotateKey />
        </Section>
        <Section title={t('sets.title')}>
          <CredentialSets />
        </Section>
        <Section title={t('settings.configuration')}>
          <Configuration />
        </Section>
        <Section title={t('health.formulaTitle')}>
          <HealthFormula />
        </Section>
        <Section title={t('settings.about')}>
          {info && (
            <Facts
              rows={[
                [t('settings.version'), `Atalaya ${info.version}`],
                [
                  t('settings.dataDir'),
                  <Copyable key="d" text={info.data_dir} label={t('settings.dataDir')} />,
                ],
                [
                  t('settings.exportDir'),
                  <Copyable key="e" text={info.export_dir} label={t('settings.exportDir')} />,
                ],
                [
                  t('settings.simulator'),
                  t(info.simulator_running ? 'settings.running' : 'settings.notRunning'),
                ],
              ]}
            />
          )}
        </Section>
      </Stack>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card" style={{ padding: '16px 18px' }}>
      <Title order={2} mb={12}>
        {title}
      </Title>
      <Stack gap={14}>{children}</Stack>
    </section>
  );
}

function Row({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div style={{ display: 'flex', gap: 16, alignItems: 'center', flexWrap: 'wrap' }}>
      <div style={{ flex: '1 1 260px' }}>
        {label}
        {hint && <div style={{ color: 'var(--faint)', fontSize: 12, maxWidth: 440 }}>{hint}</div>}
      </div>
      {children}
    </div>
  );
}
