package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/openchatops/oco/bench/subject"
)

// serveControl is the life of the control: a gRPC server with tight limits that
// only answers. It tells its address, and ends with its standard input.
func serveControl(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	s := grpc.NewServer(grpc.MaxConcurrentStreams(100), grpc.MaxHeaderListSize(16<<10), grpc.MaxRecvMsgSize(1<<20))
	healthpb.RegisterHealthServer(s, health.NewServer())
	go func() {
		_, _ = io.Copy(io.Discard, in) // it ends when the driver does, whatever the error
		s.Stop()
	}()
	return s.Serve(l)
}

// A control runs.
type control struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
}

func startControl() (*control, error) {
	cmd, err := part("control")
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		return nil, fmt.Errorf("the control did not come up: %w", err)
	}
	return &control{cmd, in, strings.TrimSpace(string(line[:n]))}, nil
}

func (c *control) stop() error {
	if err := c.in.Close(); err != nil {
		return err
	}
	return c.cmd.Wait()
}

// envPart names the part that a process of this program plays.
const envPart = "FLOOD_PART"

// part is this program again, as another part.
func part(name string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envPart+"="+name)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = subject.Tied()
	return cmd, nil
}

// play plays the part of this process, if it has one.
func play() (done bool, err error) {
	switch name := os.Getenv(envPart); name {
	case "":
		return false, nil
	case "attacker":
		return true, obey(os.Stdin, os.Stdout)
	case "control":
		return true, serveControl(os.Stdin, os.Stdout)
	default:
		return true, fmt.Errorf("%s: there is no part %q", envPart, name)
	}
}
