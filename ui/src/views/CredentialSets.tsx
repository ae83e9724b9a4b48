/**
 * Owns the list of credential sets: adding one, giving one another login, and forgetting one, with the question before.
 */
import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { visible } from '../format';
import type { CredentialSetVm } from '../gen/CredentialSetVm';
import { useText } from '../i18n';
import { credentialSetAdd, credentialSetChange, credentialSetRemove } from '../ipc';
import { tellDone, tellError } from '../notices';
import { ErrorNote } from '../parts/bits';
import { useReadSets } from '../parts/SetSelect';
import { useWork } from '../parts/work';
import { loadSets } from '../store/credentialSets';
import { loadCameras } from '../store/engine';

/** The set that gets a login: a new one, or one there is. */
type Asked = 'new' | CredentialSetVm;

export function CredentialSets() {
  const { t } = useText();
  const sets = useReadSets();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [removing, setRemoving] = useState<CredentialSetVm | null>(null);
  const remove = async (set: CredentialSetVm) => {
    setRemoving(null);
    try {
      const { cameras } = await credentialSetRemove(set.id);
      await Promise.all([loadSets(), loadCameras()]);
      tellDone(t('sets.removed', { name: visible(set.name, 64), count: cameras }));
    } catch (error) {
      tellError(error, visible(set.name, 64));
    }
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('sets.hint')}
      </Text>
      {sets.length === 0 ? (
        <Text size="sm" data-testid="no-sets">
          {t('sets.none')}
        </Text>
      ) : (
        <table className="table" data-testid="sets">
          <thead>
            <tr>
              <th>{t('common.name')}</th>
              <th>{t('common.user')}</th>
              <th>{t('common.cameras')}</th>
              <th aria-label={t('sets.actions')} />
            </tr>
          </thead>
          <tbody>
            {sets.map((set) => (
              <tr key={set.id}>
                <td>{visible(set.name, 64)}</td>
                <td>{visible(set.user, 64)}</td>
                <td className="num">{set.cameras}</td>
                <td>
                  <Group gap={6} justify="flex-end" wrap="nowrap">
                    <Button
                      size="xs"
                      variant="default"
                      leftSection={<KeyRound size={14} aria-hidden />}
                      aria-label={t('sets.changeLabel', { name: visible(set.name, 64) })}
                      onClick={() => setAsked(set)}
                      data-testid="set-change"
                    >
                      {t('sets.change')}
                    </Button>
                    <Button
                      size="xs"
                      variant="subtle"
                      color="red"
                      leftSection={<Trash2 size={14} aria-hidden />}
                      aria-label={t('sets.removeLabel', { name: visible(set.name, 64) })}
                      onClick={() => setRemoving(set)}
                    >
                      {t('common.remove')}
                    </Button>
                  </Group>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Group>
        <Button
          variant="default"
          leftSection={<Plus size={15} aria-hidden />}
          onClick={() => setAsked('new')}
          data-testid="set-add"
        >
          {t('sets.add')}
        </Button>
      </Group>
      {asked && <Ask key={asked === 'new' ? '' : asked.id} set={asked} close={() => setAsked(null)} />}
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t('sets.removeTitle', { name: visible(removing?.name ?? '', 64) })}
      >
        <Text size="sm">{t('sets.removeText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setRemoving(null)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red" onClick={() => removing && void remove(removing)}>
            {t('common.remove')}
          </Button>
        </Group>
      </Modal>
    </Stack>
  );
}

function Ask({ set, close }: { set: Asked; close: () => void }) {
  const { t } = useText();
  const fresh = set === 'new';
  const [name, setName] = useState(fresh ? '' : set.name);
  const [user, setUser] = useState(fresh ? '' : set.user);
  const [password, setPassword] = useState('');
  const { busy, error, run } = useWork();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      if (fresh) {
        const added = await credentialSetAdd(name.trim(), user, password);
        tellDone(t('sets.added', { name: visible(added.name, 64) }));
      } else {
        const { cameras } = await credentialSetChange(set.id, user, password);
        tellDone(t('sets.changed', { name: visible(set.name, 64), count: cameras }));
      }
      await loadSets();
      close();
    });
  };
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened
      onClose={close}
      title={fresh ? t('sets.add') : t('sets.changeTitle', { name: visible(set.name, 64) })}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {!fresh && <Text size="sm">{t('sets.changeText', { count: set.cameras })}</Text>}
          {fresh && (
            <TextInput
              label={t('common.name')}
              placeholder={t('sets.example')}
              value={name}
              maxLength={64}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
              data-testid="set-name"
            />
          )}
          <TextInput
            label={t('common.user')}
            autoComplete="off"
            value={user}
            onChange={(event) => setUser(event.currentTarget.value)}
            data-testid="set-user"
          />
          <PasswordInput
            label={t('common.password')}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            data-testid="set-password"
          />
          {error && <ErrorNote error={error} subject={visible(name, 64)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              loading={busy}
              disabled={name.trim() === '' || user === '' || password === ''}
              data-testid="set-confirm"
            >
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
