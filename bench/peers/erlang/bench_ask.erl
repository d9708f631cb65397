%% SPDX-License-Identifier: MIT
%% How long does a process wait for an answer, from a busy system and from an idle one? There is no
%% thread outside in Erlang: who asks is a process too.
-module(bench_ask).
-compile([inline]).
-export([benchmarks/0]).

benchmarks() ->
    [{"BenchmarkAskLatency/busy", fun busy/1},
     {"BenchmarkAskLatency/idle", fun idle/1},
     {"BenchmarkAskLatency/actor", fun busy/1}].

%% How long the system has been quiet before an ask.
-define(PAUSE_MS, 2).

busy(N) ->
    Echo = spawn(fun echo/0),
    {Asks, Wall, Cpu} = bench:time(fun() -> ask_all(N, Echo, []) end),
    bench:per_op(N, Wall, Cpu) ++ quantiles(N, Asks).

ask_all(0, _, Asks) -> Asks;
ask_all(Left, Echo, Asks) -> ask_all(Left - 1, Echo, [timed_ask(Echo, Left) | Asks]).

%% The pauses do not count; processor time is told too coarsely for what is between them.
idle(N) ->
    Echo = spawn(fun echo/0),
    Asks = [ask_rested(Echo, I) || I <- lists:seq(1, N)],
    [{lists:sum(Asks) / N, "ns/op"} | quantiles(N, Asks)].

ask_rested(Echo, I) ->
    timer:sleep(?PAUSE_MS),
    timed_ask(Echo, I).

timed_ask(Echo, Number) ->
    Begin = erlang:monotonic_time(nanosecond),
    Answer = ask(Echo, Number),
    End = erlang:monotonic_time(nanosecond),
    bench:equal(Answer, Number + 1, "answer"),
    End - Begin.

ask(Echo, Number) ->
    Ref = make_ref(),
    Echo ! {self(), Ref, Number},
    receive {Ref, Answer} -> Answer end.

echo() ->
    receive {From, Ref, Number} -> From ! {Ref, Number + 1} end,
    echo().

quantiles(N, Asks) ->
    Sorted = list_to_tuple(lists:sort(Asks)),
    [{element((N - 1) div 2 + 1, Sorted), "p50-ns"},
     {element((N - 1) * 99 div 100 + 1, Sorted), "p99-ns"}].
