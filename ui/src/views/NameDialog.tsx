/**
 * Owns the dialog that asks for a name, and what dialogs and menus over the live grid have in common.
 */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { toUserError } from '../errors';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { ErrorNote } from '../parts/bits';

/** The longest name of a view or a tour, in characters, as the engine takes it. */
export const NAME_MAX = 64;

/** Keys that are meant for a dialog or a menu are none of the grid's. */
export const own = { onKeyDown: (event: KeyboardEvent) => event.stopPropagation() };

/** Asks for a name, and does something with it. */
export function NameDialog(props: {
  title: string;
  name: string;
  label: string;
  hint?: (name: string) => string;
  work: (name: string) => Promise<unknown>;
  close: () => void;
}) {
  const { t } = useText();
  const [name, setName] = useState(props.name);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<UserError | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await props.work(name.trim());
      props.close();
    } catch (failure) {
      setError(toUserError(failure));
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={props.close}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      {...own}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={t('common.name')}
            value={name}
            maxLength={NAME_MAX}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
            data-testid="view-name"
          />
          <Text size="sm" c="dimmed" mih={20} aria-live="polite">
            {props.hint?.(name.trim())}
          </Text>
          {error && <ErrorNote error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.close}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy} disabled={name.trim() === ''} data-testid="view-keep">
              {props.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
