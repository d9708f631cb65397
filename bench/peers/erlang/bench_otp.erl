%% SPDX-License-Identifier: MIT
%% The shutdown as OTP does it: gen_servers with a terminate/2 hook under a simple_one_for_one supervisor.
-module(bench_otp).
-behaviour(gen_server).
-export([shut_down_once/1, start_link/1, init/1, handle_call/3, handle_cast/2, terminate/2]).

shut_down_once(Count) ->
    Counter = atomics:new(2, []),
    Hook = {Counter, Count},
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, Hook}),
    [{ok, _} = supervisor:start_child(Supervisor, []) || _ <- lists:seq(1, Count)],
    unlink(Supervisor),
    Monitor = monitor(process, Supervisor),
    {LastHook, Wall, Cpu} = bench:time(fun() ->
                                               Begin = erlang:monotonic_time(nanosecond),
                                               exit(Supervisor, shutdown),
                                               receive {'DOWN', Monitor, _, _, _} -> ok end,
                                               atomics:get(Counter, 2) - Begin
                                       end),
    bench:equal(atomics:get(Counter, 1), Count, "stop hooks run"),
    {Wall, Cpu, LastHook}.

start_link(Hook) -> gen_server:start_link(?MODULE, {worker, Hook}, []).

init({supervisor, Hook}) ->
    {ok, {#{strategy => simple_one_for_one},
          [#{id => worker, start => {?MODULE, start_link, [Hook]}, restart => temporary,
             shutdown => 60000}]}};
init({worker, Hook}) ->
    process_flag(trap_exit, true), % else terminate/2 is not called
    {ok, Hook}.

handle_call(_, _, Hook) -> {reply, ok, Hook}.
handle_cast(_, Hook) -> {noreply, Hook}.

terminate(_, {Counter, Count}) ->
    case atomics:add_get(Counter, 1, 1) of
        Count -> atomics:put(Counter, 2, erlang:monotonic_time(nanosecond));
        _ -> ok
    end.
