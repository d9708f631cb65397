/* SPDX-License-Identifier: MIT */
/* What does a message cost between few actors: ping-pong, ring, and a counter with credit.
 *
 * Actors are statically typed and event-based, which was measured to be a little faster than
 * dynamically typed ones; a message is one number, told apart by what it holds where an actor has
 * one handler only, since each further handler and atom is compared in turn. */
#include "harness.hpp"

#include <atomic>

namespace bench
{

/* What the actors of a run share with the thread that waits for it. */
struct shared {
	gate over;
	std::atomic<uint64_t> handled{ 0 }; /* added up by the stop hooks */
	std::atomic<uint64_t> out_of_order{ 0 };
};

/* Savina's PingPong: ping knows pong and counts, pong answers who asked. */
class player : public number_actor::base
{
      public:
	player(caf::actor_config &cfg, shared &rally, uint64_t last)
	    : number_actor::base(cfg), rally_(rally), last_(last)
	{
	}

	void on_exit() override
	{
		rally_.handled += handled_;
	}

      protected:
	/* Whether the rally is over. */
	bool count()
	{
		if (++handled_ != last_)
			return false;
		rally_.over.open();
		return true;
	}

      private:
	shared &rally_;
	uint64_t last_; /* the rally is over with this one; never, if the other gets the last */
	uint64_t handled_ = 0;
};

class pong : public player
{
      public:
	using player::player;

	behavior_type make_behavior() override
	{
		return { [this](uint64_t number) {
			if (!count())
				send(caf::actor_cast<number_actor>(current_sender()), number + 1);
		} };
	}
};

class ping : public player
{
      public:
	ping(caf::actor_config &cfg, shared &rally, uint64_t last, number_actor pong)
	    : player(cfg, rally, last), pong_(std::move(pong))
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](uint64_t number) {
			if (!count())
				send(pong_, number + 1);
		} };
	}

      private:
	number_actor pong_;
};

static void ping_pong(run &r)
{
	shared rally;
	config cfg(r);
	caf::actor_system system(cfg);
	bool ping_ends = r.n % 2 == 0;
	number_actor second = system.spawn<pong>(rally, ping_ends ? UINT64_MAX : r.n / 2 + 1);
	number_actor first = system.spawn<ping>(rally, ping_ends ? r.n / 2 : UINT64_MAX, second);

	r.start_timer();
	caf::send_as(first, second, uint64_t{ 0 });
	rally.over.wait(r);
	r.stop_timer();
	stop_all(system, std::vector<number_actor>{ first, second });
	r.check_equal(rally.handled, r.n, "handled");
}

/* The thread-ring of the Benchmarks Game. */
static constexpr size_t ring_size = 503;

using join_atom = caf::atom_constant<caf::atom("join")>;

using member_actor =
	caf::typed_actor<caf::reacts_to<uint64_t>, caf::reacts_to<join_atom, uint64_t>>;

struct ring : shared {
	std::vector<member_actor> members;
	uint64_t last = 0; /* who held the token at the end */
};

class member : public member_actor::base
{
      public:
	member(caf::actor_config &cfg, ring &all, uint64_t index)
	    : member_actor::base(cfg), ring_(all), index_(index)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](uint64_t left) { pass(left); },
			 [this](join_atom, uint64_t next) { next_ = ring_.members[next]; } };
	}

	void on_exit() override
	{
		ring_.handled += handled_;
		next_ = nullptr;
	}

      private:
	void pass(uint64_t left)
	{
		handled_++;
		if (left > 0) {
			send(next_, left - 1);
			return;
		}
		ring_.last = index_;
		ring_.over.open();
	}

	ring &ring_;
	uint64_t index_;
	uint64_t handled_ = 0;
	member_actor next_;
};

static void thread_ring(run &r)
{
	ring all;
	config cfg(r);
	caf::actor_system system(cfg);

	for (uint64_t i = 0; i < ring_size; i++)
		all.members.push_back(system.spawn<member>(all, i));
	for (uint64_t i = 0; i < ring_size; i++)
		caf::anon_send(all.members[i], join_atom::value, (i + 1) % ring_size);
	r.start_timer();
	caf::anon_send(all.members[0], r.n - 1);
	all.over.wait(r);
	r.stop_timer();
	r.check_equal(all.last, (r.n - 1) % ring_size, "the token ended with member");
	stop_all(system, all.members);
	r.check_equal(all.handled, r.n, "hops");
}

/* Producers tell one counter, with a credit of messages each that it gives back by halves. */
static constexpr uint64_t credit = 1024;
static constexpr uint64_t credit_half = credit / 2;
static constexpr size_t producers_max = 2;

class counter : public number_actor::base
{
      public:
	counter(caf::actor_config &cfg, shared &count, uint64_t total)
	    : number_actor::base(cfg), count_(count), total_(total)
	{
	}

	/* The number is a producer's next one, times two, plus which producer. */
	behavior_type make_behavior() override
	{
		return { [this](uint64_t number) {
			uint64_t sequence = number / producers_max;

			if (sequence != next_[number % producers_max]++)
				count_.out_of_order++;
			if ((sequence + 1) % credit_half == 0)
				send(caf::actor_cast<number_actor>(current_sender()), credit_half);
			if (++handled_ == total_)
				count_.over.open();
		} };
	}

	void on_exit() override
	{
		count_.handled += handled_;
	}

      private:
	shared &count_;
	uint64_t total_;
	uint64_t handled_ = 0;
	uint64_t next_[producers_max] = {};
};

class producer : public number_actor::base
{
      public:
	producer(caf::actor_config &cfg, number_actor counter, uint64_t count, uint64_t index)
	    : number_actor::base(cfg), counter_(std::move(counter)), left_(count), number_(index)
	{
	}

	behavior_type make_behavior() override
	{
		return { [this](uint64_t given) {
			credit_ += given;
			for (; credit_ > 0 && left_ > 0; credit_--, left_--) {
				send(counter_, number_);
				number_ += producers_max;
			}
		} };
	}

      private:
	number_actor counter_;
	uint64_t left_;
	uint64_t number_;
	uint64_t credit_ = 0;
};

static void count_window(run &r, uint64_t producers)
{
	shared count;
	config cfg(r);
	caf::actor_system system(cfg);
	number_actor sink = system.spawn<counter>(count, r.n);
	std::vector<number_actor> actors;

	for (uint64_t i = 0; i < producers; i++)
		actors.push_back(system.spawn<producer>(sink, share(r.n, producers, i), i));
	r.start_timer();
	for (const number_actor &actor : actors)
		caf::anon_send(actor, credit);
	count.over.wait(r);
	r.stop_timer();
	actors.push_back(sink);
	stop_all(system, actors);
	r.check_equal(count.handled, r.n, "handled");
	r.check_equal(count.out_of_order, 0, "out of order");
}

std::vector<benchmark> message_benchmarks()
{
	return {
		{ "BenchmarkPingPong", stealing, ping_pong },
		{ "BenchmarkThreadRing", stealing, thread_ring },
		{ "BenchmarkCountWindow/1", stealing, [](run &r) { count_window(r, 1); } },
		{ "BenchmarkCountWindow/2", stealing, [](run &r) { count_window(r, 2); } },
	};
}

} // namespace bench
