//go:build !(linux || darwin || freebsd)

package doctor

import "errors"

func mostFiles() (uint64, error) { return 0, errors.ErrUnsupported }

func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }

// writable is not known without writing.
func writable(string) error { return nil }
