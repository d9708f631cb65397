%% SPDX-License-Identifier: MIT
%% What does a message cost in a crowd of actors: Savina's fork-join, big and chameneos.
-module(bench_crowd).
-compile([inline]).
-export([benchmarks/0]).

benchmarks() ->
    [{"BenchmarkForkJoin", fun fork_join/1},
     {"BenchmarkBig", fun big/1},
     {"BenchmarkChameneos", fun chameneos/1}].

%% Savina's fork-join throughput: a driver sends to each branch in turn, in rounds; a branch that has
%% handled its last message of a round tells the driver.
-define(BRANCHES, 10000).
-define(ROUND_MAX, 1000000).

fork_join(N) ->
    Main = self(),
    Driver = spawn(fun() -> driver(N, Main) end),
    Branches = bench:wait(ready, N),
    {_, Wall, Cpu} = bench:time(fun() -> Driver ! fork, bench:wait(over, N) end),
    bench:equal(bench_messages:stop_all(Branches), N, "handled in order"),
    bench:per_op(N, Wall, Cpu).

driver(N, Main) ->
    Driver = self(),
    Branches = [spawn(fun() -> branch(Driver, Main, 0, 0) end) || _ <- lists:seq(1, ?BRANCHES)],
    Main ! {ready, Branches},
    receive fork -> rounds(N, Branches, Main) end.

rounds(0, _, Main) -> Main ! {over, driver};
rounds(Left, Branches, Main) ->
    Size = min(Left, ?ROUND_MAX),
    send_round(0, Size, Branches, Branches),
    gather(min(Size, ?BRANCHES)),
    rounds(Left - Size, Branches, Main).

%% The message is its number within the branch's share, times two, plus whether it is the last.
send_round(_, 0, _, _) -> ok;
send_round(Number, Left, [], All) -> send_round(Number + 2, Left, All, All);
send_round(Number, Left, [Pid | Pids], All) when Left > ?BRANCHES ->
    Pid ! Number,
    send_round(Number, Left - 1, Pids, All);
send_round(Number, Left, [Pid | Pids], All) ->
    Pid ! Number + 1,
    send_round(Number, Left - 1, Pids, All).

gather(0) -> ok;
gather(Left) -> receive done -> gather(Left - 1) end.

%% What is out of order stays in the mailbox, and the run ends without it.
branch(Driver, Main, Next, Handled) ->
    receive
        Number when Number =:= Next -> branch(Driver, Main, Next + 2, Handled + 1);
        Number when Number =:= Next + 1 -> Driver ! done, branch(Driver, Main, 0, Handled + 1);
        stop -> Main ! {counted, self(), Handled}
    end.

%% Savina's big: each of 120 actors pings random ones, one at a time, and answers pings. Messages go in
%% pairs: of an odd N, one more is sent.
-define(PEERS, 120).

big(N) ->
    Main = self(),
    Pings = (N + 1) div 2,
    Sink = spawn(fun() -> sink(?PEERS, 0, Main) end),
    Pids = [begin
                Share = bench:share(Pings, ?PEERS, I),
                spawn(fun() -> receive {start, Peers} -> peer(I, Peers, Share, Sink, Main, 0) end end)
            end || I <- lists:seq(0, ?PEERS - 1)],
    Peers = list_to_tuple(Pids),
    [Pid ! {start, Peers} || Pid <- Pids],
    {Pongs, Wall, Cpu} = bench:time(fun() -> [Pid ! {pong, -1} || Pid <- Pids], bench:wait(over, N) end),
    bench:equal(Pongs, Pings, "pongs"),
    bench:equal(bench_messages:stop_all(Pids), Pings, "pings"),
    bench:per_op(N, Wall, Cpu).

sink(0, Pongs, Main) -> Main ! {over, Pongs};
sink(Left, Pongs, Main) -> receive {finished, Count} -> sink(Left - 1, Pongs + Count, Main) end.

%% The number of a pong says how many this peer has got before; the first is the order to begin.
peer(Random, Peers, Share, Sink, Main, Pings) ->
    receive
        {ping, From, Number} -> From ! {pong, Number}, peer(Random, Peers, Share, Sink, Main, Pings + 1);
        {pong, Number} when Number + 1 =:= Share ->
            Sink ! {finished, Share},
            peer(Random, Peers, Share, Sink, Main, Pings);
        {pong, Number} ->
            Next = (Random * 1309 + 13849) band 65535, % Savina's generator
            element(Next rem ?PEERS + 1, Peers) ! {ping, self(), Number + 1},
            peer(Next, Peers, Share, Sink, Main, Pings);
        stop -> Main ! {counted, self(), Pings}
    end.

%% Savina's chameneos: creatures meet in pairs at a mall and change their colours.
-define(CREATURES, 100).
-define(COLOURS, 3).

chameneos(N) ->
    Main = self(),
    Mall = spawn(fun() -> mall(N, Main) end),
    Pids = [spawn(fun() -> receive go -> arrive(Mall, I rem ?COLOURS, 0) end end)
            || I <- lists:seq(1, ?CREATURES)],
    {Counted, Wall, Cpu} = bench:time(fun() -> [Pid ! go || Pid <- Pids], bench:wait(over, N) end),
    bench:equal(Counted, 2 * N, "counted by the creatures"),
    bench:per_op(N, Wall, Cpu).

%% The first who waits meets the second.
mall(0, Main) -> close(?CREATURES, 0, Main);
mall(Left, Main) ->
    receive {meet, First, _} -> ok end,
    receive {meet, Second, Colour} -> First ! {meet, Second, Colour} end,
    mall(Left - 1, Main).

close(0, Counted, Main) -> Main ! {over, Counted};
close(Left, Counted, Main) ->
    receive
        {meet, Who, _} -> Who ! leave, close(Left, Counted, Main);
        {left, Count} -> close(Left - 1, Counted + Count, Main)
    end.

arrive(Mall, Colour, Count) ->
    Mall ! {meet, self(), Colour},
    receive
        {meet, Other, Theirs} ->
            Changed = complement(Colour, Theirs),
            Other ! {change, Changed},
            arrive(Mall, Changed, Count + 1);
        {change, Changed} -> arrive(Mall, Changed, Count + 1);
        leave -> Mall ! {left, Count}
    end.

complement(Colour, Colour) -> Colour;
complement(One, Other) -> ?COLOURS - One - Other.
