// The panel beside the lists: the form that shapes them, and the visitor's own list.
import { MyList } from '../my-list/MyList.js';
import { FilterPanel } from './FilterPanel.js';

export const Side = () => (
  <>
    <FilterPanel />
    <MyList />
  </>
);
