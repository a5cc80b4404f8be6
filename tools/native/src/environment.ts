/** Settings as the process got them; passed in, so that tests can give their own. */
export type Environment = Readonly<Record<string, string | undefined>>;
