// SPDX-License-Identifier: MIT

package goakt

import (
	"sync/atomic"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/fork_join.c: a driver sends to 10,000 actors in turn, in rounds of at most a million messages. Who has
// its last message of a round says so, which is not counted; the next round starts when all have. An
// op is one message of the driver. Each actor checks the order of its messages.
const (
	branches  = 10000
	roundSize = 1000000
)

type work struct {
	number uint32 // within this actor's share of the round
	isLast bool
}

type workDone struct{}

type fork struct{}

type forks struct {
	over       chan struct{}
	branches   []*actor.PID
	handled    atomic.Uint64 // added up when the actors stop
	outOfOrder atomic.Uint64
}

type driver struct {
	quiet
	forks   *forks
	left    int
	waiting int // actors that have not finished the round
}

func (d *driver) sendRound(ctx *actor.ReceiveContext) {
	size := min(d.left, roundSize)
	d.left -= size
	d.waiting = min(size, branches)
	for i := range size {
		isLast := i+branches >= size
		ctx.Tell(d.forks.branches[i%branches], work{uint32(i / branches), isLast})
	}
}

func (d *driver) Receive(ctx *actor.ReceiveContext) {
	switch ctx.Message().(type) {
	case workDone:
		if d.waiting--; d.waiting > 0 {
			return
		}
		if d.left > 0 {
			d.sendRound(ctx)
		} else {
			close(d.forks.over)
		}
	case fork:
		d.sendRound(ctx)
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

type branch struct {
	quiet
	forks   *forks
	handled uint64
	next    uint32
}

func (w *branch) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case work:
		if msg.number != w.next {
			w.forks.outOfOrder.Add(1)
		}
		w.handled++
		w.next = msg.number + 1
		if msg.isLast {
			w.next = 0
			ctx.Tell(ctx.Sender(), workDone{})
		}
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func (w *branch) PostStop(*actor.Context) error {
	w.forks.handled.Add(w.handled)
	return nil
}

func BenchmarkForkJoin(b *testing.B) {
	f := &forks{over: make(chan struct{}), branches: make([]*actor.PID, branches)}
	sys := start(b)
	from := spawn(b, sys, "driver", &driver{forks: f, left: b.N})
	for i := range f.branches {
		f.branches[i] = spawn(b, sys, nameOf(i), &branch{forks: f})
	}
	settle(b, f.branches...)
	measure(b, func() {
		ok(b, actor.Tell(background, from, fork{}))
		wait(b, f.over)
	})
	stop(b, sys)
	equal(b, f.handled.Load(), uint64(b.N), "handled")
	equal(b, f.outOfOrder.Load(), 0, "out of order")
}
