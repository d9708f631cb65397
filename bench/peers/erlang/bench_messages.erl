%% SPDX-License-Identifier: MIT
%% What does a message cost between few actors: ping-pong, ring, and a counter with credit.
-module(bench_messages).
-compile([inline]).
-export([benchmarks/0, stop_all/1]).

benchmarks() ->
    [{"BenchmarkPingPong", fun ping_pong/1},
     {"BenchmarkThreadRing", fun thread_ring/1},
     {"BenchmarkCountWindow/1", fun(N) -> count_window(N, 1) end},
     {"BenchmarkCountWindow/2", fun(N) -> count_window(N, 2) end}].

%% Stop processes that answer stop with what they counted; the sum.
stop_all(Pids) ->
    [Pid ! stop || Pid <- Pids],
    lists:sum([receive {counted, Pid, Count} -> Count end || Pid <- Pids]).

counted(Main, Count) -> Main ! {counted, self(), Count}.

%% Savina's PingPong: ping knows pong and counts, pong answers who asked. The rally is over with the
%% Last message of one of them; an atom, which is more than any number, if the other gets the last.
ping_pong(N) ->
    Main = self(),
    {PingLast, PongLast} = case N rem 2 of
                               0 -> {N div 2, never};
                               1 -> {never, N div 2 + 1}
                           end,
    Pong = spawn(fun() -> pong(Main, 1, PongLast) end),
    Ping = spawn(fun() -> receive serve -> Pong ! {self(), 0} end, ping(Pong, Main, 1, PingLast) end),
    {_, Wall, Cpu} = bench:time(fun() -> Ping ! serve, bench:wait(over, N) end),
    bench:equal(stop_all([Ping, Pong]), N, "handled"),
    bench:per_op(N, Wall, Cpu).

%% Nth is the number of the message that comes next.
ping(Pong, Main, Nth, Last) ->
    receive
        Number when is_integer(Number) ->
            case Nth of
                Last -> Main ! {over, ping};
                _ -> Pong ! {self(), Number + 1}
            end,
            ping(Pong, Main, Nth + 1, Last);
        stop -> counted(Main, Nth - 1)
    end.

pong(Main, Nth, Last) ->
    receive
        {From, Number} ->
            case Nth of
                Last -> Main ! {over, pong};
                _ -> From ! Number + 1
            end,
            pong(Main, Nth + 1, Last);
        stop -> counted(Main, Nth - 1)
    end.

%% The thread-ring of the Benchmarks Game.
-define(RING, 503).

thread_ring(N) ->
    Main = self(),
    Members = [spawn(fun() -> receive {join, Next} -> member(Next, Main, 0) end end)
               || _ <- lists:seq(1, ?RING)],
    [Member ! {join, Next} || {Member, Next} <- lists:zip(Members, tl(Members) ++ [hd(Members)])],
    {Last, Wall, Cpu} = bench:time(fun() -> hd(Members) ! N - 1, bench:wait(over, N) end),
    bench:equal(Last, lists:nth((N - 1) rem ?RING + 1, Members), "the token ended with"),
    bench:equal(stop_all(Members), N, "hops"),
    bench:per_op(N, Wall, Cpu).

member(Next, Main, Hops) ->
    receive
        0 -> Main ! {over, self()}, member(Next, Main, Hops + 1);
        Left when is_integer(Left) -> Next ! Left - 1, member(Next, Main, Hops + 1);
        stop -> counted(Main, Hops)
    end.

%% Producers tell one counter, with a credit of messages each that it gives back by halves. A message is
%% the producer's next number, times two, plus which producer.
-define(CREDIT, 1024).
-define(CREDIT_HALF, 512).

count_window(N, Producers) ->
    Main = self(),
    %% Where many messages wait, they cost less when they are kept outside of the heap.
    Counter = spawn_opt(fun() -> receive {start, Pids} -> counter(Pids, Main, 0, 0, N) end end,
                        [{message_queue_data, off_heap}]),
    Pids = [spawn(fun() -> producer(Counter, bench:share(N, Producers, I), I, 0) end)
            || I <- lists:seq(0, Producers - 1)],
    Counter ! {start, list_to_tuple(Pids)},
    {Handled, Wall, Cpu} = bench:time(fun() -> [Pid ! ?CREDIT || Pid <- Pids],
                                               bench:wait(over, N) end),
    bench:equal(Handled, N, "handled in order"),
    bench:per_op(N, Wall, Cpu).

%% A and B: what the first and the second producer will send next.
counter(_, Main, A, B, N) when A + B =:= N -> Main ! {over, A + B};
counter(Pids, Main, A, B, N) ->
    receive
        Number when Number =:= 2 * A -> give(A + 1, element(1, Pids)), counter(Pids, Main, A + 1, B, N);
        Number when Number =:= 2 * B + 1 -> give(B + 1, element(2, Pids)), counter(Pids, Main, A, B + 1, N);
        _ -> Main ! {over, out_of_order}
    end.

give(Count, Producer) when Count band (?CREDIT_HALF - 1) =:= 0 -> Producer ! ?CREDIT_HALF;
give(_, _) -> ok.

producer(Counter, Left, Number, Credit) when Credit > 0, Left > 0 ->
    Counter ! Number,
    producer(Counter, Left - 1, Number + 2, Credit - 1);
producer(Counter, Left, Number, Credit) ->
    receive Given -> producer(Counter, Left, Number, Credit + Given) end.
