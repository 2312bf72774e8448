// The panel beside the lists: the form that shapes them, the visitor's own list, what is kept.
import { MyList } from '../my-list/MyList.js';
import { Offline } from '../offline/Offline.js';
import { FilterPanel } from './FilterPanel.js';

export const Side = () => (
  <>
    <FilterPanel />
    <MyList />
    <Offline />
  </>
);
