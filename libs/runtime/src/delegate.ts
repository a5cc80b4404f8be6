/** Some methods are others; all else stays the object's own. */
export const delegate = <T extends object>(target: T, own: Partial<T>): T =>
  new Proxy(target, {
    get: (of, name: string & keyof T) => {
      const value = own[name] ?? of[name];
      return typeof value === 'function' && value !== own[name] ? value.bind(of) : value;
    },
  });
