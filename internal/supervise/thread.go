package supervise

import (
	"os/exec"
	"runtime"
)

// forker starts processes from one operating system thread that lives as long as they
// do: the kernel sends the parent death signal when the *thread* that forked ends, and
// Go ends threads as it likes.
type forker struct{ jobs chan forkJob }

type forkJob struct {
	cmd  *exec.Cmd
	done chan<- error
}

func newForker() *forker {
	f := &forker{jobs: make(chan forkJob)}
	go f.loop()
	return f
}

func (f *forker) loop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // else the thread would end with the goroutine
	for job := range f.jobs {
		job.done <- job.cmd.Start()
	}
}

// start starts cmd and returns when it is executed or has failed.
func (f *forker) start(cmd *exec.Cmd) error {
	done := make(chan error)
	f.jobs <- forkJob{cmd, done}
	return <-done
}

// close ends the thread. Call it when every process has ended.
func (f *forker) close() { close(f.jobs) }
