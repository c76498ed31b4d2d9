// Package authz decides who may use a route.
//
// The bot is the only one that decides, and every check fails closed: what is
// not known is refused.
package authz
