/**
 * Owns the list of keys under `?`, made of the table that registers them.
 */
import { Kbd, Modal } from '@mantine/core';
import { Fragment } from 'react';
import { useText } from '../i18n';
import { usePage } from '../store/page';
import { capsOf, GROUPS, KEYS, type Key } from './keys';

export function Keys({ opened }: { opened: boolean }) {
  const { t } = useText();
  const table: readonly Key[] = KEYS;
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened={opened}
      onClose={() => usePage.setState({ keysShown: false })}
      title={t('keys.title')}
      size={860}
    >
      <div className="keygroups">
        {GROUPS.map((group) => (
          <section key={group} aria-labelledby={`keys-${group}`}>
            <h2 id={`keys-${group}`}>{t(`keys.group.${group}`)}</h2>
            <dl className="facts" style={{ gap: '8px 16px' }}>
              {table
                .filter((key) => key.group === group)
                .map((key) => (
                  <div key={key.name} style={{ display: 'contents' }}>
                    <dt className="keycaps">
                      {key.keys.map((combination) => (
                        <span key={combination}>
                          {capsOf(combination, t).map((cap, i) => (
                            <Fragment key={cap}>
                              {i > 0 && '+'}
                              <Kbd size="xs">{cap}</Kbd>
                            </Fragment>
                          ))}
                        </span>
                      ))}
                    </dt>
                    <dd>{t(`keys.do.${key.name}`)}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
