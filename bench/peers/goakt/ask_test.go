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
	for i := range times {
		before()
		begin := time.Now()
		err := a.ask(uint64(i))
		times[i] = float64(time.Since(begin).Nanoseconds())
		ok(b, err)
	}
	reportTimes(b, times)
}

func reportTimes(b *testing.B, times []float64) {
	var sum float64
	for _, each := range times {
		sum += each
	}
	b.ReportMetric(sum/float64(b.N), "ns/op")
	b.ReportMetric(quantile(times, 0.5), "p50-ns")
	b.ReportMetric(quantile(times, 0.99), "p99-ns")
}

// asker asks the oracle as often as it is told, one question after the other's answer, in whose
// continuation the time is taken.
type asker struct {
	quiet
	oracle *actor.PID
	begin  time.Time
}

// askAll is what the asker is told: once for each question, as a continuation cannot ask again.
type askAll struct {
	times []float64
	asked int
	over  chan<- error
}

func (a *asker) Receive(ctx *actor.ReceiveContext) {
	switch msg := ctx.Message().(type) {
	case *askAll:
		self := ctx.Self()
		number := uint64(msg.asked)
		a.begin = time.Now()
		call := ctx.Request(a.oracle, question{number})
		if call == nil {
			msg.over <- errors.New("Request: refused")
			return
		}
		call.Then(func(reply any, err error) {
			msg.times[msg.asked] = float64(time.Since(a.begin).Nanoseconds())
			msg.asked++
			err = checkAnswer(reply, err, number)
			if err == nil && msg.asked < len(msg.times) {
				err = self.Tell(background, self, msg)
				if err == nil {
					return
				}
			}
			msg.over <- err
		})
	case *actor.PostStart:
	default:
		ctx.Unhandled()
	}
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
	b.Run("actor", func(b *testing.B) {
		a := startAsking(b)
		by := spawn(b, a.sys, "asker", &asker{oracle: a.to},
			actor.WithReentrancy(reentrancy.New(reentrancy.WithMode(reentrancy.AllowAll))))
		settle(b, by)
		over := make(chan error, 1)
		times := make([]float64, b.N)
		measure(b, func() {
			ok(b, a.from.Tell(background, by, &askAll{times, 0, over}))
			ok(b, <-over)
		})
		reportTimes(b, times)
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
