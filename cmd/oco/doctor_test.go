package main

import (
	"strings"
	"testing"
)

// A configuration that lies here and was not named is not passed over.
func TestDoctorTellsOfAConfigurationThatItDidNotRead(t *testing.T) {
	p := program(t, "doctor")
	const says = "oco.yaml is here and was not read"
	if out, errs, _ := run(t, p, ""); strings.Contains(out, says) || !strings.Contains(out, "the defaults hold") {
		t.Errorf("without one it printed %q and %q", out, errs)
	}
	p = program(t, "doctor")
	write(t, p.Dir+"/oco.yaml", "nonsense\n")
	if out, errs, _ := run(t, p, ""); !strings.Contains(out, says) {
		t.Errorf("it printed %q and %q", out, errs)
	}
}
