declare namespace Store {
  interface Of<State> {
    readonly get: () => State
    readonly update: (change: (state: State) => State) => void
    /** Returns the function that ends the subscription, as `useSyncExternalStore` wants it. */
    readonly subscribe: (listener: () => void) => () => void
  }
}

/** State outside React, for streams that must not wait for a render; an unchanged value tells nobody. */
const Store = {
  make: <State>(initial: State): Store.Of<State> => {
    const listeners = new Set<() => void>()
    let state = initial
    const publish = (next: State) => {
      state = next
      listeners.forEach((listener) => {
        listener()
      })
    }
    return {
      get: () => state,
      update: (change) => {
        const next = change(state)
        Object.is(next, state) || publish(next)
      },
      subscribe: (listener) => {
        listeners.add(listener)
        return () => {
          listeners.delete(listener)
        }
      }
    }
  }
} as const

export { Store }
