// SPDX-License-Identifier: MIT

package goakt

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/footprint.c: how much memory does an idle actor take?
//
//	bytes/actor      growth of the heap after a collection, which leaves out the stack that each of
//	                 GoAkt's actors has for its supervision
//	rss-bytes/actor  growth of the resident memory of the process, after a collection that gives all
//	                 free memory back
//
// A process is measured once: what has been used before would be used again unseen.

// measured is whether this process has been measured, which leaves memory behind.
var measured bool

// keeper is an idle actor with 16 bytes of state.
type keeper struct {
	quiet
	_ [2]uint64
}

func residentBytes(b *testing.B) float64 {
	b.Helper()
	var size, resident int
	text, err := os.ReadFile("/proc/self/statm")
	ok(b, err)
	_, err = fmt.Sscan(string(text), &size, &resident)
	ok(b, err)
	return float64(resident * os.Getpagesize())
}

// memoryNow is the heap in use and the resident memory, when all garbage has been given back.
func memoryNow(b *testing.B) (heap, resident float64) {
	b.Helper()
	var stats runtime.MemStats
	debug.FreeOSMemory() // collects first
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc), residentBytes(b)
}

func footprint(b *testing.B, count int, newActor func() actor.Actor) {
	if testing.Short() {
		b.Skip("memory: left out with -short")
	}
	if b.N > 1 {
		b.Fatal("memory: once a process, -benchtime=1x")
	}
	if measured {
		b.Skip("memory: wants a process of its own")
	}
	measured = true
	pids := make([]*actor.PID, count)
	sys := start(b)
	heap, resident := memoryNow(b)
	for i := range pids {
		pids[i] = spawn(b, sys, nameOf(i), newActor())
	}
	settle(b, pids...)
	heapAfter, residentAfter := memoryNow(b)
	equal(b, sys.NumActors(), uint64(count), "actors")
	b.ReportMetric((heapAfter-heap)/float64(count), "bytes/actor")
	b.ReportMetric((residentAfter-resident)/float64(count), "rss-bytes/actor")
	b.ReportMetric(0, "ns/op")
	stop(b, sys)
}

func BenchmarkActorMemoryFootprint(b *testing.B) {
	footprint(b, 2000, func() actor.Actor { return new(keeper) })
}

func BenchmarkActorMemoryFootprint_100000Actors(b *testing.B) {
	footprint(b, 100000, func() actor.Actor { return new(quiet) })
}
