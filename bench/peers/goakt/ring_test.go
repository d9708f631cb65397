// SPDX-License-Identifier: MIT

package goakt

import (
	"sync/atomic"
	"testing"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/thread_ring.c: a token goes around a ring of 503. An op is one hop. Where it ends and how often the
// members were visited is checked.
const ringSize = 503

type token struct{ left uint64 }

type join struct{ next *actor.PID }

type ring struct {
	over    chan struct{}
	last    *actor.PID    // who held the token at the end
	handled atomic.Uint64 // added up when the members stop
}

type member struct {
	quiet
	ring    *ring
	next    *actor.PID
	handled uint64
}

func (m *member) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case token:
		m.handled++
		if msg.left == 0 {
			m.ring.last = ctx.Self()
			close(m.ring.over)
			return
		}
		ctx.Tell(m.next, token{msg.left - 1})
	case join:
		m.next = msg.next
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func (m *member) PostStop(*actor.Context) error {
	m.ring.handled.Add(m.handled)
	return nil
}

func BenchmarkThreadRing(b *testing.B) {
	r := &ring{over: make(chan struct{})}
	left := uint64(b.N - 1)
	sys := start(b)
	members := make([]*actor.PID, ringSize)
	for i := range members {
		members[i] = spawn(b, sys, nameOf(i), &member{ring: r})
	}
	for i := range members {
		ok(b, actor.Tell(background, members[i], join{members[(i+1)%ringSize]}))
	}
	settle(b, members...)
	measure(b, func() {
		ok(b, actor.Tell(background, members[0], token{left}))
		wait(b, r.over)
	})
	equal(b, r.last, members[left%ringSize], "the last to have the token")
	stop(b, sys)
	equal(b, r.handled.Load(), uint64(b.N), "hops")
}
