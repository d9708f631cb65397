// SPDX-License-Identifier: MIT

package goakt

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
	"github.com/tochemey/goakt/v4/supervisor"
)

// yieldEvery is how many children a spawner starts before it lets others run.
const yieldEvery = 64

// spawnIdleMax bounds the memory: a million idle actors, stopped in the end, take more than 6 GiB.
const spawnIdleMax = 500000

type nursery struct {
	over    chan struct{}
	total   uint64
	handled atomic.Uint64
	ended   atomic.Uint64
}

// mayfly handles one message, counts it, and stops.
type mayfly struct {
	quiet
	nursery *nursery
}

func (m *mayfly) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case ping:
		m.nursery.handled.Add(1)
		ctx.Shutdown()
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func (m *mayfly) PostStop(*actor.Context) error {
	if m.nursery.ended.Add(1) == m.nursery.total {
		close(m.nursery.over)
	}
	return nil
}

type spawnMore struct{}

// spawner starts children, yieldEvery in a turn. Names are needed; decisions about failures are shared.
type spawner struct {
	quiet
	nursery   *nursery
	spawned   uint64
	longLived actor.SpawnOption
	decisions actor.SpawnOption
}

func (s *spawner) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case spawnMore:
		for i := 0; i < yieldEvery && s.spawned < s.nursery.total; i++ {
			child := ctx.Spawn(strconv.FormatUint(s.spawned, 10),
				&mayfly{nursery: s.nursery}, s.longLived, s.decisions)
			ctx.Tell(child, ping{0})
			s.spawned++
		}
		if s.spawned < s.nursery.total {
			ctx.Tell(ctx.Self(), spawnMore{})
		}
	case *actor.PostStart, *actor.Terminated:
	default:
		ctx.Unhandled()
	}
}

// An actor starts children that handle one message and stop; an op is a child, until its stop hook has run.
func BenchmarkSpawnDie(b *testing.B) {
	n := &nursery{over: make(chan struct{}), total: uint64(b.N)}
	sys := start(b)
	from := spawn(b, sys, "spawner", &spawner{nursery: n, longLived: actor.WithLongLived(),
		decisions: actor.WithSupervisor(supervisor.NewSupervisor())})
	settle(b, from)
	measure(b, func() {
		ok(b, actor.Tell(background, from, spawnMore{}))
		wait(b, n.over)
	})
	stop(b, sys)
	equal(b, n.handled.Load(), n.total, "handled")
}

// Idle actors started from outside, kept until the end; each must have run.
func spawnIdle(b *testing.B, start1 func(sys actor.ActorSystem, number int) (*actor.PID, error)) {
	if b.N > spawnIdleMax {
		b.Fatalf("SpawnIdle: at most %d actors", spawnIdleMax)
	}
	pids := make([]*actor.PID, b.N)
	sys := start(b)
	measure(b, func() {
		for i := range pids {
			var err error
			pids[i], err = start1(sys, i)
			ok(b, err)
		}
	})
	settle(b, pids...)
	equal(b, sys.NumActors(), uint64(b.N), "actors")
	stop(b, sys)
}

func BenchmarkSpawnIdle(b *testing.B) {
	nothing := func(context.Context, any) error { return nil }
	longLived := actor.WithLongLived()
	// GoAkt has no actor without a name: it makes up a UUID.
	b.Run("unnamed", func(b *testing.B) {
		spawnIdle(b, func(sys actor.ActorSystem, _ int) (*actor.PID, error) {
			return sys.SpawnFromFunc(background, nothing)
		})
	})
	b.Run("named", func(b *testing.B) {
		spawnIdle(b, func(sys actor.ActorSystem, number int) (*actor.PID, error) {
			return sys.Spawn(background, nameOf(number), new(quiet), longLived)
		})
	})
}
