// The page: its parts, in the order of reading.
import { PanelToggle } from './features/filters/PanelToggle.js';
import { MapDialog, OpenMap } from './features/map/MapDialog.js';
import { DropTarget } from './features/my-list/DropTarget.js';
import { Badge } from './features/offline/Badge.js';
import { Downloads } from './features/offline/Downloads.js';
import { About } from './features/opening/About.js';
import { Failure } from './features/opening/Failure.js';
import { Hint } from './features/opening/Hint.js';
import { Notices } from './features/opening/Notices.js';
import { isAnswerShown, isSideShown } from './features/opening/reveal.js';
import { Chosen } from './features/results/Chosen.js';
import { Picks } from './features/results/Picks.js';
import { Ranked, RankedHeading } from './features/results/Ranked.js';
import { RelatedLists } from './features/results/Related.js';
import { Status } from './features/results/Status.js';
import { SearchForm } from './features/search/SearchBox.js';
import { fields, view } from './queries/answers.js';
import { parts } from './state/store.js';
import { lazy } from './ui/lazy.js';

// They need the catalogue, which comes later than the first answer.
const Side = lazy(
  () => fields.result.value.value !== undefined,
  async () => (await import('./features/filters/Side.js')).Side,
);
const Details = lazy(
  () => parts.show.value !== undefined,
  async () => (await import('./features/details/Details.js')).Details,
);

export const App = () => (
  <>
    <main>
      <SearchForm>
        <Badge />
        <Downloads />
      </SearchForm>
      <Hint />
      <Picks />
      <Failure />
      <Notices />
      <div id="bench" class="bench" data-waiting={!isAnswerShown.value || undefined}>
        <Aside />
        <Answer />
      </div>
    </main>
    <footer id="foot" data-waiting={!isAnswerShown.value || undefined}>
      <About />
    </footer>
    <MapDialog />
    <Details />
    <DropTarget />
  </>
);

const Aside = () => (
  <aside id="side" class="side" data-waiting={!isSideShown.value || undefined}>
    <PanelToggle />
    <div id="side-panel" class="side-panel">
      <Side />
    </div>
  </aside>
);

function Answer() {
  const isRelated = view.value === 'related';
  return (
    <div class="answer">
      <Chosen isHidden={!isRelated} />
      <RankedHeading isHidden={isRelated} />
      <div class="status-line">
        <Status />
        <OpenMap />
      </div>
      <RelatedLists isHidden={!isRelated} />
      <Ranked isHidden={view.value !== 'ranked'} />
    </div>
  );
}
