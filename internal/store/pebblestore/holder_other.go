//go:build !unix

package pebblestore

// lockHolder is the process that has a file locked, 0: the system does not say.
func lockHolder(string) int { return 0 }
