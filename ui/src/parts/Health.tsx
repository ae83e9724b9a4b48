/**
 * Owns how the health score explains itself: its parts, and the formula in words (`model::health`).
 */
import { Progress } from '@mantine/core';
import type { MetricsVm } from '../gen/MetricsVm';
import { useText } from '../i18n';

const PARTS = [
  ['rate', 40],
  ['loss', 30],
  ['delay', 10],
  ['stability', 20],
] as const;

export function HealthParts({ metrics }: { metrics: MetricsVm }) {
  const { t } = useText();
  return (
    <div className="num" style={{ fontSize: 12.5 }}>
      <strong>{t('health.title', { score: metrics.health })}</strong>
      {metrics.health === 0 ? (
        <p style={{ margin: '6px 0 0' }}>{t('health.noPicture')}</p>
      ) : (
        <dl
          className="facts"
          style={{
            gridTemplateColumns: '1fr 70px max-content',
            margin: '8px 0',
            gap: '5px 10px',
            alignItems: 'center',
          }}
        >
          {PARTS.map(([part, most]) => {
            const points = metrics.health_parts[part];
            return (
              <div key={part} style={{ display: 'contents' }}>
                <dt>{t(`health.${part}`)}</dt>
                <dd>
                  <Progress
                    size={5}
                    color={points > 0 ? 'orange' : 'gray'}
                    value={(points / most) * 100}
                    aria-label={t(`health.${part}`)}
                  />
                </dd>
                <dd style={{ textAlign: 'right' }}>
                  {points > 0 ? t('health.minus', { points, most }) : t('health.none', { most })}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
      <HealthFormula />
    </div>
  );
}

export function HealthFormula() {
  const { t } = useText();
  return (
    <div style={{ color: 'var(--faint)', lineHeight: 1.45 }}>
      {t('health.formula')}
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {PARTS.map(([part]) => (
          <li key={part}>{t(`health.${part}Text`)}</li>
        ))}
      </ul>
    </div>
  );
}
