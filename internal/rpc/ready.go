package rpc

// Readiness says whether the bot is ready, and if not, what it lacks, in words
// that anybody may read: it takes part only if it does not stop, and if a replica
// of the adapter serves the account and is connected to the chat service. It does
// not block.
func (c *Core) Readiness() (ok bool, why string) {
	if ok, _ := c.opt.State(); !ok {
		return false, "the bot stops"
	}
	if !c.queries.connected() {
		return false, "no adapter serves the account"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.account.connected {
		return false, "the adapter is not connected to the chat service"
	}
	return true, ""
}
