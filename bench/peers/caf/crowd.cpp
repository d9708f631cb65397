/* SPDX-License-Identifier: MIT */
/* What does a message cost in a crowd of actors: Savina's fork-join, big and chameneos. */
#include "harness.hpp"

#include <algorithm>
#include <atomic>

namespace bench
{

/* Savina's fork-join throughput: a driver sends to each branch in turn, in rounds; a branch that has
 * handled its last message of a round tells the driver. */
static constexpr uint64_t branches = 10000;
static constexpr uint64_t round_max = 1000000;

using fork_atom = caf::atom_constant<caf::atom("fork")>;
using done_atom = caf::atom_constant<caf::atom("done")>;

using driver_actor = caf::typed_actor<caf::reacts_to<done_atom>, caf::reacts_to<fork_atom>>;

struct forks {
	gate over;
	std::vector<number_actor> actors;
	uint64_t left = 0;
	std::atomic<uint64_t> handled{ 0 };
	std::atomic<uint64_t> out_of_order{ 0 };
};

class branch : public number_actor::base
{
      public:
	branch(caf::actor_config &cfg, forks &all) : number_actor::base(cfg), forks_(all)
	{
	}

	/* Its next number within the round, times two, plus whether it is the last. */
	behavior_type make_behavior() override
	{
		return { [this](uint64_t number) {
			bool is_last = number % 2 != 0;

			if (number / 2 != next_)
				forks_.out_of_order++;
			handled_++;
			next_ = is_last ? 0 : next_ + 1;
			if (is_last)
				send(caf::actor_cast<driver_actor>(current_sender()),
				     done_atom::value);
		} };
	}

	void on_exit() override
	{
		forks_.handled += handled_;
	}

      private:
	forks &forks_;
	uint64_t next_ = 0;
	uint64_t handled_ = 0;
};

class driver : public driver_actor::base
{
      public:
	driver(caf::actor_config &cfg, forks &all) : driver_actor::base(cfg), forks_(all)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](done_atom) {
				if (--waiting_ > 0)
					return;
				if (forks_.left > 0)
					send_round();
				else
					forks_.over.open();
			},
			 [this](fork_atom) { send_round(); } };
	}

      private:
	void send_round()
	{
		uint64_t size = std::min(forks_.left, round_max);

		forks_.left -= size;
		waiting_ = std::min(size, branches);
		for (uint64_t i = 0; i < size; i++) {
			uint64_t is_last = i + branches >= size ? 1 : 0;

			send(forks_.actors[i % branches], i / branches * 2 + is_last);
		}
	}

	forks &forks_;
	uint64_t waiting_ = 0;
};

static void fork_join(run &r)
{
	forks all;
	config cfg(r);
	caf::actor_system system(cfg);
	driver_actor from = system.spawn<driver>(all);

	all.left = r.n;
	for (uint64_t i = 0; i < branches; i++)
		all.actors.push_back(system.spawn<branch>(all));
	r.start_timer();
	caf::anon_send(from, fork_atom::value);
	all.over.wait(r);
	r.stop_timer();
	caf::anon_send_exit(from, caf::exit_reason::user_shutdown);
	stop_all(system, all.actors);
	r.check_equal(all.handled, r.n, "handled");
	r.check_equal(all.out_of_order, 0, "out of order");
}

/* Savina's big: each of 120 actors pings random ones, one at a time, and answers pings. */
static constexpr uint64_t big_actors = 120;

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;

using peer_actor = caf::typed_actor<caf::reacts_to<ping_atom, uint64_t>,
				    caf::reacts_to<pong_atom, uint64_t>, caf::reacts_to<fork_atom>>;

struct crowd {
	gate over;
	std::vector<peer_actor> actors;
	std::atomic<uint64_t> pings{ 0 };
	uint64_t pongs = 0; /* told to the sink */
};

class sink : public number_actor::base
{
      public:
	sink(caf::actor_config &cfg, crowd &all) : number_actor::base(cfg), crowd_(all)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](uint64_t pongs) {
			crowd_.pongs += pongs;
			if (++finished_ == big_actors)
				crowd_.over.open();
		} };
	}

      private:
	crowd &crowd_;
	uint64_t finished_ = 0;
};

class peer : public peer_actor::base
{
      public:
	peer(caf::actor_config &cfg, crowd &all, number_actor to, uint64_t index, uint64_t pings)
	    : peer_actor::base(cfg), crowd_(all), sink_(std::move(to)), random_(index),
	      share_(pings)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](ping_atom, uint64_t number) {
				pings_++;
				send(caf::actor_cast<peer_actor>(current_sender()),
				     pong_atom::value, number);
			},
			 [this](pong_atom, uint64_t number) {
				 pongs_ += number == pongs_ ? 1 : 0;
				 send_ping();
			 },
			 [this](fork_atom) { send_ping(); } };
	}

	void on_exit() override
	{
		crowd_.pings += pings_;
	}

      private:
	/* Savina's generator. */
	void send_ping()
	{
		if (pongs_ == share_) {
			send(sink_, pongs_);
			return;
		}
		random_ = (random_ * 1309 + 13849) & 65535;
		send(crowd_.actors[random_ % big_actors], ping_atom::value, pongs_);
	}

	crowd &crowd_;
	number_actor sink_;
	uint64_t random_;
	uint64_t share_;
	uint64_t pings_ = 0;
	uint64_t pongs_ = 0;
};

