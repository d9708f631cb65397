#!/usr/bin/env escript
%% SPDX-License-Identifier: MIT
%% Erlang's side of the comparison: the scripts of trace.c on OTP's own supervisor.
-module(trace).
-mode(compile).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, start/1]).

main(_) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    ets:new(refusals, [named_table, public]),
    ets:new(trace, [named_table, public, ordered_set]),
    code:ensure_loaded(supervisor),
    loop(none).

%% --- children

start(Number) -> gen_server:start_link(?MODULE, {kid, Number}, []).

init({kid, Number}) ->
    process_flag(trap_exit, true),
    note($A + Number),
    case ets:lookup(refusals, Number) of
        [{_, N}] when N > 0 ->
            ets:insert(refusals, {Number, N - 1}),
            {stop, refused};
        _ -> {ok, Number}
    end;
init({supervisor, Strategy, Intensity, Kids}) ->
    Flags = #{strategy => Strategy, intensity => Intensity, period => 3600},
    {ok, {Flags, [#{id => N, start => {?MODULE, start, [N]}} || N <- lists:seq(0, Kids - 1)]}}.

handle_call(_, _, Number) -> {reply, ok, Number}.
handle_cast(crash, Number) -> {stop, crash, Number}.
handle_info({'EXIT', _, Reason}, Number) -> {stop, Reason, Number}.
terminate(_, Number) -> note($a + Number).

note(Letter) -> ets:insert(trace, {erlang:unique_integer([monotonic]), Letter}).

%% --- scripts

loop(Sup) ->
    case io:get_line("") of
        eof -> stop(Sup);
        Line ->
            Words = string:lexemes(Line, " \n"),
            Next = step(Words, Sup),
            Dead = case settle(Next) of dead -> " dead"; ok -> "" end,
            Letters = [L || {_, L} <- ets:tab2list(trace)],
            ets:delete_all_objects(trace),
            io:format("~s: ~s~s~n", [string:trim(Line), Letters, Dead]),
            loop(Next)
    end.

step(["begin", Strategy, Intensity, Kids], Sup) ->
    stop(Sup),
    ets:delete_all_objects(trace),
    ets:delete_all_objects(refusals),
    {ok, Pid} = supervisor:start_link(?MODULE, {supervisor, list_to_atom(Strategy),
        list_to_integer(Intensity), list_to_integer(Kids)}),
    Pid;
step(["crash", N], Sup) ->
    case pid_of(Sup, N) of
        none -> ok;
        Pid ->
            Ref = monitor(process, Pid),
            gen_server:cast(Pid, crash),
            receive {'DOWN', Ref, _, _, _} -> ok end,
            forgotten(Sup, Pid)
    end,
    Sup;
step(["refuse", N, Count], Sup) ->
    ets:insert(refusals, {list_to_integer(N), list_to_integer(Count)}),
    Sup;
step(["end", N], Sup) ->
    case is_process_alive(Sup) of
        true ->
            supervisor:terminate_child(Sup, list_to_integer(N)),
            supervisor:delete_child(Sup, list_to_integer(N));
        false -> ok
    end,
    Sup.

pid_of(Sup, N) ->
    case children(Sup) of
        dead -> none;
        Children ->
            case lists:keyfind(list_to_integer(N), 1, Children) of
                {_, Pid, _, _} when is_pid(Pid) -> Pid;
                _ -> none
            end
    end.

children(Sup) -> try supervisor:which_children(Sup) catch exit:_ -> dead end.

%% The supervisor has heard of the death.
forgotten(Sup, Pid) ->
    case children(Sup) of
        dead -> ok;
        Children ->
            case lists:keymember(Pid, 2, Children) of
                true -> forgotten(Sup, Pid);
                false -> ok
            end
    end.

%% Nobody is being restarted.
settle(Sup) ->
    case children(Sup) of
        dead -> dead;
        Children ->
            case [C || {_, P, _, _} = C <- Children, P =:= restarting] of
                [] -> ok;
                _ -> settle(Sup)
            end
    end.

stop(none) -> ok;
stop(Sup) ->
    Ref = monitor(process, Sup),
    exit(Sup, shutdown),
    receive {'DOWN', Ref, _, _, _} -> ok end.
