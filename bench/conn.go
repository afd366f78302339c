package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

const trips = 20000

// roundTrips measures conn over two operating system pipes in one process, and the same bytes without it.
func roundTrips(ctx context.Context, _ string) error {
	request := &protocol.PrefetchPackageRequest{PackageID: "Contoso.Core", PackageSourceRepository: feedURL, PackageVersion: "1.0.0"}
	bare, err := pingPong(request)
	if err != nil {
		return err
	}
	ours, err := connTrips(ctx, request)
	if err != nil {
		return err
	}
	bare2, err := pingPong(request) // again, so that a machine that grew slower shows
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %14s %14s %16s\n", "one call at a time over a pipe", "trips a second", "times bare", "bytes a message")
	base := min(bare.took, bare2.took)
	for _, m := range []measured{{"bare ping-pong of the same bytes", base, bare.bytes}, ours} {
		fmt.Printf("%-34s %14.0f %14.2f %16.0f\n", m.name, trips/m.took.Seconds(), float64(m.took)/float64(base), m.bytes)
	}
	return nil
}

type measured struct {
	name  string
	took  time.Duration
	bytes float64 // allocated for each of the two messages of a round trip
}

// measure runs f and tells what it cost.
func measure(name string, f func() error) (measured, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	err := f()
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return measured{name, took, float64(after.TotalAlloc-before.TotalAlloc) / (2 * trips)}, err
}

// pipes makes two connected ends.
func pipes() (a, b io.ReadWriteCloser, err error) {
	r1, w1, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	return conn.Join(r1, w2), conn.Join(r2, w1), nil
}

// pingPong sends the lines that a request and its answer are, and reads them, without looking at them.
func pingPong(r protocol.Request) (measured, error) {
	request, err := protocol.NewRequest("3f1c7a52-9b7e-4c55-8a0e-0d5b0c8f7f11", r)
	if err != nil {
		return measured{}, err
	}
	response, err := protocol.NewResponse(request.RequestID, &protocol.PrefetchPackageResponse{})
	if err != nil {
		return measured{}, err
	}
	ping, err := request.Encode()
	if err != nil {
		return measured{}, err
	}
	pong, err := response.Encode()
	if err != nil {
		return measured{}, err
	}
	a, b, err := pipes()
	if err != nil {
		return measured{}, err
	}
	defer a.Close()
	defer b.Close()
	go func() {
		for lines := bufio.NewReader(b); ; {
			if _, err := lines.ReadSlice('\n'); err != nil {
				return
			}
			if _, err := b.Write(pong); err != nil {
				return
			}
		}
	}()
	lines := bufio.NewReader(a)
	return measure("bare ping-pong of the same bytes", func() error {
		for range trips {
			if _, err := a.Write(ping); err != nil {
				return err
			}
			if _, err := lines.ReadSlice('\n'); err != nil {
				return err
			}
		}
		return nil
	})
}

func connTrips(ctx context.Context, r protocol.Request) (measured, error) {
	a, b, err := pipes()
	if err != nil {
		return measured{}, err
	}
	opened := make(chan error, 1)
	go func() {
		_, err := conn.Open(ctx, b, protocol.Plugin, &conn.Options{Handlers: map[protocol.Method]conn.Handler{
			protocol.MethodPrefetchPackage: func(context.Context, *conn.Request) (protocol.Response, error) {
				return &protocol.PrefetchPackageResponse{}, nil
			},
		}})
		opened <- err
	}()
	c, err := conn.Open(ctx, a, protocol.Client, nil)
	if err != nil {
		return measured{}, err
	}
	if err := <-opened; err != nil {
		return measured{}, err
	}
	m, err := measure("conn", func() error {
		for range trips {
			if _, err := c.Call(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	c.Close()
	_ = c.Wait()
	return m, err
}
