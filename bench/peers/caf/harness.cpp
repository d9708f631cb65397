/* SPDX-License-Identifier: MIT */
/* harness: see harness.hpp. */
#include "harness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

namespace bench
{

/* How long a run may take, and per op on top, before it counts as hung. */
static constexpr auto patience = std::chrono::minutes(1);
static constexpr auto patience_op = std::chrono::microseconds(50);

static int64_t clock_ns(clockid_t clock)
{
	timespec now = {};

	(void)clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t now_ns()
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t resident_bytes()
{
	unsigned long size = 0;
	unsigned long resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file != nullptr) {
		if (fscanf(file, "%lu %lu", &size, &resident) != 2)
			resident = 0;
		(void)fclose(file);
	}
	return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double median(std::vector<double> values)
{
	size_t middle = values.size() / 2;

	if (values.empty())
		return 0;
	std::sort(values.begin(), values.end());
	return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

run::run(std::string name_, uint64_t ops, unsigned cpus_, const policy &scheduler_)
    : name(std::move(name_)), n(ops), cpus(cpus_),
      scheduler(cpus_ == 1 ? scheduler_.one_worker : scheduler_.more_workers)
{
}

void run::start_timer()
{
	wall_ns_ -= now_ns();
	cpu_ns_ -= clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void run::stop_timer()
{
	wall_ns_ += now_ns();
	cpu_ns_ += clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void run::report(double value, const char *unit)
{
	columns_.emplace_back(value, unit);
}

void run::print() const
{
	auto ops = static_cast<double>(n);

	printf("%s", name.c_str());
	if (cpus != 1)
		printf("-%u", cpus);
	printf("\t%llu", static_cast<unsigned long long>(n));
	if (wall_ns_ != 0)
		printf("\t%.2f ns/op\t%.2f cpu-ns/op", static_cast<double>(wall_ns_) / ops,
		       static_cast<double>(cpu_ns_) / ops);
	for (const auto &[value, unit] : columns_)
		printf("\t%.4f %s", value, unit.c_str());
	printf("\n");
	(void)fflush(stdout);
}

void run::fail(const std::string &reason) const
{
	printf("--- FAIL: %s\n    %s\n", name.c_str(), reason.c_str());
	(void)fflush(stdout);
	_exit(1);
}

void run::check_equal(uint64_t got, uint64_t wanted, const char *what) const
{
	if (got != wanted)
		fail(std::string(what) + ": " + std::to_string(got) + ", want " +
		     std::to_string(wanted));
}

config::config(const run &r)
{
	set("scheduler.max-threads", size_t{ r.cpus });
	set("scheduler.policy", caf::atom_from_string(r.scheduler));
}

void gate::open()
{
	promise_.set_value();
}

void gate::wait(const run &r)
{
	if (promise_.get_future().wait_for(patience + r.n * patience_op) !=
	    std::future_status::ready)
		r.fail("not done in time: a message was lost");
}

} // namespace bench
