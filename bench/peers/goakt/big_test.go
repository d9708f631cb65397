// SPDX-License-Identifier: MIT

package goakt

import (
	"sync/atomic"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// Savina's big: 120 actors, each sends a ping to another one at random, and the next when it has the answer. Who
// has all its answers tells the sink. An op is one message, a ping or a pong; an odd one out is not sent.
const crowd = 120

type (
	bigPing struct{ number uint64 }
	bigPong struct{ number uint64 }
	bigGo   struct{}
	bigDone struct{}
)

type big struct {
	over    chan struct{}
	actors  []*actor.PID
	handled atomic.Uint64 // pings and pongs, added up when the actors stop
}

type bigSink struct {
	quiet
	big     *big
	waiting int
}

func (s *bigSink) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case bigDone:
		if s.waiting--; s.waiting == 0 {
			close(s.big.over)
		}
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

type bigActor struct {
	quiet
	big     *big
	sink    *actor.PID
	index   uint32
	seed    uint32
	left    uint64 // pings to send
	handled uint64
}

// sendPing sends to anybody but itself, or is done.
func (a *bigActor) sendPing(ctx *actor.ReceiveContext) {
	if a.left == 0 {
		ctx.Tell(a.sink, bigDone{})
		return
	}
	a.left--
	a.seed = (a.seed*1309 + 13849) & 65535
	to := a.seed % (crowd - 1)
	if to >= a.index {
		to++
	}
	ctx.Tell(a.big.actors[to], bigPing{0})
}

func (a *bigActor) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case bigPing:
		a.handled++
		ctx.Tell(ctx.Sender(), bigPong{0})
	case bigPong:
		a.handled++
		a.sendPing(ctx)
	case bigGo:
		a.sendPing(ctx)
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func (a *bigActor) PostStop(*actor.Context) error {
	a.big.handled.Add(a.handled)
	return nil
}

func BenchmarkBig(b *testing.B) {
	g := &big{over: make(chan struct{}), actors: make([]*actor.PID, crowd)}
	pings := b.N / 2
	sys := start(b)
	to := spawn(b, sys, "sink", &bigSink{big: g, waiting: crowd})
	for i := range g.actors {
		g.actors[i] = spawn(b, sys, nameOf(i), &bigActor{big: g, sink: to, index: uint32(i),
			seed: uint32(i), left: shareOf(pings, crowd, i)})
	}
	settle(b, g.actors...)
	measure(b, func() {
		for _, pid := range g.actors {
			ok(b, actor.Tell(background, pid, bigGo{}))
		}
		wait(b, g.over)
	})
	stop(b, sys)
	equal(b, g.handled.Load(), uint64(2*pings), "handled")
}
