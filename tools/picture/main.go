// Command picture draws a recorded screen of a terminal.
//
//	picture SCREEN.screen PICTURE.svg
//
// The screen is text with codes of colours, ESC written as \e, as the tests of
// the terminal record it.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, errs io.Writer) int {
	if len(args) != 2 {
		fmt.Fprintln(errs, "usage: picture SCREEN.screen PICTURE.svg") //nolint:errcheck // the end
		return 2
	}
	screen, err := os.ReadFile(args[0])
	if err == nil {
		var picture []byte
		if picture, err = draw(string(screen)); err == nil {
			err = os.WriteFile(args[1], picture, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(errs, "picture:", err) //nolint:errcheck // the end
		return 1
	}
	return 0
}
