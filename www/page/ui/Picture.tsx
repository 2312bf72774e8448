// The small picture of a show. Decoration, so hidden from screen readers.
import { useState } from 'preact/hooks';
import type { Show } from '../queries/show.js';
import { pictureOf, TILES } from './drawing.js';

let drawings = 0;

type Drawn = Pick<Show, 'id' | 'tags' | 'image'>;

/** The owner's photo, if the site allows it, else a drawing. */
export const Picture = ({ show }: { show: Drawn }) =>
  show.image ? <Photo show={show} /> : <Drawing show={show} />;

function Photo({ show }: { show: Drawn }) {
  const [failed, setFailed] = useState('');
  if (show.image === failed) return <Drawing show={show} />;
  return (
    <img
      class="picture"
      src={show.image}
      alt=""
      width="48"
      height="64"
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => setFailed(show.image ?? '')} // offline, or gone
    />
  );
}

function Drawing({ show }: { show: Drawn }) {
  const { hue, moonHue, motif, turn, moon } = pictureOf(show);
  const [width, height, path, filled] = TILES[motif];
  const [id] = useState(() => `motif-${++drawings}`); // a pattern is found by its id
  return (
    <svg
      class="picture"
      viewBox="0 0 48 64"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
      style={{ '--hue': hue, '--moon-hue': moonHue }}
    >
      <pattern
        id={id}
        width={width}
        height={height}
        patternUnits="userSpaceOnUse"
        patternTransform={turn ? `rotate(${turn})` : undefined}
      >
        <path d={path} class={filled ? 'motif filled' : 'motif'} />
      </pattern>
      <rect class="ground" width="48" height="64" />
      <circle class="moon" cx={moon.x} cy={moon.y} r={moon.r} />
      <rect width="48" height="64" fill={`url(#${id})`} />
    </svg>
  );
}
