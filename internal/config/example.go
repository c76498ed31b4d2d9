package config

import _ "embed" // for the example

//go:embed example.yaml
var example string

// Example returns an annotated configuration with every key.
func Example() string { return example }
