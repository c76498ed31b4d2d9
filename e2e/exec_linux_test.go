package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const execConfig = `adapter: {name: terminal}
listen: {http: ""}
handlers:
  - name: core
  - name: exec
    settings:
      commands:
        - command: start
          run: [sh, start.sh]
        - command: echo it {what}
          run: [printf, "%s", "it is {what}"]
`

// startScript is a program with a child, a grandchild and a daemon that has a session of
// its own. All of them would go on for ever.
const startScript = `trap 'echo >asked; exit 1' TERM
sleep 3001 &
one=$!
sh -c 'sleep 3002 & echo $! >two; wait' &
setsid sh -c 'echo $$ >three; exec sleep 3003' >/dev/null 2>&1 &
while ! [ -s two ] || ! [ -s three ]; do sleep 0.01; done
echo $$ $one $(cat two) $(cat three) >pids.new
mv pids.new pids
wait
`

// Whatever is killed, no program outlives it (OCO-LIF-18).
func TestProgramsDieWithTheBotAndWithTheirHandler(t *testing.T) {
	t.Parallel()
	for _, killed := range []string{"bot", "handler", "bot that stops"} {
		dir := shortDir(t)
		write(t, filepath.Join(dir, "oco.yaml"), execConfig+"limits: {stop_grace: 4s}\n")
		write(t, filepath.Join(dir, "start.sh"), startScript)
		bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
		bot.tell("start")
		file := filepath.Join(dir, "pids")
		await(t, "the program runs", func() bool { _, err := os.Stat(file); return err == nil })
		var pids []int
		for word := range strings.FieldsSeq(read(t, file)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		if len(pids) != 4 {
			t.Fatalf("it has the processes %v", pids)
		}
		victim, signal := bot.cmd.Process.Pid, syscall.SIGKILL
		switch killed {
		case "handler":
			victim = parentOf(t, pids[0])
		case "bot that stops":
			signal = syscall.SIGTERM
		}
		if err := syscall.Kill(victim, signal); err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			await(t, "process "+strconv.Itoa(pid)+" is gone after the "+killed, func() bool { return !running(pid) })
		}
		if _, err := os.Stat(filepath.Join(dir, "asked")); (err == nil) != (signal == syscall.SIGTERM) {
			t.Errorf("the program was asked to end after the %s: %v", killed, err)
		}
	}
}

// parentOf is the parent of a process.
func parentOf(t *testing.T, pid int) int {
	t.Helper()
	for line := range strings.Lines(read(t, "/proc/"+strconv.Itoa(pid)+"/status")) {
		if text, ok := strings.CutPrefix(line, "PPid:"); ok {
			parent, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				t.Fatal(err)
			}
			return parent
		}
	}
	t.Fatalf("process %d has no parent", pid)
	return 0
}

// running says whether a process lives; one that is dead and not yet reaped does not.
func running(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(text), ") Z ") && !strings.Contains(string(text), ") X ")
}

// Commands change while the bot runs, and a mistake changes nothing (OCO-SET-5,
// OCO-SET-8).
func TestCommandsOfProgramsChange(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	file := filepath.Join(dir, "oco.yaml")
	write(t, file, execConfig)
	bot := inDir(t, dir, nil, ocoBinary, "run", "-c", "oco.yaml")
	bot.tell("echo it blue")
	bot.expect("it is blue")
	oco := func(words ...string) string {
		t.Helper()
		out, errs, _ := command(t, dir, "", append(append([]string{ocoBinary}, words...), "-c", "oco.yaml")...)
		return out + errs
	}
	write(t, file, strings.ReplaceAll(execConfig, "{what}\"", "{waht}\""))
	if out := oco("check"); !strings.Contains(out, "oco.yaml:11:31: exec: `commands[1].run[2]`: the pattern has no `{waht}`; did you mean `what`?") {
		t.Errorf("oco check says:\n%s", out)
	}
	oco("reload")
	await(t, "the status tells the mistake", func() bool {
		return strings.Contains(oco("status"), "oco.yaml:11:31: `commands[1].run[2]`: the pattern has no `{waht}`")
	})
	bot.tell("echo it red")
	bot.expect("it is red")
	write(t, file, strings.ReplaceAll(execConfig, "echo it", "tell it"))
	oco("reload")
	await(t, "the command has another name", func() bool {
		bot.tell("tell it green")
		return strings.Contains(bot.said.String(), "it is green")
	})
	if out := oco("status"); strings.Contains(out, "waht") {
		t.Errorf("the mistake is still told:\n%s", out)
	}
}

// A program that runs as the user of its handler finds no key there, not even in the
// memory of that process.
func TestProgramsFindNoKey(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root could look anywhere, and only root can make a handler another user's")
	}
	t.Parallel()
	dir := shortDir(t)
	for _, at := range []string{dir, filepath.Dir(ocoBinary)} {
		if err := os.Chmod(at, 0o755); err != nil { // for nobody to go through
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "oco.yaml"), `adapter: {name: terminal}
listen: {http: ""}
handlers:
  - name: tools
    plugin: exec
    separate: true
    user: nobody
    env: {SECRET: hunter2}
    settings:
      commands:
        - command: look
          dir: /
          run: [sh, -c, 'id -un; for f in environ maps mem fd/3; do cat /proc/$PPID/$f >/dev/null 2>&1 && echo "read $f"; done; env; ls /proc/self/fd | wc -l']
`)
	out, errs, code := command(t, dir, "look\n", ocoBinary, "run", "-c", "oco.yaml")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || lines[0] != "nobody" || strings.Contains(out, "read ") || strings.Contains(out, "hunter2") ||
		strings.Contains(strings.ReplaceAll(out, "OCO_LAUNCH", ""), "OCO_") || lines[len(lines)-1] != "4" {
		t.Errorf("exit code %d, it found\n%s%s", code, out, errs)
	}
}
