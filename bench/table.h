/* SPDX-License-Identifier: MIT */
/* table: every built-in benchmark. Names, sizes and units are GoAkt's where it has the same one. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <akt/bench.h>

/* In the order in which they run; ends with a NULL name. */
extern const akt_benchmark bench_table[];

void bench_ask(akt_bench *b);
void bench_ask_latency(akt_bench *b);
void bench_big(akt_bench *b);
void bench_chameneos(akt_bench *b);
void bench_count_window(akt_bench *b);
void bench_footprint(akt_bench *b);
void bench_footprint_100000(akt_bench *b);
void bench_footprint_1000000(akt_bench *b);
void bench_fork_join(akt_bench *b);
void bench_garbage_100(akt_bench *b);
void bench_garbage_1000(akt_bench *b);
void bench_garbage_control(akt_bench *b);
void bench_idle(akt_bench *b);
void bench_mailbox_tell(akt_bench *b);
void bench_ping_pong(akt_bench *b);
void bench_observe(akt_bench *b);
void bench_request(akt_bench *b);
void bench_savina(akt_bench *b);
void bench_send_async(akt_bench *b);
void bench_send_sync(akt_bench *b);
void bench_shutdown_100(akt_bench *b);
void bench_shutdown_1000(akt_bench *b);
void bench_shutdown_10000(akt_bench *b);
void bench_shutdown_100000(akt_bench *b);
void bench_shutdown_1000000(akt_bench *b);
void bench_spawn_die(akt_bench *b);
void bench_spawn_idle(akt_bench *b);
void bench_start_stop_growth(akt_bench *b);
void bench_tell_parallel(akt_bench *b);
void bench_tell_payload(akt_bench *b);
void bench_thread_ring(akt_bench *b);
void bench_throughput_budget(akt_bench *b);

#endif
