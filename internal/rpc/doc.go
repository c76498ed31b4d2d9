// Package rpc translates between the wire and the bot's own types, and
// authenticates callers.
//
// [Core] has one method for each RPC. [NewServer] serves it by gRPC; the HTTP
// port serves the same methods through [Core.Authorize] and [Status]. Every
// call is authenticated and its role checked before its message is read, and a
// method without a rule cannot be served.
package rpc
