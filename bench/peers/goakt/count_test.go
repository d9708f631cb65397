// SPDX-License-Identifier: MIT

package goakt

import (
	"strconv"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// Producers with a credit of 1024 messages each tell one counter, which gives half of it back whenever it has
// handled as many. An op is one message. The counter checks the order of each producer's messages.
const (
	credit     = 1024
	creditHalf = credit / 2
)

type item struct {
	sequence    uint64
	producer    uint32
	wantsCredit bool
}

type giveCredit struct{}

type produce struct{}

type counter struct {
	quiet
	over       chan struct{}
	total      uint64
	handled    uint64
	next       []uint64
	outOfOrder int // read when over is closed
}

func (c *counter) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case item:
		if msg.sequence != c.next[msg.producer] {
			c.outOfOrder++
		}
		c.next[msg.producer] = msg.sequence + 1
		if msg.wantsCredit {
			ctx.Tell(ctx.Sender(), giveCredit{})
		}
		if c.handled++; c.handled == c.total {
			close(c.over)
		}
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

type producer struct {
	quiet
	to       *actor.PID
	index    uint32
	sequence uint64
	count    uint64
	credit   uint64
}

// send sends while there is credit.
func (p *producer) send(ctx *actor.ReceiveContext) {
	for ; p.credit > 0 && p.sequence < p.count; p.credit-- {
		wantsCredit := (p.sequence+1)%creditHalf == 0
		ctx.Tell(p.to, item{p.sequence, p.index, wantsCredit})
		p.sequence++
	}
}

func (p *producer) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case produce:
		p.credit = credit
		p.send(ctx)
	case giveCredit:
		p.credit += creditHalf
		p.send(ctx)
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func countWindow(b *testing.B, producers int) {
	c := &counter{over: make(chan struct{}), total: uint64(b.N), next: make([]uint64, producers)}
	sys := start(b)
	to := spawn(b, sys, "counter", c)
	from := make([]*actor.PID, producers)
	for i := range from {
		share := shareOf(b.N, producers, i)
		from[i] = spawn(b, sys, nameOf(i), &producer{to: to, index: uint32(i), count: share})
	}
	settle(b, append(from, to)...)
	measure(b, func() {
		for _, pid := range from {
			ok(b, actor.Tell(background, pid, produce{}))
		}
		wait(b, c.over)
	})
	equal(b, c.outOfOrder, 0, "out of order")
	stop(b, sys)
}

func BenchmarkCountWindow(b *testing.B) {
	for _, producers := range []int{1, 2} {
		b.Run(strconv.Itoa(producers), func(b *testing.B) { countWindow(b, producers) })
	}
}
