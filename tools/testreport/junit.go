package main

import (
	"encoding/xml"
	"io"
)

// A testCase is the part of a JUnit test case that is counted.
type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Failure *verdict `xml:"failure"`
	Error   *verdict `xml:"error"`
	Skipped *verdict `xml:"skipped"`
}

type suite struct {
	Suites []suite    `xml:"testsuite"`
	Cases  []testCase `xml:"testcase"`
}

type verdict struct {
	Message string `xml:"message,attr"`
}

func sumJUnit(in io.Reader) (tally, error) {
	var t tally
	var document suite
	err := xml.NewDecoder(in).Decode(&document)
	document.count(&t)
	return t, err
}

// count counts the cases of a suite and of those in it. Node's runner has cases that
// are in no suite.
func (s suite) count(t *tally) {
	for _, c := range s.Cases {
		name := c.Class + " " + c.Name
		switch {
		case c.Failure != nil || c.Error != nil:
			t.failed++
			t.failures = append(t.failures, name)
		case c.Skipped != nil:
			t.skips = append(t.skips, name+": "+c.Skipped.Message)
		default:
			t.passed++
		}
	}
	for _, inner := range s.Suites {
		inner.count(t)
	}
}
