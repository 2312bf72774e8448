interface Props {
  /** Its name and id. */
  name: string;
  label: string;
  value: number;
  max: number;
  /** The meaning of the value. */
  text?: string;
  ends: [string, string];
  isHidden?: boolean;
  onChange: (value: number) => void;
}

const STEP = 5;

/** A slider between two named ends. */
export function Slider({ name, label, value, max, text, ends, isHidden, onChange }: Props) {
  return (
    <div class="setting" hidden={isHidden}>
      <label for={name}>
        {text === undefined ? (
          label
        ) : (
          <>
            <span>{label}</span>{' '}
            <output id={`${name}-text`} for={name}>
              {text}
            </output>
          </>
        )}
      </label>
      <input
        id={name}
        name={name}
        type="range"
        min="0"
        max={max}
        step={STEP}
        value={value}
        aria-valuetext={text}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <p class="ends" aria-hidden="true">
        {ends.map((end) => (
          <span>{end}</span>
        ))}
      </p>
    </div>
  );
}
