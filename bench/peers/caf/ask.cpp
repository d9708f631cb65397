/* SPDX-License-Identifier: MIT */
/* How long does a thread outside wait for an answer, from a busy system and from an idle one? */
#include "harness.hpp"

#include <algorithm>
#include <thread>

namespace bench
{

using echo_actor = caf::typed_actor<caf::replies_to<uint64_t>::with<uint64_t>>;

static echo_actor::behavior_type echo()
{
	return { [](uint64_t number) { return number + 1; } };
}

/* How long the system has been quiet before an ask. */
static constexpr auto pause = std::chrono::milliseconds(2);

static void ask_latency(run &r, bool idle)
{
	config cfg(r);
	caf::actor_system system(cfg);
	echo_actor to = system.spawn(echo);
	caf::scoped_actor self(system);
	std::vector<double> asks_ns;

	asks_ns.reserve(r.n);
	for (uint64_t i = 0; i < r.n; i++) {
		if (idle)
			std::this_thread::sleep_for(pause);
		if (idle || i == 0)
			r.start_timer();
		int64_t start_ns = now_ns();
		self->request(to, caf::infinite, i)
			.receive([&](uint64_t answer) { r.check_equal(answer, i + 1, "answer"); },
				 [&](caf::error &e) { r.fail(system.render(e)); });
		asks_ns.push_back(static_cast<double>(now_ns() - start_ns));
		if (idle || i + 1 == r.n)
			r.stop_timer();
	}
	std::sort(asks_ns.begin(), asks_ns.end());
	r.report(asks_ns[(asks_ns.size() - 1) / 2], "p50-ns");
	r.report(asks_ns[(asks_ns.size() - 1) * 99 / 100], "p99-ns");
}

std::vector<benchmark> ask_benchmarks()
{
	return {
		{ "BenchmarkAskLatency/busy", sharing, [](run &r) { ask_latency(r, false); } },
		{ "BenchmarkAskLatency/idle", sharing, [](run &r) { ask_latency(r, true); } },
	};
}

} // namespace bench
