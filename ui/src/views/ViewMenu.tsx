/**
 * Owns the menu of saved views: choosing one, keeping what is shown as one, and what can be done with the one shown.
 */
import { Button, Group, Kbd, Menu } from '@mantine/core';
import {
  ArrowDown,
  ArrowUp,
  ChevronDown,
  CopyPlus,
  LayoutGrid,
  LayoutTemplate,
  Pencil,
  Save,
  Trash2,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { visible } from '../format';
import type { SavedViewVm } from '../gen/SavedViewVm';
import { useText } from '../i18n';
import { covered, type Plan } from '../live/layout';
import { tellError } from '../notices';
import { LayoutGlyph } from '../parts/LayoutGlyph';
import { keepView, moveView, openView, useViews } from '../store/views';
import { type Arrangement, planOf } from './arrangement';
import { KEYED_VIEWS } from './keys';
import { LayoutEditor } from './LayoutEditor';
import { NameDialog, own } from './NameDialog';
import { changeView, dropView, duplicate, saveAs } from './viewActions';

/** Stands for no view. */
const ALL = '';
type Dialog = 'save' | 'rename' | 'edit' | null;

export function ViewMenu({ arrangement }: { arrangement: Arrangement }) {
  const { t } = useText();
  const { views, menuOpen } = useViews();
  const { view } = arrangement;
  const [dialog, setDialog] = useState<Dialog>(null);
  const close = () => setDialog(null);
  const at = views.findIndex((one) => one.id === view?.id);
  return (
    <>
      <Menu
        opened={menuOpen}
        onChange={(opened) => useViews.setState({ menuOpen: opened })}
        position="bottom-start"
        withinPortal
        width={260}
      >
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            leftSection={<LayoutGrid size={15} aria-hidden />}
            rightSection={<ChevronDown size={14} aria-hidden />}
            aria-label={t('views.menuLabel', { name: view ? visible(view.name, 64) : t('views.all') })}
            className="viewbutton"
            data-testid="view-menu"
          >
            <span className="clip">{view ? visible(view.name, 64) : t('views.all')}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown {...own} style={{ maxHeight: '76vh', overflowY: 'auto' }}>
          <Menu.RadioGroup value={view?.id ?? ALL} onChange={(id) => openView(id === ALL ? null : id)}>
            <Choice id={ALL} icon={<LayoutGrid size={16} aria-hidden />} name={t('views.all')} />
            {views.map((one, i) => (
              <Choice
                key={one.id}
                id={one.id}
                icon={<LayoutGlyph layout={one} />}
                name={visible(one.name, 64)}
                hint={i < KEYED_VIEWS ? `⇧${i + 1}` : undefined}
              />
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item
            leftSection={<Save size={15} aria-hidden />}
            onClick={() => setDialog('save')}
            data-testid="view-save"
          >
            {t('views.saveAs')}
          </Menu.Item>
          <Menu.Item
            leftSection={<LayoutTemplate size={15} aria-hidden />}
            onClick={() => setDialog('edit')}
            data-testid="view-edit"
          >
            {t(view ? 'views.edit' : 'views.custom')}
          </Menu.Item>
          {view && (
            <>
              <Menu.Item
                leftSection={<Pencil size={15} aria-hidden />}
                onClick={() => setDialog('rename')}
                data-testid="view-rename"
              >
                {t('views.rename')}
              </Menu.Item>
              <Menu.Item
                leftSection={<CopyPlus size={15} aria-hidden />}
                onClick={() => void duplicate(view)}
                data-testid="view-duplicate"
              >
                {t('views.duplicate')}
              </Menu.Item>
              <Menu.Item
                leftSection={<ArrowUp size={15} aria-hidden />}
                disabled={at === 0}
                closeMenuOnClick={false}
                onClick={() => void moveView(view.id, -1).catch(tellError)}
                data-testid="view-up"
              >
                {t('views.up')}
              </Menu.Item>
              <Menu.Item
                leftSection={<ArrowDown size={15} aria-hidden />}
                disabled={at === views.length - 1}
                closeMenuOnClick={false}
                onClick={() => void moveView(view.id, 1).catch(tellError)}
                data-testid="view-down"
              >
                {t('views.down')}
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<Trash2 size={15} aria-hidden />}
                onClick={() => void dropView(view)}
                data-testid="view-remove"
              >
                {t('views.remove')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog === 'save' && <SaveDialog plan={planOf(arrangement)} close={close} />}
      {dialog === 'rename' && view && <RenameDialog view={view} close={close} />}
      {dialog === 'edit' && <Edit arrangement={arrangement} close={close} />}
    </>
  );
}

function Choice(props: { id: string; icon: ReactNode; name: string; hint?: string }) {
  return (
    <Menu.RadioItem
      value={props.id}
      closeMenuOnClick
      rightSection={props.hint && <Kbd size="xs">{props.hint}</Kbd>}
      data-testid={props.id === ALL ? 'view-all' : 'view-choose'}
    >
      <Group gap={8} wrap="nowrap">
        {props.icon}
        <span className="clip">{props.name}</span>
      </Group>
    </Menu.RadioItem>
  );
}

function SaveDialog({ plan, close }: { plan: Plan; close: () => void }) {
  const { t } = useText();
  const views = useViews((state) => state.views);
  return (
    <NameDialog
      title={t('views.saveTitle')}
      name=""
      label={t('common.save')}
      hint={(name) => (views.some((view) => view.name === name) ? t('views.willReplace') : '')}
      work={(name) => saveAs(name, plan)}
      close={close}
    />
  );
}

function RenameDialog({ view, close }: { view: SavedViewVm; close: () => void }) {
  const { t } = useText();
  return (
    <NameDialog
      title={t('views.renameTitle', { name: visible(view.name, 64) })}
      name={view.name}
      label={t('common.save')}
      work={(name) => keepView({ ...view, name })}
      close={close}
    />
  );
}

/** The editor of the view that is shown or, for all cameras, of a new one that begins with what is shown. */
function Edit({ arrangement, close }: { arrangement: Arrangement; close: () => void }) {
  const { t } = useText();
  const { view } = arrangement;
  const [plan, setPlan] = useState<Plan | null>(null);
  if (plan && !view) return <SaveDialog plan={plan} close={close} />;
  return (
    <LayoutEditor
      title={view ? t('views.editTitle', { name: visible(view.name, 64) }) : t('views.customTitle')}
      plan={covered(planOf(arrangement))}
      close={close}
      done={(made) => {
        if (!view) {
          setPlan(made);
          return;
        }
        void changeView(view, made, t('views.replaced', { name: visible(view.name, 64) }));
        close();
      }}
    />
  );
}
