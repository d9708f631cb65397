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
-export([list/0, main/1, version/0, time/1, per_op/3, wait/2, equal/3, fail/2, median/1, share/3,
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

%% What Run returns, and the nanoseconds of wall and processor time that it took.
time(Run) ->
    Cpu0 = cpu_ns(),
    Wall0 = erlang:monotonic_time(nanosecond),
    Result = Run(),
    Wall1 = erlang:monotonic_time(nanosecond),
    {Result, Wall1 - Wall0, cpu_ns() - Cpu0}.

%% User and system time of all threads; the virtual machine's own statistics have no system time. The
%% kernel tells it in ticks.
-define(TICK_NS, 10000000).
cpu_ns() ->
    {ok, Text} = file:read_file("/proc/self/stat"),
    [_, AfterName] = string:split(Text, ") ", trailing),
    Fields = string:lexemes(AfterName, " "),
    (binary_to_integer(lists:nth(12, Fields)) + binary_to_integer(lists:nth(13, Fields))) * ?TICK_NS.

%% Processor time of fewer than ten ticks is too coarse to tell.
per_op(Ops, WallNs, CpuNs) when CpuNs < 10 * ?TICK_NS -> [{WallNs / Ops, "ns/op"}];
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

%% Of what is shared out evenly, the part of the one with this Index, from 0.
share(Total, Parts, Index) when Index < Total rem Parts -> Total div Parts + 1;
share(Total, Parts, _) -> Total div Parts.

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/status"),
    {match, [Kb]} = re:run(Text, "VmRSS:\\s*(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kb) * 1024.
