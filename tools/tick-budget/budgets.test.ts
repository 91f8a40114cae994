import { describe, expect, it } from 'vitest';
import { budgetsIn, countsIn, verdictsOf } from './budgets.js';

const page = `
| Phase | Method | Counted | Budget |
|---|---|---|---|
| receive, route | \`Receive\` | 1,231 | 1,290 |
| mix | \`Mix\` | 900 | 1,000 |
| all, some 310 of them to fetch | | 2,131 | 2,300 |
`;

const annotated = `
--------------------------------------------------------------------------------
Ir                      file:function
--------------------------------------------------------------------------------

3,000 ( 1.5%)  < ???:parley::Engine::Tick(parley::TickTime const&) (2x) [/a/tick_bench]
4,926 ( 2.5%)  *  ???:parley::Engine::Receive(std::span<unsigned int const, 18446744073709551615ul>) [/a/tick_bench]

1,926 ( 1.0%)  < ???:parley::Engine::PullAndDecode(parley::Batch const&) (1x) [/a/tick_bench]
  500 ( 0.3%)  < ???:parley::Engine::TakeInPieces(std::span<unsigned int const>) (3x) [/a/tick_bench]
2,426 ( 1.2%)  *  ???:parley::RtpMedia::PullFrame(long, std::span<short>) [/a/tick_bench]

4,004 ( 2.0%)  < ???:parley::Engine::Tick(parley::TickTime const&) (2x) [/a/tick_bench]
4,004 ( 2.0%)  *  ???:parley::Engine::Mix(parley::Batch const&) [/a/tick_bench]

  900 ( 0.4%)  *  ???:parley::kernels::N_AVX2::Sum(short const*) [/a/tick_bench]
`;

describe('budgets of a tick', () => {
  it('are those of the page', () => {
    expect(budgetsIn(page)).toEqual([
      { phase: 'receive, route', method: 'Receive', budget: 1290 },
      { phase: 'mix', method: 'Mix', budget: 1000 },
      { phase: 'all', method: null, budget: 2300 },
    ]);
  });

  it('are held against what was counted, by the calls for each leg and frame', () => {
    expect(verdictsOf(budgetsIn(page), countsIn(annotated))).toEqual([
      { phase: 'receive, route', counted: 1232, budget: 1290 },
      { phase: 'mix', counted: 1001, budget: 1000 },
      { phase: 'all', counted: 2233, budget: 2300 },
    ]);
  });

  it('are of functions: one that is none is no zero', () => {
    const counts = countsIn(annotated.replace('Engine::Mix(', 'Engine::Other('));
    expect(() => verdictsOf(budgetsIn(page), counts)).toThrow('no function Engine::Mix was seen');
  });
});
