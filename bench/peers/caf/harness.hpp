/* SPDX-License-Identifier: MIT */
/*
 * harness: what the CAF benchmarks share: timer, report in Go's text format, a gate that a
 * handler opens for the main thread, and checks that fail loudly.
 *
 * Each benchmark runs n operations in a process of its own and checks its own result.
 */
#ifndef CAF_BENCH_HARNESS_HPP
#define CAF_BENCH_HARNESS_HPP

#include <caf/all.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace bench
{

/* CAF's scheduler, whichever was measured to be faster for a work: work stealing keeps a message's
 * receiver on the sender's worker; sharing, one queue for all, wakes a sleeping worker sooner, costs
 * less for one worker, and does not pile up what was spawned last. */
struct policy {
	const char *one_worker;
	const char *more_workers;
};
inline constexpr policy stealing = { "stealing", "stealing" };
inline constexpr policy sharing = { "sharing", "sharing" };
inline constexpr policy sharing_alone = { "sharing", "stealing" };

/* An actor that takes numbers, which is all that most messages here are. */
using number_actor = caf::typed_actor<caf::reacts_to<uint64_t>>;

/* One benchmark while it runs. */
class run
{
      public:
	run(std::string name, uint64_t ops, unsigned cpus, const policy &scheduler);

	const std::string name;
	const uint64_t n;
	const unsigned cpus;
	const char *const scheduler;

	/* Wall and processor time count while the timer runs. It is stopped at first. */
	void start_timer();
	void stop_timer();
	/* One more column; the unit "ns/op" replaces what was measured, and 0 leaves it out. */
	void report(double value, const char *unit);
	void print() const;

	/* End this process with a reason. */
	[[noreturn]] void fail(const std::string &reason) const;
	void check_equal(uint64_t got, uint64_t wanted, const char *what) const;

      private:
	int64_t wall_ns_ = 0;
	int64_t cpu_ns_ = 0;
	std::vector<std::pair<double, std::string>> columns_;
};

struct benchmark {
	std::string name;
	policy scheduler;
	std::function<void(run &)> body;
};

/* An actor system of run.cpus workers. */
class config : public caf::actor_system_config
{
      public:
	explicit config(const run &r);
};

/* A door that is opened once, by a handler, for the main thread. */
class gate
{
      public:
	void open();
	/* A run whose gate stays shut has lost a message: it fails. */
	void wait(const run &r);

      private:
	std::promise<void> promise_;
};

int64_t now_ns();
uint64_t resident_bytes();
double median(std::vector<double> values);

/* Of what is shared out evenly, the part of one. */
constexpr uint64_t share(uint64_t total, uint64_t parts, uint64_t index)
{
	return total / parts + (index < total % parts ? 1 : 0);
}

/* Stop these actors; returns when every actor of the system has run its stop hook. */
template <class Handles> void stop_all(caf::actor_system &system, const Handles &handles)
{
	for (const auto &handle : handles)
		caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
	system.await_all_actors_done();
}

/* The works, by file. */
std::vector<benchmark> message_benchmarks();
std::vector<benchmark> crowd_benchmarks();
std::vector<benchmark> life_benchmarks();
std::vector<benchmark> ask_benchmarks();

} // namespace bench

#endif