/* Messages go in pairs: of an odd n, one more is sent. */
static void big(run &r)
{
	crowd all;
	config cfg(r);
	caf::actor_system system(cfg);
	number_actor to = system.spawn<sink>(all);
	uint64_t pings = r.n / 2 + r.n % 2;

	for (uint64_t i = 0; i < big_actors; i++)
		all.actors.push_back(system.spawn<peer>(all, to, i, share(pings, big_actors, i)));
	r.start_timer();
	for (const peer_actor &actor : all.actors)
		caf::anon_send(actor, fork_atom::value);
	all.over.wait(r);
	r.stop_timer();
	caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
	stop_all(system, all.actors);
	r.check_equal(all.pongs, pings, "pongs");
	r.check_equal(all.pings, pings, "pings");
}

/* Savina's chameneos: creatures meet in pairs at a mall and change their colours. */
static constexpr uint64_t creatures = 100;
static constexpr uint64_t colours = 3;

using meet_atom = caf::atom_constant<caf::atom("meet")>;
using change_atom = caf::atom_constant<caf::atom("change")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;

using creature_actor =
	caf::typed_actor<caf::reacts_to<meet_atom, uint64_t>, caf::reacts_to<change_atom, uint64_t>,
			 caf::reacts_to<leave_atom>, caf::reacts_to<fork_atom>>;
using mall_actor =
	caf::typed_actor<caf::reacts_to<meet_atom, uint64_t>, caf::reacts_to<leave_atom, uint64_t>>;

struct meetings {
	gate over;
	uint64_t left = 0;
	uint64_t counted = 0; /* by the creatures: two for a meeting */
};

class mall : public mall_actor::base
{
      public:
	mall(caf::actor_config &cfg, meetings &all) : mall_actor::base(cfg), meetings_(all)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](meet_atom, uint64_t colour) { meet(colour); },
			 [this](leave_atom, uint64_t count) {
				 meetings_.counted += count;
				 if (++left_ == creatures)
					 meetings_.over.open();
			 } };
	}

      private:
	void meet(uint64_t colour)
	{
		auto who = caf::actor_cast<creature_actor>(current_sender());

		if (meetings_.left == 0) {
			send(who, leave_atom::value);
		} else if (!waiting_) {
			waiting_ = std::move(who);
		} else {
			/* The first meets the second, who stays the sender. */
			delegate(waiting_, meet_atom::value, colour);
			waiting_ = nullptr;
			meetings_.left--;
		}
	}

	meetings &meetings_;
	creature_actor waiting_;
	uint64_t left_ = 0;
};

class creature : public creature_actor::base
{
      public:
	creature(caf::actor_config &cfg, mall_actor where, uint64_t colour)
	    : creature_actor::base(cfg), mall_(std::move(where)), colour_(colour)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](meet_atom, uint64_t other) {
				if (other != colour_)
					colour_ = colours - colour_ - other;
				send(caf::actor_cast<creature_actor>(current_sender()),
				     change_atom::value, colour_);
				met();
			},
			 [this](change_atom, uint64_t colour) {
				 colour_ = colour;
				 met();
			 },
			 [this](leave_atom) { send(mall_, leave_atom::value, count_); },
			 [this](fork_atom) { send(mall_, meet_atom::value, colour_); } };
	}

      private:
	void met()
	{
		count_++;
		send(mall_, meet_atom::value, colour_);
	}

	mall_actor mall_;
	uint64_t colour_;
	uint64_t count_ = 0;
};

static void chameneos(run &r)
{
	meetings all;
	config cfg(r);
	caf::actor_system system(cfg);
	mall_actor where = system.spawn<mall>(all);
	std::vector<creature_actor> actors;

	all.left = r.n;
	for (uint64_t i = 0; i < creatures; i++)
		actors.push_back(system.spawn<creature>(where, i % colours));
	r.start_timer();
	for (const creature_actor &actor : actors)
		caf::anon_send(actor, fork_atom::value);
	all.over.wait(r);
	r.stop_timer();
	caf::anon_send_exit(where, caf::exit_reason::user_shutdown);
	stop_all(system, actors);
	r.check_equal(all.counted, 2 * r.n, "counted by the creatures");
}

std::vector<benchmark> crowd_benchmarks()
{
	return {
		{ "BenchmarkForkJoin", sharing, fork_join },
		{ "BenchmarkBig", sharing_alone, big },
		{ "BenchmarkChameneos", sharing_alone, chameneos },
	};
}

} // namespace bench
