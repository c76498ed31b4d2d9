// Command flood attacks the real bot as a hostile plugin would, or somebody
// without a key, and measures what that costs the bot and a plugin that behaves.
//
//	go run ./bench/flood                        # every attack, 30 s each: about 35 minutes
//	go run ./bench/flood -attack resets,register
//	go run ./bench/flood -length 5s -list
//
// Each attack meets a bot of its own, `oco run` built from this tree, with its
// store on disk. The attacker is a process of its own with -connections
// connections. The attacks on HTTP/2 itself speak it bare and take no notice of
// what the bot announces: the library of a client would. Each is made with the key
// of a plugin and without one.
//
// Meanwhile a plugin that behaves, with a key and a connection of its own, makes
// 100 calls a second; the latency of a call counts from when it was due. Attacker,
// bot and that plugin share the processor, so after each attack a control of its
// kind is made in the same way on a bare grpc-go server with tight limits that
// does nothing but answer: what is as slow there is no fault of the bot's.
//
// Memory is what the bot has resident: right before, and the highest, sampled each
// 20 ms.
package main
