//go:build !linux

package doctor

func holder(string) string { return "another process" }
