// SPDX-License-Identifier: MIT

package goakt

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tochemey/goakt/v4/actor"
)

// As bench/tell.c: senders outside, as many as processors, tell one receiver; an op is one message, sent and
// handled. Each sender keeps at most a window of messages on the way. The receiver checks the order of
// each sender's messages, or the first and last byte of the payload.
const (
	windowMessages = 32768
	windowOfKind   = 4096
	windowBytes    = 16 << 20
	publishEvery   = 32 // the receiver says so often how far it is; a divisor of each window
	sinkName       = "receiver"
	payloadByte    = 0xA5
)

var payloadSizes = []int{0, 64, 1024, 8192, 65536}

type told struct {
	sequence uint64
	sender   uint32
}

type parcel struct {
	sender uint32
	data   []byte
}

// progress is how far the receiver is with one sender's messages, on a cache line of its own.
type progress struct {
	handled atomic.Uint64
	_       [120]byte
}

type sink struct {
	quiet
	over        chan struct{}
	total       uint64
	handled     uint64
	size        int // of a payload
	handledFrom []uint64
	progress    []progress
	faults      atomic.Uint64 // out of order or damaged
}

func (s *sink) noteHandled(sender uint32) {
	s.handledFrom[sender]++
	if s.handledFrom[sender]%publishEvery == 0 {
		s.progress[sender].handled.Store(s.handledFrom[sender])
	}
	if s.handled++; s.handled == s.total {
		close(s.over)
	}
}

func (s *sink) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case told:
		if msg.sequence != s.handledFrom[msg.sender] {
			s.faults.Add(1)
		}
		s.noteHandled(msg.sender)
	case *parcel:
		last := len(msg.data) - 1
		if len(msg.data) != s.size ||
			(s.size > 0 && (msg.data[0] != payloadByte || msg.data[last] != payloadByte)) {
			s.faults.Add(1)
		}
		s.noteHandled(msg.sender)
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

// waitForRoom waits until at most the window is on the way.
func (s *sink) waitForRoom(sender uint32, sent, window uint64) {
	for sent > window+s.progress[sender].handled.Load() {
		time.Sleep(20 * time.Microsecond)
	}
}

// telling is how one of these benchmarks differs from the others.
type telling struct {
	window  uint64 // messages on the way per sender
	size    int
	mailbox actor.Mailbox
	message func(sender uint32, sequence uint64) any
	byName  bool // the receiver is looked up for each message
}

func tellMessage(sender uint32, sequence uint64) any {
	return told{sequence: sequence, sender: sender}
}

// sendAll sends one sender's share.
func (how *telling) sendAll(from, to *actor.PID, s *sink, sender uint32, count uint64) error {
	for i := range count {
		if i%publishEvery == 0 {
			s.waitForRoom(sender, i, how.window)
		}
		var err error
		if how.byName {
			err = from.SendAsync(background, sinkName, how.message(sender, i))
		} else {
			err = from.Tell(background, to, how.message(sender, i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (how *telling) run(b *testing.B) {
	counts := shares(b.N)
	errs := make([]error, len(counts))
	s := &sink{
		over:        make(chan struct{}),
		total:       uint64(b.N),
		size:        how.size,
		handledFrom: make([]uint64, len(counts)),
		progress:    make([]progress, len(counts)),
	}
	sys := start(b)
	from := make([]*actor.PID, len(counts))
	for i := range from {
		from[i] = spawn(b, sys, nameOf(i), new(quiet))
	}
	to := spawn(b, sys, sinkName, s, actor.WithMailbox(how.mailbox))
	settle(b, append(from, to)...)
	measure(b, func() {
		var senders sync.WaitGroup
		for i, count := range counts {
			senders.Go(func() { errs[i] = how.sendAll(from[i], to, s, uint32(i), count) })
		}
		senders.Wait()
		for _, err := range errs {
			ok(b, err)
		}
		wait(b, s.over)
	})
	stop(b, sys)
	equal(b, s.faults.Load(), 0, "out of order or damaged")
}

func BenchmarkTell(b *testing.B) {
	how := telling{window: windowMessages, mailbox: actor.NewUnboundedMailbox(), message: tellMessage}
	how.run(b)
}

func BenchmarkSendAsync(b *testing.B) {
	how := telling{window: windowMessages, mailbox: actor.NewUnboundedMailbox(), message: tellMessage,
		byName: true}
	how.run(b)
	reportRate(b)
}

func newPayload(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = payloadByte
	}
	return data
}

func tellPayload(b *testing.B, message func(pattern []byte) func(uint32, uint64) any) {
	for _, size := range payloadSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			window := min(windowBytes/(size+64)/runtime.GOMAXPROCS(0), windowMessages)
			how := telling{
				window:  uint64(max(window, 2*publishEvery)),
				size:    size,
				mailbox: actor.NewUnboundedMailbox(),
				message: message(newPayload(size)),
			}
			b.SetBytes(int64(size))
			how.run(b)
		})
	}
}

// Each message has a payload of its own, as akt's have.
func BenchmarkTellPayload(b *testing.B) {
	tellPayload(b, func(pattern []byte) func(uint32, uint64) any {
		return func(sender uint32, _ uint64) any {
			return &parcel{sender: sender, data: append([]byte(nil), pattern...)}
		}
	})
}

// All messages share one payload: what GoAkt's own benchmark of this name does, for messages between
// its actors are pointers.
func BenchmarkTellPayloadShared(b *testing.B) {
	tellPayload(b, func(pattern []byte) func(uint32, uint64) any {
		return func(sender uint32, _ uint64) any {
			return &parcel{sender: sender, data: pattern}
		}
	})
}

// bySequence keeps each sender's order, which a heap of equals would not. What GoAkt itself sends comes first.
func bySequence(one, other any) bool {
	a, isTold := one.(told)
	if !isTold {
		return true
	}
	c, isTold := other.(told)
	return isTold && a.sequence < c.sequence
}

func BenchmarkMailboxTell(b *testing.B) {
	// A limit that the windows never reach: what is measured is its price, not its effect.
	capacity := func() int { return (windowOfKind + 2*publishEvery) * runtime.GOMAXPROCS(0) }
	kinds := []struct {
		name    string
		mailbox func() actor.Mailbox
	}{
		{"Unbounded", func() actor.Mailbox { return actor.NewUnboundedMailbox() }},
		{"UnboundedSegmented", func() actor.Mailbox { return actor.NewUnboundedSegmentedMailbox() }},
		{"Bounded", func() actor.Mailbox { return actor.NewBoundedMailbox(capacity()) }},
		{"UnboundedPriority", func() actor.Mailbox {
			return actor.NewUnboundedPriorityMailBox(bySequence)
		}},
		{"UnboundedFair", func() actor.Mailbox { return actor.NewUnboundedFairMailbox() }},
	}
	for _, kind := range kinds {
		b.Run(kind.name, func(b *testing.B) {
			how := telling{window: windowOfKind, mailbox: kind.mailbox(), message: tellMessage}
			how.run(b)
		})
	}
}
