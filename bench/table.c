/* SPDX-License-Identifier: MIT */
/* table: see table.h. */
#include "table.h"

#include <stddef.h>

const akt_benchmark bench_table[] = {
	{ "BenchmarkTell", bench_tell_parallel },
	{ "BenchmarkTellPayload", bench_tell_payload },
	{ "BenchmarkMailboxTell", bench_mailbox_tell },
	{ "BenchmarkThroughputBudget", bench_throughput_budget },
	{ "BenchmarkAsk", bench_ask },
	{ "BenchmarkAskLatency", bench_ask_latency },
	{ "BenchmarkRequest", bench_request },
	{ "BenchmarkSendAsync", bench_send_async },
	{ "BenchmarkSendSync", bench_send_sync },
	{ "BenchmarkSpawnIdle", bench_spawn_idle },
	{ "BenchmarkSpawnDie", bench_spawn_die },
	{ "BenchmarkPingPong", bench_ping_pong },
	{ "BenchmarkObserve", bench_observe },
	{ "BenchmarkThreadRing", bench_thread_ring },
	{ "BenchmarkCountWindow", bench_count_window },
	{ "BenchmarkForkJoin", bench_fork_join },
	{ "BenchmarkBig", bench_big },
	{ "BenchmarkChameneos", bench_chameneos },
	{ "BenchmarkShutdownLatency_100Actors", bench_shutdown_100 },
	{ "BenchmarkShutdownLatency_1000Actors", bench_shutdown_1000 },
	{ "BenchmarkShutdownLatency_10000Actors", bench_shutdown_10000 },
	{ "BenchmarkShutdownLatency_100000Actors", bench_shutdown_100000 },
	{ "BenchmarkShutdownLatency_1000000Actors", bench_shutdown_1000000 },
	{ "BenchmarkGCAllocationsDuringShutdown_100Actors", bench_garbage_100 },
	{ "BenchmarkGCAllocationsDuringShutdown_1000Actors", bench_garbage_1000 },
	{ "BenchmarkGCAllocationsDuringShutdown_Control", bench_garbage_control },
	{ "BenchmarkActorMemoryFootprint", bench_footprint },
	{ "BenchmarkActorMemoryFootprint_100000Actors", bench_footprint_100000 },
	{ "BenchmarkActorMemoryFootprint_1000000Actors", bench_footprint_1000000 },
	{ "BenchmarkStartStopGrowth", bench_start_stop_growth },
	{ "BenchmarkIdle", bench_idle },
	{ "BenchmarkSavina", bench_savina },
	AKT_BENCHMARKS_END,
};
