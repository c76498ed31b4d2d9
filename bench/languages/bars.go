package main

import "github.com/openchatops/oco/bench/verdict"

// bars are what the libraries for other languages are held to. At one in flight the
// contract costs something besides the calls: no more than as much again. At 64 a library
// carries so much together that it must be cheaper than a call for each message, whatever
// the bot does besides.
var bars = []bar{
	{off, 1, "CPU of the handler / call", verdict.AtMost(2), call, cpu},
	{off, 1, "p50 / call", verdict.AtMost(2), call, p50},
	{off, 64, "CPU of the handler / call", verdict.AtMost(0.6), call, cpu},
	{off, 64, "rate / call", verdict.AtLeast(1), call, rate},
	{durable, 64, "rate / call", verdict.AtLeast(1), call, rate},
}
