// SPDX-License-Identifier: MIT

// Writes profiles of its own running for tests/pprof/agree.sh: CPU with labels, heap, mutex, block.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sort"
	"sync"
	"time"
)

type list[T any] struct{ items []T }

func (l *list[T]) push(item T) { l.items = append(l.items, item) }

type shape interface{ area(int) int }
type square struct{ side int }

//go:noinline
func (s square) area(n int) int { return work(n) + s.side }

//go:noinline
func work(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		h := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		sum += int(h[0])
	}
	return sum
}

func small(n int) int { return mix(n) + mix(n+1) }
func mix(n int) int   { return n*2654435761 ^ n>>7 }

//go:noinline
func recurse(n int) int {
	if n == 0 {
		return work(300)
	}
	return recurse(n-1) + small(n)
}

func sorted(n int) int {
	v := make([]int, n)
	for i := range v {
		v[i] = rand.Int()
	}
	sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
	return v[0]
}

var kept [][]byte
var sink int

func burn(ctx context.Context, kind string, until time.Time) {
	for i := 0; time.Now().Before(until); i++ {
		labels := pprof.Labels("actor", fmt.Sprintf("%s-%d", kind, i%3), "msg", kind)
		pprof.Do(ctx, labels, func(context.Context) {
			switch kind {
			case "Hash":
				sink += square{i}.area(2000)
			case "Sort":
				sink += sorted(5000)
			default:
				sink += recurse(20)
				var l list[int]
				for j := 0; j < 1000; j++ {
					l.push(small(j))
				}
				sink += len(l.items)
			}
		})
	}
}

func contend() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 200; j++ {
				mu.Lock()
				time.Sleep(10 * time.Microsecond)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

//go:noinline
func keep(n int) {
	for i := 0; i < n; i++ {
		kept = append(kept, bytes.Repeat([]byte{1}, 64<<(i%12)))
	}
}

func main() {
	runtime.MemProfileRate = 4096
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1000)
	dir := os.Args[1]
	file := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			panic(err)
		}
		return f
	}
	for _, name := range []string{"go_cpu.prof", "go_cpu2.prof"} {
		f := file(name)
		if err := pprof.StartCPUProfile(f); err != nil {
			panic(err)
		}
		until := time.Now().Add(1500 * time.Millisecond)
		var wg sync.WaitGroup
		for _, kind := range []string{"Hash", "Sort", "Call"} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				burn(context.Background(), kind, until)
			}()
		}
		wg.Wait()
		pprof.StopCPUProfile()
		f.Close()
	}
	keep(3000)
	contend()
	runtime.GC()
	for _, kind := range []string{"heap", "mutex", "block", "allocs", "goroutine"} {
		f := file("go_" + kind + ".prof")
		if err := pprof.Lookup(kind).WriteTo(f, 0); err != nil {
			panic(err)
		}
		f.Close()
	}
}
