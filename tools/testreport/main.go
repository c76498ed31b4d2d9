// Command testreport says how many tests ran and which were skipped, and why.
//
//	go test -json ./... | testreport record FILE.json   keeps the events, shows failures
//	testreport sum FILE...                              counts what was kept
//
// It reads the events of go test (.json), JUnit files as pytest writes them
// (.xml), and lists of what could not run, a reason a line (.skip). The last
// line of sum is "N passed, N failed, N skipped". The exit code is 1 if a test
// failed or none ran.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) < 2 || args[0] != "record" && args[0] != "sum" || args[0] == "record" && len(args) != 2 {
		fmt.Fprintln(errs, "usage: testreport record FILE.json | testreport sum FILE...")
		return 2
	}
	if args[0] == "record" {
		failed, err := recordFile(args[1], in, out)
		if err != nil {
			fmt.Fprintln(errs, "testreport:", err)
			return 1
		}
		return code(failed)
	}
	total := tally{}
	for _, name := range args[1:] {
		part, err := readFile(name)
		if err != nil {
			fmt.Fprintln(errs, "testreport:", err)
			return 1
		}
		fmt.Fprintf(out, "%s: %s\n", name, part)
		total.add(part)
	}
	total.print(out)
	return code(total.failed > 0 || total.passed == 0)
}

func code(failed bool) int {
	if failed {
		return 1
	}
	return 0
}

func recordFile(name string, in io.Reader, out io.Writer) (failed bool, err error) {
	file, err := os.Create(name)
	if err != nil {
		return false, err
	}
	failed, err = record(io.TeeReader(in, file), out)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return failed, err
}
