package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchatops/oco/internal/config"
)

// DefaultData is the data directory of a bot without a configuration.
const DefaultData = "oco-data"

// The files in the data directory of a bot that runs, by which its operators
// reach it.
const (
	// OperatorSocket is where the bot listens for operators.
	OperatorSocket = "operator.sock"
	// OperatorKey holds the key of this run of the bot.
	OperatorKey = "operator.key"
	// OperatorAddress, if there is one, holds the endpoint that is used instead of
	// OperatorSocket, whose path can be too long for a socket.
	OperatorAddress = "operator.addr"
)

// Target says which bot is meant. Without flags it is that of OCO_ENDPOINT and
// OCO_KEY, and without these the one whose data is in ./oco-data.
type Target struct {
	Data   string `help:"Data directory of the bot." placeholder:"DIR" xor:"bot"`
	Config string `short:"c" help:"Configuration of the bot." placeholder:"FILE" xor:"bot"`
}

// access is how a bot is reached.
type access struct {
	endpoint, key string
	plain         bool   // the key may travel unencrypted
	data          string // the data directory, empty for a bot elsewhere
}

// find finds the bot: it reads files and calls nobody.
func (t Target) find(env *Env) (access, error) {
	data := t.Data
	switch {
	case data != "":
	case t.Config != "":
		c, err := config.Load(t.Config)
		if err != nil {
			return access{}, err
		}
		data = c.Data
	default:
		if endpoint := env.Getenv("OCO_ENDPOINT"); endpoint != "" {
			key := strings.TrimSpace(env.Getenv("OCO_KEY"))
			if key == "" {
				return access{}, Usage("OCO_ENDPOINT is set but OCO_KEY is not: set both, or use --data for a bot on this machine")
			}
			return access{endpoint: endpoint, key: key, plain: env.Getenv("OCO_INSECURE") == "1"}, nil
		}
		data = DefaultData
	}
	return findLocal(data)
}

func findLocal(data string) (access, error) {
	found := access{data: data}
	key, err := readRegular(filepath.Join(data, OperatorKey))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return access{}, notRunning(data)
	case errors.Is(err, fs.ErrPermission):
		return access{}, fmt.Errorf("the bot on %s belongs to another user: run this as the user that runs the bot", Printable(data))
	case err != nil:
		return access{}, fmt.Errorf("read the operator's key: %w", err)
	}
	found.key = strings.TrimSpace(string(key))
	address, err := readRegular(filepath.Join(data, OperatorAddress))
	switch {
	case err == nil:
		found.endpoint = strings.TrimSpace(string(address))
		if !strings.HasPrefix(found.endpoint, "unix:///") {
			return access{}, fmt.Errorf("%s does not hold a unix:///path: stop the bot, delete the file, start it again", Printable(filepath.Join(data, OperatorAddress)))
		}
	case errors.Is(err, fs.ErrNotExist):
		path, err := filepath.Abs(filepath.Join(data, OperatorSocket))
		if err != nil {
			return access{}, fmt.Errorf("find the data directory: %w", err)
		}
		found.endpoint = "unix://" + path
	default:
		return access{}, fmt.Errorf("read the operator's address: %w", err)
	}
	return found, nil
}

// readRegular reads a file that a bot left. Anything else that stands in its place, such
// as a pipe, would hold up who asks.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: stop the bot, delete it, start the bot again", Printable(path))
	}
	return os.ReadFile(path)
}

// ErrNotRunning is the error of a command that finds no bot on a data directory.
var ErrNotRunning = errors.New("no bot runs")

// A noBot says on which data directory.
type noBot string

// Error says what to do.
func (n noBot) Error() string {
	return fmt.Sprintf("no bot runs on %s: start one with `oco`, or name its data directory by --data or its configuration by -c", Printable(string(n)))
}

// Is says what it is.
func (n noBot) Is(err error) bool { return err == ErrNotRunning }

func notRunning(data string) error { return noBot(data) }
