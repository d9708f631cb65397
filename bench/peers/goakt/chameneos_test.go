// SPDX-License-Identifier: MIT

package goakt

import (
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// Savina's chameneos: 100 creatures of three colours meet in a mall, in pairs, and change their colour. An op is
// one meeting: two come to the mall, who came first hears of the other and tells it the new colour. When the
// meetings are used up, the mall sends everybody home and adds up how many each had.
const creatures = 100

type (
	arrive   struct{ colour uint64 }
	change   struct{ colour uint64 }
	goHome   struct{}
	hadMet   struct{ meetings uint64 }
	seekMall struct{}
)

type meet struct {
	with   *actor.PID
	colour uint64
}

type mall struct {
	quiet
	over    chan struct{}
	left    int // meetings
	present int // creatures that have not gone home
	waiting *actor.PID
	met     uint64 // read when over is closed
}

func (m *mall) onArrive(ctx *actor.ReceiveContext, colour uint64) {
	switch {
	case m.left == 0:
		ctx.Tell(ctx.Sender(), goHome{})
	case m.waiting == nil:
		m.waiting = ctx.Sender()
	default:
		ctx.Tell(m.waiting, meet{ctx.Sender(), colour})
		m.waiting = nil
		m.left--
	}
}

func (m *mall) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case arrive:
		m.onArrive(ctx, msg.colour)
	case hadMet:
		m.met += msg.meetings
		if m.present--; m.present == 0 {
			close(m.over)
		}
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

type creature struct {
	quiet
	mall     *actor.PID
	colour   uint64
	meetings uint64
}

// complement is the third colour, or the same if both have it.
func complement(one, other uint64) uint64 {
	if one == other {
		return one
	}
	return 3 - one - other
}

func (c *creature) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case meet:
		c.colour = complement(c.colour, msg.colour)
		c.meetings++
		ctx.Tell(msg.with, change{c.colour})
		ctx.Tell(c.mall, arrive{c.colour})
	case change:
		c.colour = msg.colour
		c.meetings++
		ctx.Tell(c.mall, arrive{c.colour})
	case seekMall:
		ctx.Tell(c.mall, arrive{c.colour})
	case goHome:
		ctx.Tell(c.mall, hadMet{c.meetings})
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func BenchmarkChameneos(b *testing.B) {
	m := &mall{over: make(chan struct{}), left: b.N, present: creatures}
	sys := start(b)
	to := spawn(b, sys, "mall", m)
	from := make([]*actor.PID, creatures)
	for i := range from {
		from[i] = spawn(b, sys, nameOf(i), &creature{mall: to, colour: uint64(i % 3)})
	}
	settle(b, append(from, to)...)
	measure(b, func() {
		for _, pid := range from {
			ok(b, actor.Tell(background, pid, seekMall{}))
		}
		wait(b, m.over)
	})
	equal(b, m.met, uint64(2*b.N), "meetings of all creatures")
	stop(b, sys)
}
