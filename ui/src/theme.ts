/**
 * Owns the look of Mantine's components: neutral greys, one accent, small radii, dense controls.
 */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#e4f4fb',
  '#cbe6f3',
  '#9bcde6',
  '#67b3d9',
  '#419ecd',
  '#2a91c7',
  '#1676ab',
  '#0b6a9c',
  '#006696',
  '#005884',
];

const dark: MantineColorsTuple = [
  '#d3d6da',
  '#a9aeb5',
  '#868c95',
  '#60666f',
  '#3a3f46',
  '#2c3036',
  '#212429',
  '#191b1f',
  '#131518',
  '#0c0d0f',
];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    "Inter, 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  fontSizes: { xs: '11.5px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '15px' }, h3: { fontSize: '13.5px' } },
  },
  components: {
    Button: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, multiline: true, maw: 340 } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.55 } } },
  },
});
