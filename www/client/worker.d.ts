/** The worker's script: nothing to import, only an address to start a worker from. See `worker` in `OpenOptions`. */
export {};
