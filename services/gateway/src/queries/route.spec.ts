import { numberOf, QueryRefused, targetOf } from './route.ts';

describe('a path below /skerry/v1/', () => {
  it('is taken apart and decoded', () => {
    const { parts, parameters } = targetOf('/skerry/v1/history/a%2Fb/%C3%A9?after=3', '/skerry/v1/');
    expect([parts, parameters.get('after')]).toEqual([['history', 'a/b', 'é'], '3']);
  });

  it.each(['%', '%zz', '%ff', 'a%00b'])('is refused with 400 where a part is no name: %s', (part) => {
    expect(() => targetOf(`/skerry/v1/history/${part}`, '/skerry/v1/')).toThrow(QueryRefused);
    expect(() => targetOf(`/skerry/v1/${part}`, '/skerry/v1/')).toThrow(`the path holds "${part}": allowed are names`);
  });

  it.each(['-1', '1.5', 'x', '', '99999999999999999999', '0x10'])('has no number "%s"', (text) => {
    const parameters = new URLSearchParams({ after: text });
    expect(() => numberOf(parameters, { name: 'after', otherwise: 0 })).toThrow(`after=${text}: a whole number from 0`);
  });
});
