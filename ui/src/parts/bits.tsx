/**
 * Owns the small pieces that several pages use: badges, empty states, fact lists, copyable texts, error notes.
 */
import { ActionIcon, CopyButton, Spoiler, Tooltip } from '@mantine/core';
import { Check, CircleAlert, Copy, FlaskConical } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorText } from '../errors';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';

/** Says that a camera is simulated; stands wherever such a camera is named. */
export function SimulatedBadge() {
  const { t } = useText();
  return (
    <span className="simulated" title={t('common.simulatedLong')}>
      <FlaskConical size={11} aria-hidden />
      {t('common.simulated')}
    </span>
  );
}

export function Empty(props: { icon: ReactNode; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="empty">
      {props.icon}
      <p className="headline">{props.title}</p>
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

/** Names and values, aligned. */
export function Facts({ rows }: { rows: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A path or sum in full, with a button that copies it. */
export function Copyable({ text, label }: { text: string; label?: string }) {
  const { t } = useText();
  return (
    <span className="pathline">
      <span className="mono">{text}</span>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('common.copied') : t('common.copy')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={copy}
              aria-label={`${t('common.copy')}${label ? `: ${label}` : ''}`}
            >
              {copied ? <Check size={14} /> : <Copy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}

/** The engine's own words, folded away. */
export function ErrorDetails({ details }: { details: string }) {
  const { t } = useText();
  return (
    <Spoiler
      maxHeight={0}
      showLabel={t('common.details')}
      hideLabel={t('common.close')}
      styles={{ control: { fontSize: 12 } }}
    >
      <pre className="mono" style={{ margin: '4px 0', whiteSpace: 'pre-wrap' }}>
        {details}
      </pre>
    </Spoiler>
  );
}

/** What happened, to whom, and what to try. */
export function ErrorNote(props: { error: UserError; subject?: string; children?: ReactNode }) {
  const { t } = useText();
  const text = errorText(t, props.error, props.subject);
  return (
    <div className="errornote" role="alert">
      <CircleAlert size={17} className="tone-bad" aria-hidden />
      <div style={{ minWidth: 0 }}>
        <strong>{text.what}</strong>
        <div style={{ color: 'var(--soft)' }}>{text.hint}</div>
        {props.children}
        <ErrorDetails details={text.details} />
      </div>
    </div>
  );
}
