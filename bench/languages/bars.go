package main

var bars = []bar{
	{off, 1, "CPU of the handler / call", false, 2, call, cpu},
	{off, 64, "rate / call", true, 1, call, rate},
	{off, 64, "CPU of the handler / call", false, 0.6, call, cpu},
	{durable, 64, "rate / call", true, 0.8, call, rate},
}
