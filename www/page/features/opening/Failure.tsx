// The failure that keeps the page from showing what was asked for.
import { computed } from '@preact/signals-core';
import { chosen, details, release } from '../../queries/answers.js';
import { mapLoading } from '../../state/map.js';
import { parts } from '../../state/store.js';
import { codeFailure } from '../../ui/lazy.js';
import { Problem } from '../../ui/Problem.js';

export const failure = computed(() => {
  const errors = [release, chosen, details].map(({ result }) => result.value.error);
  const { error: ofMap } = { error: undefined, ...mapLoading.value };
  const all = [...errors, parts.map.value ? ofMap : undefined, codeFailure.value];
  return all.find((error) => error !== undefined);
});

export const Failure = () => (
  <div id="problem" class="problem" role="alert">
    {failure.value !== undefined && (
      <Problem error={failure.value} onRetry={() => location.reload()} />
    )}
  </div>
);
