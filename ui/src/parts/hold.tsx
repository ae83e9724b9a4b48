/**
 * Owns what moves a camera as long as it is held: the button, and letting go when the hand, the page or the part goes.
 * Knows no camera.
 */
import { Tooltip, UnstyledButton } from '@mantine/core';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { Mover, type Speed } from '../live/mover';
import { tellError } from '../notices';

/** A mover that lets go when nobody can hold on any more; errors are told under this name. */
export function useMover<S extends Speed | number>(
  name: string,
  drive: (speed: S) => Promise<unknown>,
  stop: () => Promise<unknown>,
): Mover<S> {
  const calls = useRef({ drive, stop, name });
  calls.current = { drive, stop, name };
  const mover = useMemo(
    () =>
      new Mover<S>(
        (speed) => calls.current.drive(speed),
        () => calls.current.stop(),
        (failure) => tellError(failure, calls.current.name),
      ),
    [],
  );
  useEffect(() => {
    const release = () => mover.release();
    window.addEventListener('blur', release);
    document.addEventListener('visibilitychange', release);
    return () => {
      window.removeEventListener('blur', release);
      document.removeEventListener('visibilitychange', release);
      release();
    };
  }, [mover]);
  return mover;
}

/** A button that moves as long as it is held. */
export function Hold<S extends Speed | number>(props: {
  mover: Mover<S>;
  speed: S;
  label: string;
  testid?: string;
  children: ReactNode;
}) {
  const { mover, speed } = props;
  return (
    <Tooltip label={props.label}>
      <UnstyledButton
        className="tool"
        data-testid={props.testid}
        aria-label={props.label}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          mover.set(speed);
        }}
        onPointerUp={() => mover.release()}
        onPointerCancel={() => mover.release()}
        onKeyDown={(event) => {
          if (event.key === ' ' || event.key === 'Enter') {
            event.stopPropagation();
            mover.set(speed);
          }
        }}
        onKeyUp={() => mover.release()}
        onBlur={() => mover.release()}
      >
        {props.children}
      </UnstyledButton>
    </Tooltip>
  );
}
