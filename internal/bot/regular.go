package bot

import (
	"fmt"
	"io"
	"os"
)

// openRegular opens a regular file. A pipe that the configuration names would hold
// up who opens it, until somebody writes to it.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return os.Open(path)
}

// maxRegular bounds what is read whole.
const maxRegular = 4 << 20

// readRegular reads a regular file of at most 4 MiB.
func readRegular(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxRegular+1))
	if err == nil && len(data) > maxRegular {
		err = fmt.Errorf("%s is larger than %d MiB", path, maxRegular>>20)
	}
	return data, err
}
