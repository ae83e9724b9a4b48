/**
 * Owns the languages: which there are, which one is spoken, and how it is chosen from the system.
 */
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import en from './en.json';
import es from './es.json';

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

/** The language for a setting of `auto`, `en` or `es`. */
export function languageFor(setting: string, system: readonly string[]): Language {
  if (setting in LANGUAGES) return setting as Language;
  for (const tag of system) {
    const primary = tag.toLowerCase().split('-')[0] ?? '';
    if (primary in LANGUAGES) return primary as Language;
  }
  return 'en';
}

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, es: { translation: es } },
  lng: languageFor('auto', globalThis.navigator?.languages ?? []),
  fallbackLng: 'en',
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  returnNull: false,
});

/** Speaks another language from now on. */
export function setLanguage(setting: string): void {
  const language = languageFor(setting, navigator.languages);
  document.documentElement.lang = language;
  if (i18next.language !== language) void i18next.changeLanguage(language);
}

/** The translator, and the language's tag for figures and times. */
export function useText() {
  const { t, i18n } = useTranslation();
  return { t, lang: i18n.language };
}

export { i18next };
