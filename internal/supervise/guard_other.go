//go:build !linux

package supervise

import "errors"

type guard struct{}

func (*guard) close() {}

// StartGuard is not supported on this system.
func (s *Supervisor) StartGuard(...string) error { return errors.ErrUnsupported }

// Guard is not supported on this system.
func Guard() error { return errors.ErrUnsupported }
