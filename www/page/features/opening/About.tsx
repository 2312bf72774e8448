// One line about the release.
import { isWord, t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { formatBytes } from '../../ui/format.js';

export function About() {
  const { info } = release.result.value.value ?? {};
  if (!info) return <p id="about" />;
  const models = info.models.map(({ name, rows = 0, bytes = 0 }) =>
    t('aboutModel', { name: isWord(name) ? t(name) : name, rows, bytes: formatBytes(bytes) }),
  );
  const { items, release: id } = info;
  return <p id="about">{t('about', { items, release: id, models: models.join('; ') })}</p>;
}
