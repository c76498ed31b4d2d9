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

type verdict struct {
	Message string `xml:"message,attr"`
}

func sumJUnit(in io.Reader) (tally, error) {
	var t tally
	var document struct {
		Suites []struct {
			Cases []testCase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.NewDecoder(in).Decode(&document); err != nil {
		return t, err
	}
	for _, suite := range document.Suites {
		for _, c := range suite.Cases {
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
	}
	return t, nil
}
