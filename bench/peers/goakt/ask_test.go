// SPDX-License-Identifier: MIT

package goakt

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tochemey/goakt/v4/actor"
	"github.com/tochemey/goakt/v4/reentrancy"
)

// As bench/ask.c: how long does somebody outside wait for an answer? An op is one question, from the call
// to the reply in hand; each reply must be the one to its question.
const (
	askTimeout  = 10 * time.Second
	quietBefore = 2 * time.Millisecond // each question of AskLatency/idle
)

var errWrongAnswer = errors.New("the reply is to another question")

type question struct {
	number uint64
}

type answer struct {
	number uint64
}

type oracle struct {
	quiet
}

func (*oracle) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case question:
		ctx.Response(answer{number: msg.number + 1})
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

// checkAnswer says what is wrong with a reply to the question with that number.
func checkAnswer(reply any, err error, number uint64) error {
	if err != nil {
		return err
	}
	if got, isAnswer := reply.(answer); !isAnswer || got.number != number+1 {
		return errWrongAnswer
	}
	return nil
}

// asking is one who asks and one who answers.
type asking struct {
	sys      actor.ActorSystem
	from, to *actor.PID
}

func startAsking(b *testing.B) *asking {
	sys := start(b)
	a := &asking{sys, spawn(b, sys, "sender", new(quiet)), spawn(b, sys, sinkName, new(oracle))}
	settle(b, a.from, a.to)
	return a
}

func (a *asking) ask(number uint64) error {
	reply, err := a.from.Ask(background, a.to, question{number}, askTimeout)
	return checkAnswer(reply, err, number)
}

func (a *asking) askByName(number uint64) error {
	reply, err := a.from.SendSync(background, sinkName, question{number}, askTimeout)
	return checkAnswer(reply, err, number)
}

func BenchmarkAsk(b *testing.B) {
	a := startAsking(b)
	measure(b, func() {
		for i := range uint64(b.N) {
			ok(b, a.ask(i))
		}
	})
	stop(b, a.sys)
}

func BenchmarkSendSync(b *testing.B) {
	a := startAsking(b)
	measure(b, func() {
		for i := range uint64(b.N) {
			ok(b, a.askByName(i))
		}
	})
	reportRate(b)
	stop(b, a.sys)
}

// timeEach asks b.N times and reports quantiles; before is called ahead of each question and is not timed.
func (a *asking) timeEach(b *testing.B, before func()) {
	times := make([]float64, b.N)
	var sum float64
	for i := range times {
		before()
		begin := time.Now()
		err := a.ask(uint64(i))
		times[i] = float64(time.Since(begin).Nanoseconds())
		ok(b, err)
		sum += times[i]
	}
	b.ReportMetric(sum/float64(b.N), "ns/op")
	b.ReportMetric(quantile(times, 0.5), "p50-ns")
	b.ReportMetric(quantile(times, 0.99), "p99-ns")
}

func BenchmarkAskLatency(b *testing.B) {
	b.Run("busy", func(b *testing.B) {
		a := startAsking(b)
		measure(b, func() { a.timeEach(b, func() {}) })
		stop(b, a.sys)
	})
	b.Run("idle", func(b *testing.B) {
		a := startAsking(b)
		a.timeEach(b, func() { time.Sleep(quietBefore) })
		stop(b, a.sys)
	})
}

// request asks an actor to ask another one. Who asked cannot be answered from a continuation, so the answer
// comes by a channel, as in GoAkt's own benchmark.
type request struct {
	number uint64
	answer chan<- error
}

// clerk asks the oracle whatever it is asked.
type clerk struct {
	quiet
	oracle *actor.PID
}

func (c *clerk) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case *request:
		call := ctx.Request(c.oracle, question{msg.number})
		if call == nil {
			msg.answer <- errors.New("Request: refused")
			return
		}
		call.Then(func(reply any, err error) { msg.answer <- checkAnswer(reply, err, msg.number) })
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
}

func requestAll(from, to *actor.PID, count uint64) error {
	answers := make(chan error, 1)
	for i := range count {
		if err := from.Tell(background, to, &request{i, answers}); err != nil {
			return err
		}
		if err := <-answers; err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkRequest(b *testing.B) {
	counts := shares(b.N)
	errs := make([]error, len(counts))
	a := startAsking(b)
	to := spawn(b, a.sys, "clerk", &clerk{oracle: a.to},
		actor.WithReentrancy(reentrancy.New(reentrancy.WithMode(reentrancy.AllowAll))))
	settle(b, to)
	measure(b, func() {
		var requesters sync.WaitGroup
		for i, count := range counts {
			requesters.Go(func() { errs[i] = requestAll(a.from, to, count) })
		}
		requesters.Wait()
	})
	for _, err := range errs {
		ok(b, err)
	}
	reportRate(b)
	stop(b, a.sys)
}
