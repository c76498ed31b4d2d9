package oco

func runAsPlugin() {}
