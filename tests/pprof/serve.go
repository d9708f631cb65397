// SPDX-License-Identifier: MIT

// Serves profiles of itself as net/http/pprof does, for tests/pprof/sources.sh. Says its port.
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"runtime"
)

var kept [][]byte

//go:noinline
func grow(n int) {
	for i := 0; i < n; i++ {
		kept = append(kept, make([]byte, 1<<16))
	}
}

func main() {
	grow(200)
	runtime.GC()
	runtime.MemProfileRate = 0 // nothing is added any more
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
