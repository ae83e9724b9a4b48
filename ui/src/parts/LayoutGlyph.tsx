/**
 * Owns the small drawing of a layout of tiles.
 */
import type { Layout } from '../live/layout';

export function LayoutGlyph({ layout, size = 18 }: { layout: Layout; size?: number }) {
  const { columns, rows } = layout;
  return (
    <svg
      width={size}
      height={(size * 9 * rows) / (16 * columns)}
      viewBox={`0 0 ${columns * 16} ${rows * 9}`}
      aria-hidden="true"
      style={{ maxHeight: size, flex: 'none' }}
    >
      {layout.cells.map((cell) => (
        <rect
          key={`${cell.x}-${cell.y}`}
          x={cell.x * 16 + columns / 2}
          y={cell.y * 9 + columns / 2}
          width={cell.width * 16 - columns}
          height={cell.height * 9 - columns}
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
