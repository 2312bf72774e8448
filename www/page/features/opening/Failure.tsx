// The failure that keeps the page from showing what was asked for.
import { computed } from '@preact/signals-core';
import { chosen, details, release } from '../../queries/answers.js';
import { codeFailure } from '../../ui/lazy.js';
import { Problem } from '../../ui/Problem.js';
import { mapView } from '../map/loading.js';

export const failure = computed(() => {
  const errors = [release, chosen, details, mapView].map(({ result }) => result.value.error);
  return [...errors, codeFailure.value].find((error) => error !== undefined);
});

export const Failure = () => (
  <div id="problem" class="problem" role="alert">
    {failure.value !== undefined && (
      <Problem error={failure.value} onRetry={() => location.reload()} />
    )}
  </div>
);
