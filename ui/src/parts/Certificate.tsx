/**
 * Owns what a person sees of a camera's certificate that is not believed: the facts to compare, and the button that
 * trusts it. Must not know what is done with it then.
 */
import { Button, Group } from '@mantine/core';
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { dateTime, visible } from '../format';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { ErrorNote, Facts } from './bits';

const CODES = ['UNTRUSTED_CERTIFICATE', 'CERTIFICATE_CHANGED'];

/** The fingerprint that would have to be trusted for an error to go away; null for any other error. */
export function untrusted(error: UserError): string | null {
  return CODES.includes(error.code) ? (error.params.fingerprint ?? null) : null;
}

/** A fingerprint as people compare it: in pairs, on as many lines as it takes. */
export function Fingerprint({ text }: { text: string }) {
  return (
    <span className="mono" style={{ overflowWrap: 'anywhere' }} data-testid="fingerprint">
      {visible(text, 100)}
    </span>
  );
}

/** An error; where it is about a certificate, with what to compare and the way to trust it. */
export function CertificateNote(props: {
  error: UserError;
  subject?: string;
  busy?: boolean;
  onTrust: (fingerprint: string) => void;
}) {
  const { t, lang } = useText();
  const { error, subject, busy, onTrust } = props;
  const fingerprint = untrusted(error);
  if (fingerprint === null) return <ErrorNote error={error} subject={subject} />;
  const { accepted, subject: holder, valid_from: from, valid_until: until } = error.params;
  const rows: [string, ReactNode][] = [
    [t('certificate.fingerprint'), <Fingerprint key="f" text={fingerprint} />],
  ];
  if (accepted) rows.push([t('certificate.accepted'), <Fingerprint key="a" text={accepted} />]);
  if (holder) rows.push([t('certificate.subject'), visible(holder, 130)]);
  if (from && until)
    rows.push([
      t('certificate.validity'),
      t('certificate.fromUntil', { from: dateTime(from, lang), until: dateTime(until, lang) }),
    ]);
  return (
    <ErrorNote error={error} subject={subject}>
      <div style={{ margin: '8px 0' }}>
        <Facts rows={rows} />
      </div>
      <Group>
        <Button
          size="xs"
          variant="light"
          color="orange"
          loading={busy}
          leftSection={<ShieldCheck size={15} aria-hidden />}
          onClick={() => onTrust(fingerprint)}
          data-testid="trust-certificate"
        >
          {t('certificate.trust')}
        </Button>
      </Group>
    </ErrorNote>
  );
}
