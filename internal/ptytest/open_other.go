//go:build !linux

package ptytest

import (
	"errors"
	"os"
)

// Open is not there yet: it returns an error that is [errors.ErrUnsupported].
func Open() (person, program *os.File, err error) {
	return nil, nil, errors.ErrUnsupported
}

func resize(*os.File, int, int) error { return errors.ErrUnsupported }
