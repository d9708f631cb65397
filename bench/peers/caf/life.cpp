/* SPDX-License-Identifier: MIT */
/* What do actors cost: to start, to keep, to stop.
 *
 * They are spawned with lazy_init: an actor without a start hook has nothing to do before its first
 * message, and the scheduler need not run it. */
#include "harness.hpp"

#include <atomic>
#include <cstdio>
#include <memory>

namespace bench
{

/* Children that handle one message and stop. The spawner lets others run after each batch. */
static constexpr uint64_t spawn_batch = 64;

using more_atom = caf::atom_constant<caf::atom("more")>;
using spawner_actor = caf::typed_actor<caf::reacts_to<more_atom>>;

struct brood {
	gate over;
	uint64_t total = 0;
	std::atomic<uint64_t> handled{ 0 };
};

class child : public number_actor::base
{
      public:
	child(caf::actor_config &cfg, brood &all) : number_actor::base(cfg), brood_(all)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](uint64_t number) {
			quit();
			if ((brood_.handled += number) == brood_.total)
				brood_.over.open();
		} };
	}

      private:
	brood &brood_;
};

class spawner : public spawner_actor::base
{
      public:
	spawner(caf::actor_config &cfg, brood &all)
	    : spawner_actor::base(cfg), brood_(all), left_(all.total)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](more_atom) {
			for (uint64_t i = 0; i < spawn_batch && left_ > 0; i++, left_--)
				send(spawn<child, caf::lazy_init>(brood_), uint64_t{ 1 });
			if (left_ > 0)
				send(this, more_atom::value);
		} };
	}

      private:
	brood &brood_;
	uint64_t left_;
};

static void spawn_die(run &r)
{
	brood all;
	config cfg(r);
	caf::actor_system system(cfg);
	spawner_actor mother;

	all.total = r.n;
	mother = system.spawn<spawner>(all);
	r.start_timer();
	caf::anon_send(mother, more_atom::value);
	all.over.wait(r);
	r.stop_timer();
	stop_all(system, std::vector<spawner_actor>{ mother });
	r.check_equal(all.handled, r.n, "handled");
}

/* An idle actor with a stop hook, which tells when it was the last. */
struct hooks {
	uint64_t wanted = 0;
	std::atomic<uint64_t> run{ 0 };
	std::atomic<int64_t> last_ns{ 0 };
};

class idle : public number_actor::base
{
      public:
	idle(caf::actor_config &cfg, hooks &all) : number_actor::base(cfg), hooks_(all)
	{
	}

	behavior_type make_behavior() override
	{
		return { [](uint64_t) {} };
	}

	void on_exit() override
	{
		if (hooks_.run.fetch_add(1, std::memory_order_relaxed) + 1 == hooks_.wanted)
			hooks_.last_ns = now_ns();
	}

      private:
	hooks &hooks_;
};

/* Idle actors and their system. */
struct idlers {
	idlers(const run &r, uint64_t count) : cfg(r), system(new caf::actor_system(cfg))
	{
		all.wanted = count;
		actors.resize(count);
	}

	void spawn(uint64_t i)
	{
		actors[i] = system->spawn<idle, caf::lazy_init>(all);
	}

	void spawn_all()
	{
		for (uint64_t i = 0; i < actors.size(); i++)
			spawn(i);
	}

	hooks all;
	config cfg;
	std::unique_ptr<caf::actor_system> system;
	std::vector<number_actor> actors;
};

/* CAF's own names are atoms: up to ten letters and digits in one word. */
static constexpr uint64_t actors_max = 1000000;

static caf::atom_value name_of(uint64_t i)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "actor%05llx", static_cast<unsigned long long>(i));
	return caf::atom_from_string(text);
}

static void spawn_idle(run &r, bool named)
{
	if (r.n > actors_max)
		r.fail("at most 1000000 actors at once");
	idlers many(r, r.n);
	size_t others = many.system->registry().named_actors().size();

	r.start_timer();
	for (uint64_t i = 0; i < r.n; i++) {
		many.spawn(i);
		if (named)
			many.system->registry().put(name_of(i), many.actors[i]);
	}
	r.stop_timer();
	r.check_equal(many.system->registry().named_actors().size() - others, named ? r.n : 0,
		      "named");
	for (uint64_t i = 0; named && i < r.n; i++)
		many.system->registry().erase(name_of(i));
	stop_all(*many.system, many.actors);
	r.check_equal(many.all.run, r.n, "stop hooks run");
}

/* Resident bytes of each of so many idle actors, the list of their handles included: without one, an
 * actor is gone. run.sh has each op of it run in a process of its own. */
static void footprint(run &r, uint64_t count)
{
	uint64_t before = resident_bytes();
	idlers many(r, count);

	many.spawn_all();
	r.report(static_cast<double>(resident_bytes() - before) / static_cast<double>(count),
		 "rss-bytes/actor");
	stop_all(*many.system, many.actors);
	r.check_equal(many.all.run, count, "stop hooks run");
}

/* The end of a system: an exit message to each actor, then the system is destroyed. Or all handles are
 * dropped, for an actor that nobody can reach ends in CAF, in the thread that dropped it. */
static void shut_down(run &r, uint64_t count, bool by_exit)
{
	std::vector<double> stop_ms;
	std::vector<double> hook_ms;

	for (uint64_t i = 0; i < r.n; i++) {
		idlers many(r, count);

		many.spawn_all();
		r.start_timer();
		int64_t start_ns = now_ns();
		if (by_exit)
			stop_all(*many.system, many.actors);
		many.actors.clear();
		many.system.reset();
		stop_ms.push_back(static_cast<double>(now_ns() - start_ns) / 1e6);
		r.stop_timer();
		r.check_equal(many.all.run, count, "stop hooks run");
		hook_ms.push_back(static_cast<double>(many.all.last_ns - start_ns) / 1e6);
	}
	r.report(median(stop_ms), "ms/shutdown");
	r.report(median(stop_ms) * 1e6 / static_cast<double>(count), "ns/entity");
	r.report(median(hook_ms), "ms/last-hook");
}

std::vector<benchmark> life_benchmarks()
{
	std::vector<benchmark> all = {
		{ "BenchmarkSpawnDie", sharing, spawn_die },
		{ "BenchmarkSpawnIdle/unnamed", sharing, [](run &r) { spawn_idle(r, false); } },
		{ "BenchmarkSpawnIdle/named", sharing, [](run &r) { spawn_idle(r, true); } },
	};

	for (uint64_t count : { 100000, 1000000 })
		all.push_back({ "BenchmarkActorMemoryFootprint_" + std::to_string(count) + "Actors",
				sharing, [count](run &r) { footprint(r, count); } });
	for (uint64_t count : { 100, 1000, 10000, 100000, 1000000 }) {
		std::string name = "BenchmarkShutdownLatency_" + std::to_string(count) + "Actors";

		all.push_back({ name, sharing, [count](run &r) { shut_down(r, count, true); } });
		all.push_back({ name + "/unreachable", sharing,
				[count](run &r) { shut_down(r, count, false); } });
	}
	return all;
}

} // namespace bench
