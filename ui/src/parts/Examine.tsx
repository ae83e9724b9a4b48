/**
 * Owns the ways into the doctor's panel from a page: a field for whatever address a person has.
 */
import { Button, Group, TextInput } from '@mantine/core';
import { Stethoscope } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../i18n';
import { examine } from '../store/doctor';
import { useScan } from '../store/scan';

/** Asks for an address and examines it with the login typed for all cameras. */
export function ExamineHost() {
  const { t } = useText();
  const [host, setHost] = useState('');
  const { user, password } = useScan();
  const login = user !== '' ? { user, password } : {};
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (host.trim() !== '') void examine(host.trim(), { host: host.trim(), ...login });
      }}
    >
      <Group className="card" p="12px 14px" mt={18} gap="md" align="flex-end">
        <TextInput
          label={t('doctor.ask')}
          description={t('doctor.askHint')}
          value={host}
          onChange={(event) => setHost(event.currentTarget.value)}
          flex="1 1 320px"
          data-testid="doctor-host"
        />
        <Button
          type="submit"
          variant="default"
          leftSection={<Stethoscope size={15} aria-hidden />}
          disabled={host.trim() === ''}
          data-testid="doctor-examine"
        >
          {t('doctor.examine')}
        </Button>
      </Group>
    </form>
  );
}
