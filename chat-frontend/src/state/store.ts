import { type Event, reduce, type State, signedOut } from './state.ts';

export type Store = ReturnType<typeof createStore>;

/** Holds the one state and notifies the page of each change. */
export function createStore(onChange: (state: State) => void) {
  let state = signedOut;
  return {
    get: () => state,
    dispatch(event: Event): void {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      onChange(state);
    },
  };
}
