%% SPDX-License-Identifier: MIT
%% What do actors cost: to start, to keep, to stop.
-module(bench_life).
-compile([inline]).
-export([benchmarks/0, idle/1, hibernating/1]).

benchmarks() ->
    [{"BenchmarkSpawnDie", fun spawn_die/1},
     {"BenchmarkSpawnIdle/unnamed", fun(N) -> spawn_idle(N, fun(_, _) -> ok end) end},
     {"BenchmarkSpawnIdle/named", fun spawn_named/1}] ++
        [{"BenchmarkActorMemoryFootprint_" ++ integer_to_list(Count) ++ "Actors" ++ Sub,
          fun(_) -> footprint(Count, Body) end}
         || Count <- [100000, 1000000], {Sub, Body} <- [{"", idle}, {"/hibernating", hibernating}]] ++
        [{shutdown_name(Count), fun(N) -> shut_down(N, Count, fun shut_down_once/1) end}
         || Count <- [100, 1000, 10000, 100000, 1000000]] ++
        [{shutdown_name(Count) ++ "/supervisor",
          fun(N) -> shut_down(N, Count, fun bench_otp:shut_down_once/1) end}
         || Count <- [100, 1000, 10000, 100000]].

%% Children that handle one message, count it and stop. The spawner lets others run after each batch.
-define(BATCH, 64).

spawn_die(N) ->
    Main = self(),
    Counter = atomics:new(1, []),
    Hook = {Counter, N, Main},
    Spawner = spawn(fun() -> receive go -> spawn_children(N, Hook) end end),
    {_, Wall, Cpu} = bench:time(fun() -> Spawner ! go, bench:wait(last, N) end),
    bench:equal(atomics:get(Counter, 1), N, "handled"),
    bench:per_op(N, Wall, Cpu).

spawn_children(0, _) -> ok;
spawn_children(Left, Hook) ->
    spawn(fun() -> receive 1 -> count(Hook) end end) ! 1,
    case Left rem ?BATCH of
        0 -> erlang:yield();
        _ -> ok
    end,
    spawn_children(Left - 1, Hook).

%% Count one; the last tells when.
count({Counter, Wanted, Main}) ->
    case atomics:add_get(Counter, 1, 1) of
        Wanted -> Main ! {last, erlang:monotonic_time(nanosecond)};
        _ -> ok
    end.

%% An idle process with a stop hook.
idle(Hook) -> receive stop -> count(Hook) end.
hibernating(Hook) -> erlang:hibernate(?MODULE, idle, [Hook]).

spawn_all(0, _, _, Pids) -> Pids;
spawn_all(Left, Body, Hook, Pids) ->
    spawn_all(Left - 1, Body, Hook, [spawn(?MODULE, Body, [Hook]) | Pids]).

-define(ACTORS_MAX, 1000000).

spawn_idle(N, _) when N > ?ACTORS_MAX -> bench:fail("at most ~p actors at once", [?ACTORS_MAX]);
spawn_idle(N, Name) ->
    Counter = atomics:new(1, []),
    Hook = {Counter, N, self()},
    {Pids, Wall, Cpu} = bench:time(fun() -> spawn_each(N, Hook, Name, []) end),
    stop_all(Pids, N),
    bench:equal(atomics:get(Counter, 1), N, "stop hooks run"),
    bench:per_op(N, Wall, Cpu).

spawn_each(0, _, _, Pids) -> Pids;
spawn_each(Left, Hook, Name, Pids) ->
    Pid = spawn(?MODULE, idle, [Hook]),
    Name(Left, Pid),
    spawn_each(Left - 1, Hook, Name, [Pid | Pids]).

%% Names are in a table of the virtual machine's (ets), as in the registries that programs with many
%% names use: register/2 wants atoms, which are never freed, and global and pg are for clusters.
spawn_named(N) ->
    Names = ets:new(names, [set, public, {read_concurrency, true}, {write_concurrency, true}]),
    Columns = spawn_idle(N, fun(I, Pid) ->
                                    Name = <<"actor-", (integer_to_binary(I))/binary>>,
                                    true = ets:insert_new(Names, {Name, Pid})
                            end),
    bench:equal(ets:info(Names, size), N, "named"),
    Columns.

stop_all(Pids, N) ->
    [Pid ! stop || Pid <- Pids],
    bench:wait(last, N).

%% Resident bytes of each idle process, the list of them included: as it is, and hibernating, which takes
%% away its heap until the next message. run.sh has each operation of it run in a virtual machine of its own.
footprint(Count, Body) ->
    Counter = atomics:new(1, []),
    erlang:garbage_collect(),
    Before = bench:resident_bytes(),
    Pids = spawn_all(Count, Body, {Counter, Count, self()}, []),
    wait_until_waiting(Pids),
    erlang:garbage_collect(),
    Bytes = (bench:resident_bytes() - Before) / Count,
    stop_all(Pids, Count),
    bench:equal(atomics:get(Counter, 1), Count, "stop hooks run"),
    [{Bytes, "rss-bytes/actor"}].

wait_until_waiting(Pids) ->
    [wait_for(Pid) || Pid <- Pids].

wait_for(Pid) ->
    case process_info(Pid, status) of
        {status, waiting} -> ok;
        _ -> erlang:yield(), wait_for(Pid)
    end.

shutdown_name(Count) -> "BenchmarkShutdownLatency_" ++ integer_to_list(Count) ++ "Actors".

%% Each of N shutdowns, by ShutDown(Count) -> {WallNs, CpuNs, LastHookNs}.
shut_down(N, Count, ShutDown) ->
    {Walls, Cpus, Hooks} = lists:unzip3([ShutDown(Count) || _ <- lists:seq(1, N)]),
    Median = bench:median(Walls),
    bench:per_op(N, lists:sum(Walls), lists:sum(Cpus)) ++
        [{Median / 1.0e6, "ms/shutdown"},
         {Median / Count, "ns/entity"},
         {bench:median(Hooks) / 1.0e6, "ms/last-hook"}].

%% Until all have run their hooks and are gone.
shut_down_once(Count) ->
    Counter = atomics:new(1, []),
    Others = erlang:system_info(process_count),
    Pids = spawn_all(Count, idle, {Counter, Count, self()}, []),
    wait_until_waiting(Pids),
    {LastHook, Wall, Cpu} = bench:time(fun() ->
                                               Begin = erlang:monotonic_time(nanosecond),
                                               Last = stop_all(Pids, Count),
                                               wait_until_gone(Others),
                                               Last - Begin
                                       end),
    bench:equal(atomics:get(Counter, 1), Count, "stop hooks run"),
    {Wall, Cpu, LastHook}.

wait_until_gone(Others) ->
    case erlang:system_info(process_count) of
        Others -> ok;
        _ -> erlang:yield(), wait_until_gone(Others)
    end.
