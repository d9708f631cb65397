// SPDX-License-Identifier: MIT

package goakt

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/shutdown.c and bench/garbage.c: how long does an ordered shutdown take, and what does it allocate? An op
// is one shutdown of a fresh system of idle actors with a stop hook; each hook must have run once.
const (
	controlActors = 100
	controlBytes  = 4096
)

type hooks struct {
	wanted uint64
	run    atomic.Uint64
	last   time.Time // when the last hook ran
	kept   atomic.Pointer[[controlBytes]byte]
}

type stopper struct {
	quiet
	hooks *hooks
}

func (s *stopper) PostStop(*actor.Context) error {
	if s.hooks.run.Add(1) == s.hooks.wanted {
		s.hooks.last = time.Now()
	}
	return nil
}

// waster allocates a known amount in its hook.
type waster struct {
	stopper
}

func (w *waster) PostStop(ctx *actor.Context) error {
	w.hooks.kept.Store(new([controlBytes]byte))
	return w.stopper.PostStop(ctx)
}

// startWith starts a quiet system of that many actors.
func startWith(b *testing.B, count int, newActor func() actor.Actor) actor.ActorSystem {
	b.Helper()
	sys := start(b)
	pids := make([]*actor.PID, count)
	for i := range pids {
		pids[i] = spawn(b, sys, nameOf(i), newActor())
	}
	settle(b, pids...)
	return sys
}

// shutDownOnce returns how long it took, and how long until the last hook.
func shutDownOnce(b *testing.B, count int) (whole, hooksOnly time.Duration) {
	h := &hooks{wanted: uint64(count)}
	sys := startWith(b, count, func() actor.Actor { return &stopper{hooks: h} })
	b.StartTimer()
	begin := time.Now()
	stop(b, sys)
	whole = time.Since(begin)
	b.StopTimer()
	equal(b, h.run.Load(), h.wanted, "stop hooks run")
	return whole, h.last.Sub(begin)
}

func shutDown(b *testing.B, count int) {
	if testing.Short() {
		b.Skip("long: left out with -short")
	}
	all, last := make([]float64, b.N), make([]float64, b.N)
	b.StopTimer()
	b.ResetTimer()
	for i := range b.N {
		whole, hooks := shutDownOnce(b, count)
		all[i], last[i] = whole.Seconds()*1e3, hooks.Seconds()*1e3
	}
	median := quantile(all, 0.5)
	b.ReportMetric(median, "ms/shutdown")
	b.ReportMetric(median*1e6/float64(count), "ns/entity")
	b.ReportMetric(quantile(last, 0.5), "ms/last-hook")
}

func BenchmarkShutdownLatency_100Actors(b *testing.B)    { shutDown(b, 100) }
func BenchmarkShutdownLatency_1000Actors(b *testing.B)   { shutDown(b, 1000) }
func BenchmarkShutdownLatency_10000Actors(b *testing.B)  { shutDown(b, 10000) }
func BenchmarkShutdownLatency_100000Actors(b *testing.B) { shutDown(b, 100000) }

// garbage reports what a shutdown allocates and returns the sums over all b.N.
func garbage(b *testing.B, count int, newActor func(h *hooks) actor.Actor) (bytes, blocks uint64) {
	if testing.Short() {
		b.Skip("memory: left out with -short")
	}
	var before, after runtime.MemStats
	b.StopTimer()
	b.ResetTimer()
	for range b.N {
		h := &hooks{wanted: uint64(count)}
		sys := startWith(b, count, func() actor.Actor { return newActor(h) })
		runtime.ReadMemStats(&before)
		b.StartTimer()
		stop(b, sys)
		b.StopTimer()
		runtime.ReadMemStats(&after)
		equal(b, h.run.Load(), h.wanted, "stop hooks run")
		bytes += after.TotalAlloc - before.TotalAlloc
		blocks += after.Mallocs - before.Mallocs
	}
	n := float64(b.N)
	b.ReportMetric(float64(bytes)/n, "bytes/alloc")
	b.ReportMetric(float64(bytes)/n/1e6, "MB/alloc")
	b.ReportMetric(float64(blocks)/n, "count/alloc")
	b.ReportMetric(float64(after.HeapAlloc)/1e6, "MB/heap")
	return bytes, blocks
}

func newStopper(h *hooks) actor.Actor { return &stopper{hooks: h} }

func BenchmarkGCAllocationsDuringShutdown_100Actors(b *testing.B)  { garbage(b, 100, newStopper) }
func BenchmarkGCAllocationsDuringShutdown_1000Actors(b *testing.B) { garbage(b, 1000, newStopper) }

// What the hooks are known to allocate must have been counted.
func BenchmarkGCAllocationsDuringShutdown_Control(b *testing.B) {
	bytes, blocks := garbage(b, controlActors, func(h *hooks) actor.Actor {
		return &waster{stopper{hooks: h}}
	})
	wanted := uint64(b.N) * controlActors
	if blocks < wanted || bytes < wanted*controlBytes {
		b.Fatalf("the hooks allocated %d times, %d were counted", wanted, blocks)
	}
}
