package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/openchatops/oco/internal/cli"
)

// version is set by the linker; without that the build tells.
var version string

// without names features of the protocol that this build has not, with spaces
// between. It is set by the linker, for tests of plugins against an older bot.
var without string

// versionCommand is `oco version`.
type versionCommand struct{}

// Run prints the version of this program.
func (versionCommand) Run(env *cli.Env) error {
	_, err := fmt.Fprintf(env.Stdout, "oco %s %s/%s %s\n", versionText(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}

// versionText gives the version, "devel" if nobody knows it.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	text := info.Main.Version
	if text == "" || text == "(devel)" {
		text = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && text == "devel" {
			text += "-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return text
}
