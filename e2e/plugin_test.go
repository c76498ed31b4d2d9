package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
)

// plugin runs this binary as a plugin: ROLE SERVICE-URL [FILE].
func plugin(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "plugin ROLE URL [FILE]")
		return 2
	}
	role, room := args[0], &site{url: args[1]}
	file := ""
	if len(args) > 2 {
		file = args[2]
	}
	run := plugins[role]
	if run == nil {
		fmt.Fprintf(os.Stderr, "there is no plugin %q\n", role)
		return 2
	}
	if err := room.call("/hello", url.Values{"role": {role}}, nil, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run(room, file)
}

// plugins are what this binary can be.
var plugins = map[string]func(*site, string) int{
	"adapter":    runAdapter,
	"collapsing": runCollapsingAdapter,
	"crowd":      runCrowd,
	"town":       runTown,
	"handler":    runHandler,
	"fleet":      runFleet,
	"raw":        runRawHandler,
	"rawfar":     runRawFar,
	"breeds":     runBreeds,
	"builder":    runBuilder,
	"exits":      runExits,
	"never":      runNever,
	"hangs":      runHangs,
	"deaf":       runDeaf,
	"deeds":      runDeedAdapter,
	"bad":        runBadPattern,
	"traces":     runTraces,
	"cells":      runCells,
	"secrets":    runSecrets,
	"worded":     runWorded,
	"clerk":      runClerk,
}

// A site is the chat service as its clients see it.
type site struct{ url string }

// step tells the service that this process has come to a step. If the process
// is to die there, it does not return.
func (s *site) step(name string) {
	if err := s.call("/step", url.Values{"step": {name}}, nil, nil); err != nil {
		fmt.Fprintln(os.Stderr, "step", name, err)
	}
}

// call calls the service; it reads the answer into out unless that is nil.
func (s *site) call(path string, form url.Values, in, out any) error {
	return s.callUntil(context.Background(), path, form, in, out)
}

// callUntil is call until ctx ends.
func (s *site) callUntil(ctx context.Context, path string, form url.Values, in, out any) error {
	form.Set("pid", strconv.Itoa(os.Getpid()))
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path+"?"+form.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", path, answer.Status)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

// count appends a line to the file of runs, on the disk before it returns.
func count(file, line string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}
