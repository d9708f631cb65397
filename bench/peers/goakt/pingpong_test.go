// SPDX-License-Identifier: MIT

package goakt

import (
	"math"
	"sync/atomic"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/ping_pong.c: ping knows pong and counts, pong answers who asked. An op is one message.
type (
	ping  struct{ number uint64 }
	pong  struct{ number uint64 }
	serve struct{ to *actor.PID }
)

type rally struct {
	over    chan struct{}
	handled atomic.Uint64 // added up when the players stop
}

type player struct {
	quiet
	rally   *rally
	handled uint64
	last    uint64 // the rally is over with this one; never, if the other gets the last
	pong    *actor.PID
}

// isOver counts a message.
func (p *player) isOver() bool {
	if p.handled++; p.handled == p.last {
		close(p.rally.over)
		return true
	}
	return false
}

func (p *player) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case ping:
		if !p.isOver() {
			ctx.Tell(ctx.Sender(), pong{0})
		}
	case pong:
		if !p.isOver() {
			ctx.Tell(p.pong, ping{0})
		}
	case serve:
		p.pong = msg.to
		ctx.Tell(p.pong, ping{0})
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func (p *player) PostStop(*actor.Context) error {
	p.rally.handled.Add(p.handled)
	return nil
}

func BenchmarkPingPong(b *testing.B) {
	r := &rally{over: make(chan struct{})}
	n := uint64(b.N)
	lastPing, lastPong := n/2, uint64(math.MaxUint64)
	if n%2 == 1 {
		lastPing, lastPong = math.MaxUint64, n/2+1
	}
	sys := start(b)
	from := spawn(b, sys, "ping", &player{rally: r, last: lastPing})
	to := spawn(b, sys, "pong", &player{rally: r, last: lastPong})
	settle(b, from, to)
	measure(b, func() {
		ok(b, actor.Tell(background, from, serve{to}))
		wait(b, r.over)
	})
	stop(b, sys)
	equal(b, r.handled.Load(), n, "handled")
}
