/** The paths of the line drawings, each in a square of 24. */
export const PATHS = {
  like: 'M7 11v9H3v-9zM7 11l4-8c1.7 0 2.6 1.2 2.3 2.8L12.6 9H19a2 2 0 0 1 2 2.4l-1.3 7A2 2 0 0 1 17.7 20H7',
  dislike:
    'M17 13V4h4v9zM17 13l-4 8c-1.7 0-2.6-1.2-2.3-2.8l.7-3.2H5a2 2 0 0 1-2-2.4l1.3-7A2 2 0 0 1 6.3 4H17',
  seen: 'M4.5 12.5l5 5L20 7',
  details: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 11v5.5M12 7.5v.01',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20 20',
  share: 'M12 15V3.5M7.5 8L12 3.5L16.5 8M5 12v7.5h14V12',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10',
  sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  map: 'M9 4L3.5 6.5V20L9 17.5L15 20L20.5 17.5V4L15 6.5zM9 4V17.5M15 6.5V20',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  whole: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  device: 'M5 4.5h14v11H5zM9 20h6M12 15.5V20',
};

export type IconName = keyof typeof PATHS;
