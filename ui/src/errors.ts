/**
 * Owns how an error becomes a sentence, and a gap's cause a word: by code and parameters, in the user's language. Never
 * looks into an error's text, and shows that text (English, redacted by the engine) only as details on demand.
 */
import type { TFunction } from 'i18next';
import { visible } from './format';
import type { UserError } from './gen/UserError';

/** What a person reads: what happened, what to try, and the engine's own words for whoever needs them. */
export interface ErrorText {
  what: string;
  hint: string;
  details: string;
}

/** Whether a value has the shape of the engine's errors. */
export function isUserError(value: unknown): value is UserError {
  const error = value as UserError | null;
  return (
    typeof error === 'object' &&
    error !== null &&
    typeof error.code === 'string' &&
    typeof error.message === 'string'
  );
}

/** Anything thrown, as an error of the engine. */
export function toUserError(value: unknown): UserError {
  if (isUserError(value)) return { ...value, params: value.params ?? {} };
  return { code: 'INTERNAL', message: value instanceof Error ? value.message : String(value), params: {} };
}

/** The word for a gap's cause. */
export function causeText(t: TFunction, cause: string): string {
  return t(`recordings.cause.${cause}`, { defaultValue: visible(cause, 40) });
}

/** The sentences for an error; `subject` names the camera or file it happened to. */
export function errorText(t: TFunction, error: UserError, subject?: string): ErrorText {
  const about = subject ?? error.params.name ?? error.params.camera_name ?? error.params.host;
  const known = (key: string) => {
    const path = `errors.${error.code}.${key}`;
    const text = t(path, { defaultValue: '' });
    return text === '' || text === path ? t(`errors.UNKNOWN.${key}`) : text;
  };
  const what = known('what');
  const facts = Object.entries(error.params).map(([key, value]) => `${key}: ${visible(value, 300)}`);
  return {
    what: about ? `${visible(about, 80)}: ${what}` : what,
    hint: known('hint'),
    details: [`${error.code}: ${visible(error.message, 400)}`, ...facts].join('\n'),
  };
}
