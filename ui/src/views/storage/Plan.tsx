/**
 * Owns the plan of deletions: what the rules would delete now, and doing so. More than a tenth of a camera goes only when
 * a person says so.
 */
import { Button, Group, Modal, Text } from '@mantine/core';
import { CalendarClock, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { bytes, dateTime, percent } from '../../format';
import type { RetentionPlanVm } from '../../gen/RetentionPlanVm';
import { useText } from '../../i18n';
import { retentionRun } from '../../ipc';
import { tellDone, tellError } from '../../notices';
import { useWork } from '../../parts/work';
import { Part, type Reload, useNameOf } from './Part';

export function Plan({ plan, reload }: { plan: RetentionPlanVm; reload: Reload }) {
  const { t, lang } = useText();
  const nameOf = useNameOf();
  const [asking, setAsking] = useState(false);
  const { busy, run } = useWork((failure) => tellError(failure));
  const total = plan.cameras.reduce((sum, one) => sum + one.bytes, 0);
  const remove = () =>
    run(async () => {
      await retentionRun(plan.held_back);
      setAsking(false);
      tellDone(t('storage.deleted'));
      await reload();
    });
  if (plan.cameras.length === 0) {
    return (
      <Part title={t('storage.plan')} testid="storage-plan">
        <p className="state tone-faint">
          <CalendarClock size={15} aria-hidden />
          {t('storage.planEmpty')}
        </p>
      </Part>
    );
  }
  return (
    <Part title={t('storage.plan')} hint={t('storage.planHint')} testid="storage-plan">
      {plan.held_back && (
        <p className="state tone-warn" style={{ whiteSpace: 'normal' }} role="status">
          <TriangleAlert size={16} aria-hidden />
          {t('storage.heldBack')}
        </p>
      )}
      <table className="table storagetable num">
        <thead>
          <tr>
            <th scope="col">{t('common.camera')}</th>
            <th scope="col">{t('storage.planFiles')}</th>
            <th scope="col">{t('storage.planShare')}</th>
            <th scope="col">{t('storage.planUntil')}</th>
          </tr>
        </thead>
        <tbody>
          {plan.cameras.map((one) => (
            <tr key={one.camera}>
              <td>{nameOf(one.camera)}</td>
              <td>{t('storage.files', { count: one.segments, bytes: bytes(one.bytes, lang) })}</td>
              <td>{percent(one.share, lang, 1)}</td>
              <td>{dateTime(one.until, lang)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Group>
        <Button
          color="red"
          variant="light"
          loading={busy}
          leftSection={<Trash2 size={15} aria-hidden />}
          onClick={() => setAsking(true)}
          data-testid="retention-run"
        >
          {t('storage.deleteNow')}
        </Button>
        <span className="tone-faint" aria-live="polite">
          {busy && t('storage.deleting')}
        </span>
      </Group>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('storage.deleteTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{t('storage.deleteText', { bytes: bytes(total, lang) })}</Text>
        {plan.held_back && (
          <Text size="sm" mt="xs" fw={600}>
            {t('storage.deleteMuch', {
              share: percent(Math.max(...plan.cameras.map((one) => one.share)), lang, 0),
            })}
          </Text>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={remove} data-testid="retention-confirm">
            {t('storage.deleteNow')}
          </Button>
        </Group>
      </Modal>
    </Part>
  );
}
