package yardstick

// Message is the message with a number: 318 bytes for small numbers.
func Message(number uint64) *Envelope {
	return &Envelope{
		Number: number, Id: "01JD9Z6X4T8Q2W5R7N3M0K1H6G", TimeNs: 1763850000123456789,
		Person: &Person{Id: "U02ABCDEF", Name: "alice.liddell", DisplayName: "Alice Liddell"},
		Place:  &Place{Id: "C7Q2W5R7N3", Name: "platform-engineering", Kind: 2},
		Thread: "1763849999.000200",
		Text:   "restart the payments service in the western region and tell whoever is on call as soon as the first machines have answered their health checks again, go ahead",
		Route:  "restart/restart",
	}
}
