package rpc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	ocov1 "github.com/openchatops/oco/gen/openchatops/v1"
	"github.com/openchatops/oco/internal/chat"
)

// queries asks the adapter what the bot does not keep. Nothing of it is on
// disk, and nothing is asked twice.
type queries struct {
	mu      sync.Mutex
	waiting map[string]*query
	sinks   map[*sink]struct{} // the streams of adapters
	latest  *sink
	came    chan struct{} // closed when a stream comes; nil: nobody waits for one
}

type query struct {
	plugin string
	answer chan *ocov1.QueryAnswer // holds one
}

// maxQueries bounds how many wait for an answer at once.
const maxQueries = 256

// listen makes a stream of the adapter the one that is asked. The function that
// it returns takes that back.
func (q *queries) listen(s *sink) func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sinks[s], q.latest = struct{}{}, s
	if q.came != nil {
		close(q.came)
		q.came = nil
	}
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.sinks, s)
		if q.latest == s {
			q.latest = nil
			for other := range q.sinks {
				q.latest = other
			}
		}
	}
}

// ask sends a query and waits for its answer.
func (q *queries) ask(ctx context.Context, query *ocov1.Query) (*ocov1.QueryAnswer, error) {
	id, waiting, err := q.send(query)
	if err != nil {
		return nil, err
	}
	// It counts until then, also if its caller leaves: the adapter has it.
	over := time.AfterFunc(queryTimeout, func() { q.forget(id) })
	select {
	case answer := <-waiting.answer:
		over.Stop()
		if answer == nil {
			return nil, chat.Refuse(chat.AdapterDisconnected, "the adapter did not answer within %s: ask again later", queryTimeout)
		}
		if answer.GetError().GetCode() != int32(codes.OK) {
			return nil, adapterError(answer)
		}
		return answer, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (q *queries) send(ask *ocov1.Query) (string, *query, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.latest == nil {
		return "", nil, chat.Refuse(chat.AdapterDisconnected, "no adapter is connected to ask: try again later")
	}
	if len(q.waiting) >= maxQueries {
		return "", nil, chat.Refuse(chat.QueueFull, "%d questions wait for the adapter already: try again later", maxQueries)
	}
	id := rand.Text()
	w := &query{plugin: q.latest.plugin, answer: make(chan *ocov1.QueryAnswer, 1)}
	q.waiting[id] = w
	ask.QueryId, ask.Timeout = id, durationProto(queryTimeout)
	q.latest.tell(ask)
	return id, w, nil
}

// forget ends the wait for an answer.
func (q *queries) forget(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w, ok := q.waiting[id]; ok {
		delete(q.waiting, id)
		close(w.answer)
	}
}

// answered takes the adapter's answer. One that nobody waits for any more, or
// that another plugin was asked for, is dropped.
func (q *queries) answered(plugin string, a *ocov1.QueryAnswer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w, ok := q.waiting[a.GetQueryId()]
	if !ok || w.plugin != plugin {
		return
	}
	delete(q.waiting, a.GetQueryId())
	w.answer <- a
}

// await waits until there is a stream of the adapter to ask.
func (q *queries) await(ctx context.Context) error {
	for {
		q.mu.Lock()
		if q.latest != nil {
			q.mu.Unlock()
			return nil
		}
		if q.came == nil {
			q.came = make(chan struct{})
		}
		came := q.came
		q.mu.Unlock()
		select {
		case <-came:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *queries) connected() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.latest != nil
}

// adapterError is why an adapter could not answer.
func adapterError(a *ocov1.QueryAnswer) error {
	s := a.GetError()
	switch codes.Code(s.GetCode()) {
	case codes.NotFound:
		return errNotThere
	case codes.Unimplemented, codes.FailedPrecondition:
		return chat.Refuse(chat.CapabilityMissing, "the adapter cannot tell: %s", s.GetMessage())
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return chat.Refuse(chat.AdapterDisconnected, "the adapter cannot tell now: %s", s.GetMessage())
	}
	return fmt.Errorf("the adapter failed to answer: %s", s.GetMessage())
}

// errNotThere says that the chat service does not have what was asked for.
var errNotThere = errors.New("the chat service does not have it")

// AnswerQueries takes answers to Query frames.
func (c *Core) AnswerQueries(ctx context.Context, req *ocov1.AnswerQueriesRequest) (*ocov1.AnswerQueriesResponse, error) {
	if err := checkBatch(ctx, "answers", len(req.GetAnswers()), req); err != nil {
		return nil, err
	}
	for _, answer := range req.GetAnswers() {
		c.queries.answered(caller(ctx).Name, answer)
	}
	return &ocov1.AnswerQueriesResponse{}, nil
}
