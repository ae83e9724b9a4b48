/**
 * Owns the choice of a credential set whose login is used. What no set stands for is the caller's to name.
 */
import { Select } from '@mantine/core';
import { useEffect } from 'react';
import { visible } from '../format';
import type { CredentialSetVm } from '../gen/CredentialSetVm';
import { useText } from '../i18n';
import { tellError } from '../notices';
import { loadSets, useSets } from '../store/credentialSets';

/** The credential sets, read again when the part that shows them appears. */
export function useReadSets(): CredentialSetVm[] {
  useEffect(() => {
    loadSets().catch(tellError);
  }, []);
  return useSets((state) => state.sets);
}

/** The sets to choose from; the empty value stands for `none`. */
export function SetSelect(props: {
  sets: CredentialSetVm[];
  none: string;
  value: string;
  onChange: (set: string) => void;
  description?: string;
  w?: number;
  testid: string;
}) {
  const { t } = useText();
  const { sets, none, onChange, testid, ...shown } = props;
  return (
    <Select
      {...shown}
      label={t('manage.loginFrom')}
      allowDeselect={false}
      onChange={(value) => onChange(value ?? '')}
      data={[
        { value: '', label: none },
        ...sets.map((one) => ({ value: one.id, label: visible(one.name, 64) })),
      ]}
      data-testid={testid}
    />
  );
}
