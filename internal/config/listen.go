package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

func (r *reader) listen(path string, n ast.Node, to *Listen) {
	r.fields(path, n, map[string]field{
		"http": {"The address, host:port, of Connect/JSON, `/metrics`, `/healthz` and `/readyz`. `\"\"` is off.", "127.0.0.1:8765",
			func(p string, n ast.Node) { r.address(p, n, &to.HTTP) }},
		"grpc": {"The address, host:port, for plugins on other machines, by gRPC with TLS. `\"\"` is off.", "",
			func(p string, n ast.Node) { r.address(p, n, &to.GRPC) }},
		"advertise": {"The host, or host:port, that plugins on other machines dial. Without it: the address of `grpc`, or the name of this machine if that is every address.", "",
			func(p string, n ast.Node) { r.advertise(p, n, &to.Advertise) }},
		"tls": {"The certificate that `grpc` shows, or `off` for plain text. Without it the bot makes one and keeps it in data/tls; keys come with its pin.", "",
			func(p string, n ast.Node) { r.tls(p, n, &to.TLS) }},
		"insecure": {"Whether plain text is allowed beyond this machine.", "",
			func(p string, n ast.Node) { to.Insecure, _ = r.flag(p, n) }},
	})
	r.plain(path+".http", to.HTTP, to.Insecure, "use 127.0.0.1 behind a proxy with TLS, or write `insecure: true` beside it")
	if to.TLS.Off {
		r.plain(path+".grpc", to.GRPC, to.Insecure, "take `tls: off` out, or write `insecure: true` beside it")
	}
	if to.GRPC == "" {
		for _, key := range []string{"tls", "advertise"} {
			if _, seen := r.at[path+"."+key]; seen && (key == "tls" || to.Advertise != "") {
				r.wrong(path+"."+key, "`%s` is for `listen.grpc`, which is off: give that an address such as \":9000\"", path+"."+key)
			}
		}
	}
	if to.GRPC != "" && to.GRPC == to.HTTP && !strings.HasSuffix(to.GRPC, ":0") {
		r.wrong(path+".grpc", "`%s` is the address of `listen.http` as well", r.show(path+".grpc", to.GRPC))
	}
}

// plain refuses plaintext beyond loopback unless the operator wants it.
func (r *reader) plain(path, address string, insecure bool, advice string) {
	if address != "" && !insecure && !loopback(address) {
		r.wrong(path, "`%s` is reachable from other machines, and keys would cross the network in plain text; %s", r.show(path, address), advice)
	}
}

// tls reads `off`, or the files of a certificate.
func (r *reader) tls(path string, n ast.Node, to *TLS) {
	if _, word := n.(*ast.StringNode); word {
		_, to.Off = r.choice(path, n, "off")
		return
	}
	if !r.fields(path, n, map[string]field{
		"cert": {"The PEM file of the certificate.", "", func(p string, n ast.Node) { r.path(p, n, &to.Cert) }},
		"key":  {"The PEM file of its key.", "", func(p string, n ast.Node) { r.path(p, n, &to.Key) }},
	}) {
		return
	}
	for _, key := range []string{"cert", "key"} {
		if _, seen := r.at[path+"."+key]; !seen {
			r.wrong(path, "`%s` has no `%s`: write `tls: {cert: FILE, key: FILE}`, or leave `tls` out for a certificate that the bot makes", path, key)
			return
		}
	}
}

// advertise reads what remote plugins dial: host or host:port.
func (r *reader) advertise(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok || text == "" {
		return
	}
	host := text
	if h, port, err := net.SplitHostPort(text); err == nil {
		host = h
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			host = ""
		}
	}
	_, notIP := netip.ParseAddr(host)
	if host == "" || notIP != nil && strings.ContainsFunc(host, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_')
	}) {
		r.wrong(path, "`%s` wants the host that plugins dial, such as bot.example.com, or host:port, not `%s`", path, r.show(path, text))
		return
	}
	*to = text
}

func (r *reader) address(path string, n ast.Node, to *string) {
	text, ok := r.text(path, n)
	if !ok {
		return
	}
	if text != "" {
		host, port, err := net.SplitHostPort(text)
		number, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || strings.ContainsFunc(host, unicode.IsSpace) {
			r.wrong(path, "`%s` wants host:port such as 127.0.0.1:8765, or \"\" for off, not `%s`", path, r.show(path, text))
			return
		}
		text = net.JoinHostPort(host, strconv.FormatUint(number, 10))
	}
	*to = text
}

// loopback says whether only this machine can reach the address. A host name counts as
// reachable from elsewhere unless it is localhost.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
