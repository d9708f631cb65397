%% SPDX-License-Identifier: MIT
%% bench: what the Erlang benchmarks share: names, timer, report in Go's text format, and checks that
%% fail loudly. run.sh starts a virtual machine for each benchmark:
%%
%%      erl ... -run bench list                 all names, one a line
%%      erl ... -run bench main NAME OPS CPUS   run one
%%      erl ... -run bench version
%%
%% A benchmark is a function of the number of operations; it returns its columns, {Value, Unit}.
-module(bench).
-export([list/0, main/1, version/0, time/1, per_op/3, wait/2, equal/3, fail/2, median/1,
         resident_bytes/0]).

benchmarks() ->
    bench_messages:benchmarks() ++ bench_crowd:benchmarks() ++ bench_life:benchmarks() ++
        bench_ask:benchmarks().

list() ->
    [io:format("~s~n", [Name]) || {Name, _} <- benchmarks()],
    erlang:halt(0).

main([Name, Ops, Cpus]) ->
    {Name, Run} = lists:keyfind(Name, 1, benchmarks()),
    try Run(list_to_integer(Ops)) of
        Columns ->
            io:format("~s~s\t~s", [Name, suffix(Cpus), Ops]),
            [io:format("\t~.4f ~s", [float(Value), Unit]) || {Value, Unit} <- Columns],
            io:format("~n"),
            erlang:halt(0)
    catch
        throw:{fail, Reason} ->
            io:format("--- FAIL: ~s~n    ~s~n", [Name, Reason]),
            erlang:halt(1)
    end.

suffix("1") -> "";
suffix(Cpus) -> "-" ++ Cpus.

version() ->
    io:format("Erlang/OTP ~s (erts ~s, ~s)~n",
              [erlang:system_info(otp_release), erlang:system_info(version),
               string:uppercase(atom_to_list(erlang:system_info(emu_flavor)))]),
    erlang:halt(0).

%% What Run returns, and the nanoseconds of wall and processor time that it took. The processor's are
%% all of the virtual machine's, told in milliseconds.
time(Run) ->
    {Cpu0, _} = erlang:statistics(runtime),
    Wall0 = erlang:monotonic_time(nanosecond),
    Result = Run(),
    Wall1 = erlang:monotonic_time(nanosecond),
    {Cpu1, _} = erlang:statistics(runtime),
    {Result, Wall1 - Wall0, (Cpu1 - Cpu0) * 1000000}.

per_op(Ops, WallNs, CpuNs) -> [{WallNs / Ops, "ns/op"}, {CpuNs / Ops, "cpu-ns/op"}].

%% {Tag, Value} that a process sends: the value. A run that waits too long has lost a message.
wait(Tag, Ops) ->
    receive
        {Tag, Value} -> Value
    after 60000 + Ops div 20 ->
        fail("no ~s in time: a message was lost", [Tag])
    end.

equal(Got, Got, _) -> ok;
equal(Got, Wanted, What) -> fail("~s: ~p, want ~p", [What, Got, Wanted]).

fail(Format, Arguments) -> throw({fail, io_lib:format(Format, Arguments)}).

median(Values) ->
    Sorted = lists:sort(Values),
    Count = length(Sorted),
    (lists:nth((Count + 1) div 2, Sorted) + lists:nth(Count div 2 + 1, Sorted)) / 2.

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/status"),
    {match, [Kb]} = re:run(Text, "VmRSS:\\s*(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kb) * 1024.
