// SPDX-License-Identifier: MIT

// Package goakt measures GoAkt beside akt: the benchmarks of akt bench, under the same names, with the same
// ops and sizes, in the configuration that GoAkt's manual and its own benchmarks have for speed.
//
// Each file asks the questions of one or a few files in bench, and checks its own result: a benchmark that
// loses a message is a failure, not a fast run. This one has what they share: a system, a wait for the
// end, and the processor time beside the wall time.
package goakt

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tochemey/goakt/v4/actor"
)

// How long a step may take, and a run per op on top, before it counts as hung.
const (
	patience   = time.Minute
	patienceOp = 50 * time.Microsecond
)

// budget is how many messages an actor may handle in a turn, and akt's default. GoAkt's manual calls 64 the
// safe upgrade from 32 where throughput counts.
const budget = 64

var background = context.Background()

func ok(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func equal[T comparable](b *testing.B, got, want T, what string) {
	b.Helper()
	if got != want {
		b.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// start starts a system without log, network and cluster. GoAkt has as many workers as GOMAXPROCS, which
// is what -cpu says, and at least 2.
func start(b *testing.B) actor.ActorSystem {
	b.Helper()
	sys, err := actor.NewActorSystem("bench", actor.WithLoggingDisabled(),
		actor.WithActorInitMaxRetries(1), actor.WithThroughputBudget(budget))
	ok(b, err)
	ok(b, sys.Start(background))
	return sys
}

func stop(b *testing.B, sys actor.ActorSystem) {
	b.Helper()
	ok(b, sys.Stop(background))
}

// nameOf is the name of the actor with that number: each one needs a name of its own.
func nameOf(number int) string {
	return "actor-" + strconv.Itoa(number)
}

// spawn starts an actor that stays until the end: nothing watches when it was last busy.
func spawn(b *testing.B, sys actor.ActorSystem, name string, self actor.Actor,
	options ...actor.SpawnOption) *actor.PID {
	b.Helper()
	pid, err := sys.Spawn(background, name, self, append(options, actor.WithLongLived())...)
	ok(b, err)
	return pid
}

// settle waits until the actors have handled their first message, which GoAkt sends them itself.
func settle(b *testing.B, pids ...*actor.PID) {
	b.Helper()
	until := time.Now().Add(patience)
	for _, pid := range pids {
		for pid.ProcessedCount() < 1 {
			if time.Now().After(until) {
				b.Fatal("an actor has not started")
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// wait waits for the end of the work.
func wait(b *testing.B, over <-chan struct{}) {
	b.Helper()
	timeout := time.NewTimer(patience + time.Duration(b.N)*patienceOp)
	defer timeout.Stop()
	select {
	case <-over:
	case <-timeout.C:
		b.Fatal("not done in time: a message was lost")
	}
}

// cpuTime is the processor time of the process so far, user and system.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure runs the b.N ops, timed, and reports the processor time too.
func measure(b *testing.B, run func()) {
	b.Helper()
	b.ResetTimer()
	cpu := cpuTime()
	run()
	cpu = cpuTime() - cpu
	b.StopTimer()
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// reportRate reports what was measured as messages per second, an op being a message.
func reportRate(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/sec")
}

// shares divides n into as many shares as there are processors for this run, the first ones one larger.
func shares(n int) []uint64 {
	all := make([]uint64, runtime.GOMAXPROCS(0))
	for i := range all {
		all[i] = shareOf(n, len(all), i)
	}
	return all
}

// shareOf is how many of n fall to the i-th of that many.
func shareOf(n, parts, i int) uint64 {
	share := n / parts
	if i < n%parts {
		share++
	}
	return uint64(share)
}

// quantile of values, which are sorted in place.
func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

// quiet is an actor that does nothing; others embed it for the hooks they do not have.
type quiet struct{}

func (*quiet) PreStart(*actor.Context) error { return nil }
func (*quiet) Receive(*actor.ReceiveContext) {}
func (*quiet) PostStop(*actor.Context) error { return nil }
