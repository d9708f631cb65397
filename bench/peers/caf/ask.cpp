/* SPDX-License-Identifier: MIT */
/* How long does a thread outside wait for an answer, from a busy system and from an idle one? And how long does an
 * actor, in whose continuation it comes? */
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

static void report_quantiles(run &r, std::vector<double> &asks_ns)
{
	std::sort(asks_ns.begin(), asks_ns.end());
	r.report(asks_ns[(asks_ns.size() - 1) / 2], "p50-ns");
	r.report(asks_ns[(asks_ns.size() - 1) * 99 / 100], "p99-ns");
}

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
	report_quantiles(r, asks_ns);
}

struct asker_state {
	run *r;
	echo_actor to;
	gate *over;
	std::vector<double> asks_ns;
	int64_t start_ns;
};

static void ask_next(caf::stateful_actor<asker_state> *self)
{
	auto &state = self->state;
	uint64_t number = state.asks_ns.size();

	state.start_ns = now_ns();
	self->request(state.to, caf::infinite, number).then([self, number](uint64_t answer) {
		auto &mine = self->state;

		mine.asks_ns.push_back(static_cast<double>(now_ns() - mine.start_ns));
		mine.r->check_equal(answer, number + 1, "answer");
		if (mine.asks_ns.size() < mine.r->n) {
			ask_next(self);
			return;
		}
		mine.r->stop_timer();
		report_quantiles(*mine.r, mine.asks_ns);
		mine.over->open();
		self->quit();
	});
}

static caf::behavior asker(caf::stateful_actor<asker_state> *self, run *r, echo_actor to,
			   gate *over)
{
	self->state.r = r;
	self->state.to = to;
	self->state.over = over;
	self->state.asks_ns.reserve(r->n);
	return { [self](uint64_t) {
		self->state.r->start_timer();
		ask_next(self);
	} };
}

static void ask_by_actor(run &r)
{
	config cfg(r);
	caf::actor_system system(cfg);
	gate over;

	caf::anon_send(system.spawn(asker, &r, system.spawn(echo), &over), uint64_t{ 0 });
	over.wait(r);
}

std::vector<benchmark> ask_benchmarks()
{
	return {
		{ "BenchmarkAskLatency/busy", sharing, [](run &r) { ask_latency(r, false); } },
		{ "BenchmarkAskLatency/idle", sharing, [](run &r) { ask_latency(r, true); } },
		{ "BenchmarkAskLatency/actor", stealing, ask_by_actor },
	};
}

} // namespace bench
