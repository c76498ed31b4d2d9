package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A service is a chat service for one adapter. It lives in the test, so it knows
// what was posted whoever dies. It hands a message out again and again, to each
// new process of the adapter, until the adapter acknowledges it.
type service struct {
	t          *testing.T
	url        string
	idempotent bool // it recognises repeats by their token

	mu      sync.Mutex
	changed chan struct{} // closed and renewed at every change
	inbox   []*incoming
	posts   []post
	pids    map[string]int // the newest process of each role
	closed  chan struct{}
	seen    map[string]int    // how often each step was reached
	trap    func(step string) // called at each step, before its process goes on
}

type incoming struct {
	ID, Text string
	acked    bool
	at       int64 // when the bot had it, by monotonic, if the adapter says so
	taken    int   // the process that has it
}

// A post is a message that the bot had posted.
type post struct {
	Room, Text, Token string
	Reason            int
	Repeat            bool
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, changed: make(chan struct{}), closed: make(chan struct{}), pids: map[string]int{}, seen: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", s.hello)
	mux.HandleFunc("/step", func(w http.ResponseWriter, r *http.Request) { s.reach(r.FormValue("step")) })
	mux.HandleFunc("/next", s.next)
	mux.HandleFunc("/ack", s.ack)
	mux.HandleFunc("/post", s.post)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		close(s.closed)
		server.CloseClientConnections()
		server.Close()
	})
	s.url = server.URL
	return s
}

// change changes what the service knows.
func (s *service) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// say lets a person say something.
func (s *service) say(id, text string) {
	s.change(func() { s.inbox = append(s.inbox, &incoming{ID: id, Text: text}) })
}

func (s *service) hello(_ http.ResponseWriter, r *http.Request) {
	pid, err := strconv.Atoi(r.FormValue("pid"))
	if err != nil {
		s.t.Errorf("a plugin has the process id %q", r.FormValue("pid"))
	}
	s.change(func() { s.pids[r.FormValue("role")] = pid })
}

// reach notes that a process has come to a step. It goes on when this returns,
// if it still lives.
func (s *service) reach(step string) {
	var trap func(string)
	s.change(func() {
		s.seen[step]++
		trap = s.trap
	})
	if trap != nil {
		trap(step)
	}
}

// next answers the oldest message that is neither acknowledged nor in the hands
// of the process that asks.
func (s *service) next(w http.ResponseWriter, r *http.Request) {
	pid, err := strconv.Atoi(r.FormValue("pid"))
	if err != nil {
		s.t.Errorf("the adapter has the process id %q", r.FormValue("pid"))
	}
	for end := time.After(20 * time.Second); ; {
		s.mu.Lock()
		changed := s.changed
		var found *incoming
		for _, m := range s.inbox {
			if !m.acked && m.taken != pid {
				found = m
				m.taken = pid
				break
			}
		}
		s.mu.Unlock()
		if found != nil {
			answer(s.t, w, found)
			return
		}
		select {
		case <-changed:
		case <-s.closed:
			return
		case <-end:
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
}

func (s *service) ack(_ http.ResponseWriter, r *http.Request) {
	at, err := strconv.ParseInt(r.FormValue("at"), 10, 64)
	if err != nil && r.FormValue("at") != "" {
		s.t.Errorf("the adapter says that it was %q", r.FormValue("at"))
	}
	s.change(func() {
		for _, m := range s.inbox {
			if m.ID == r.FormValue("id") {
				m.acked, m.at = true, at
			}
		}
	})
}

func (s *service) post(w http.ResponseWriter, r *http.Request) {
	var p post
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return // its sender died in the middle
	}
	id := 0
	s.change(func() {
		for i, other := range s.posts {
			if s.idempotent && other.Token == p.Token {
				id = i + 1
			}
		}
		if id == 0 {
			s.posts = append(s.posts, p)
			id = len(s.posts)
		}
	})
	s.reach("recorded")
	answer(s.t, w, "post-"+strconv.Itoa(id))
}

func answer(t *testing.T, w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Logf("the service's answer was not heard: %v", err)
	}
}

func (s *service) acked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.inbox {
		if !m.acked {
			return false
		}
	}
	return true
}

func (s *service) posted() []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]post(nil), s.posts...)
}

func (s *service) pid(role string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pids[role]
}

func (s *service) reached(step string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[step]
}

// expect waits until something with this text was posted.
func (s *service) expect(holds func(post) bool, what string) post {
	s.t.Helper()
	var found post
	await(s.t, what+" is posted", func() bool {
		for _, p := range s.posted() {
			if holds(p) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}
