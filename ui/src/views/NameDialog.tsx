/**
 * Owns the dialog that asks for a name, and what dialogs and menus over the live grid have in common.
 */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from 'react';
import { useText } from '../i18n';
import { ErrorNote } from '../parts/bits';
import { useWork } from '../parts/work';

/** The longest name of a view or a tour, in characters, as the engine takes it. */
export const NAME_MAX = 64;

/** Keys that are meant for a dialog or a menu are none of the grid's. */
export const own = { onKeyDown: (event: KeyboardEvent) => event.stopPropagation() };

/** A form in a dialog: does its work when it is sent, then closes; says why when the work fails. */
export function FormDialog(props: {
  title: string;
  /** What the button that sends it says. */
  label: string;
  /** Whether what is filled in can be sent. */
  ready: boolean;
  work: () => Promise<unknown>;
  close: () => void;
  testid: string;
  children: ReactNode;
}) {
  const { t } = useText();
  const { busy, error, run } = useWork();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!props.ready) return;
    void run(async () => {
      await props.work();
      props.close();
    });
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
          {props.children}
          {error && <ErrorNote error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.close}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy} disabled={!props.ready} data-testid={props.testid}>
              {props.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

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
  return (
    <FormDialog
      title={props.title}
      label={props.label}
      ready={name.trim() !== ''}
      work={() => props.work(name.trim())}
      close={props.close}
      testid="view-keep"
    >
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
    </FormDialog>
  );
}
