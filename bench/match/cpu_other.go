//go:build !unix

package main

import "time"

var began = time.Now()

// cpu is the time that has passed, where the CPU time of a process is not known.
func cpu() time.Duration { return time.Since(began) }
