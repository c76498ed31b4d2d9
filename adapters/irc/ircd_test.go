package irc

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up.
const patience = 30 * time.Second

// ircd is a real server on loopback, started and killed as often as a test
// likes.
type ircd struct {
	t       *testing.T
	name    string
	host    string // of loopback, of its own
	more    string // what a test adds to the configuration
	dir     string
	address string // for clients
	secure  string // with TLS, empty if it has none
	links   string // for services, empty if it has none
	command []string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when it has
}

// program finds a server's program. Where it is missing the test is skipped, in
// CI it fails.
func program(t *testing.T, name, packaged string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	why := fmt.Sprintf("%s is not installed: apt-get install -y %s", name, packaged)
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

func newIRCD(t *testing.T, name string, more ...string) *ircd {
	t.Helper()
	path := program(t, name, name)
	s := &ircd{t: t, name: name, host: freeHost(t), dir: t.TempDir(), more: strings.Join(more, "\n") + "\n"}
	s.address = freePort(t, s.host)
	var config string
	switch name {
	case "ngircd":
		config = s.ngircd()
		s.command = []string{path, "-n", "-f", filepath.Join(s.dir, "conf")}
	case "inspircd":
		config = s.inspircd()
		s.command = []string{path, "--nofork", "--config", filepath.Join(s.dir, "conf")}
		if os.Getuid() == 0 {
			s.command = append(s.command, "--runasroot")
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			out, _ := os.ReadFile(filepath.Join(s.dir, "out")) // for people only
			t.Logf("%s said:\n%s", name, out)
		}
	})
	s.start()
	return s
}

func (s *ircd) ngircd() string {
	_, port, _ := net.SplitHostPort(s.address)
	return `[Global]
 Name = irc.oco.test
 Info = OCO test
 Listen = ` + s.host + `
 Ports = ` + port + `
 AdminInfo1 = test
 AdminEMail = admin@oco.test
` + s.more + `[Limits]
 MaxConnectionsIP = 0
 MaxPenaltyTime = 0
[Options]
 DNS = no
 Ident = no
 PAM = no
`
}

func (s *ircd) inspircd() string {
	_, port, _ := net.SplitHostPort(s.address)
	s.secure = freePort(s.t, s.host)
	_, securePort, _ := net.SplitHostPort(s.secure)
	certificate(s.t, s.host, filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"))
	s.links = freePort(s.t, s.host)
	_, linksPort, _ := net.SplitHostPort(s.links)
	modules := "cap ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost ircv3_ctctags ircv3_echomessage ircv3_labeledresponse ircv3_msgid ircv3_servertime samode sanick sasl services_account spanningtree ssl_gnutls"
	config := `<bind address="$HOST" port="` + port + `" type="clients">
<bind address="$HOST" port="` + securePort + `" type="clients" sslprofile="oco">
<bind address="$HOST" port="` + linksPort + `" type="servers">
<link name="services.oco.test" ipaddr="127.0.0.1" port="` + linksPort + `" allowmask="127.0.0.0/8" sendpass="link" recvpass="link">
<link name="leaf.oco.test" ipaddr="127.0.0.1" port="` + linksPort + `" allowmask="127.0.0.0/8" sendpass="link" recvpass="link">
<class name="All" commands="*" privs="*" usermodes="*" chanmodes="*" snomasks="*">
<type name="NetAdmin" classes="All">
<oper name="root" password="root" host="*@*" type="NetAdmin">
<uline server="services.oco.test" silent="yes">
<sasl target="services.oco.test">
<sslprofile name="oco" provider="gnutls" certfile="$DIR/cert.pem" keyfile="$DIR/key.pem">
<connect allow="*" timeout="60" flood="no" fakelag="off" localmax="500" globalmax="500" resolvehostnames="no" useident="no" commandrate="100000" threshold="100000" recvq="1M" hardsendq="4M">
<path configdir="$DIR" datadir="$DIR" logdir="$DIR" runtimedir="$DIR" moduledir="` + moduleDir(s.t) + `">
<pid file="$DIR/pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="$DIR/log">
`
	if !strings.Contains(s.more, "<server ") {
		config += `<server name="irc.oco.test" description="OCO" network="OCO">` + "\n"
	}
	config += s.more
	for name := range strings.FieldsSeq(modules) {
		config += `<module name="` + name + `">` + "\n"
	}
	return strings.NewReplacer("$DIR", s.dir, "$HOST", s.host).Replace(config)
}

func moduleDir(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/inspircd/modules", "/usr/lib/*/inspircd/modules", "/usr/lib/*/inspircd"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("the modules of inspircd are nowhere below /usr/lib")
	return ""
}

// start runs the server and waits until it takes connections.
func (s *ircd) start() {
	s.t.Helper()
	out, err := os.OpenFile(filepath.Join(s.dir, "out"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(s.command[0], s.command[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		_ = cmd.Wait() // how it ended its output tells
	}(s.cmd, s.ended)
	await(s.t, s.name+" takes connections", func() bool {
		select {
		case <-s.ended:
			s.t.Fatalf("%s ended at once: %v", s.name, s.cmd.ProcessState)
		default:
		}
		conn, err := net.Dial("tcp", s.address)
		return err == nil && conn.Close() == nil
	})
}

// kill ends the server as a power failure would.
func (s *ircd) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may be dead already
		<-s.ended
		s.cmd = nil
	}
}

// await waits for something to become true of other processes.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v it does not hold that %s", patience, what)
		}
	}
}

// freeHost returns an address of loopback that nothing else uses, so that no
// port is taken by another test between being found free and being used. Where
// there is one address only, it is that.
func freeHost(t *testing.T) string {
	t.Helper()
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), rand.N(256), 1+rand.N(254))
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		return "127.0.0.1"
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return host
}

func freePort(t *testing.T, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its number was wanted
	return l.Addr().String()
}
