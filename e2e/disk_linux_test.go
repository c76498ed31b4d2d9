package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A disk is an ext4 file system in a file, whose power can be cut.
type disk struct {
	t         *testing.T
	image, at string // where the file is, and where the file system is mounted
}

// diskPrefix begins the name of a disk's directory; the process that made it
// follows.
const diskPrefix = "oco-e2e-disk-"

// newDisk makes a file system and mounts it. Where that cannot be, the test is
// skipped and says why. The file system is gone when the test ends; one that a
// killed test left behind is gone when the next test makes its own.
func newDisk(t *testing.T, mebibytes int64) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount the file system whose power is cut")
	}
	for _, program := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: it is needed for the file system whose power is cut", program)
		}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		t.Skipf("a file cannot be mounted here: %v", err)
	}
	clearDisks(t)
	dir, err := os.MkdirTemp("", diskPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{t: t, image: filepath.Join(dir, "image"), at: filepath.Join(dir, "at")}
	t.Cleanup(func() { removeDisk(t, dir) })
	if err := os.Mkdir(d.at, 0o700); err != nil {
		t.Fatal(err)
	}
	d.format(mebibytes)
	if out, err := d.tryMount(); err != nil {
		t.Skipf("a loop device cannot be mounted here: %v: %s", err, out)
	}
	return d
}

// format makes the file system anew. It is not mounted.
func (d *disk) format(mebibytes int64) {
	d.t.Helper()
	file, err := os.Create(d.image)
	if err == nil {
		err = file.Truncate(mebibytes << 20)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	tool(d.t, "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image)
}

func (d *disk) tryMount() (string, error) {
	out, err := exec.Command("mount", "-t", "ext4", "-o", "loop", d.image, d.at).CombinedOutput()
	return string(out), err
}

// mount mounts the file system, which repairs itself from its journal.
func (d *disk) mount() {
	d.t.Helper()
	if out, err := d.tryMount(); err != nil {
		d.t.Fatalf("mount: %v: %s", err, out)
	}
}

// directory makes a directory that no cut takes away.
func (d *disk) directory(name string) string {
	d.t.Helper()
	path := filepath.Join(d.at, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		d.t.Fatal(err)
	}
	at, err := os.Open(d.at)
	if err != nil {
		d.t.Fatal(err)
	}
	defer at.Close() //nolint:errcheck // it was not written to
	if err := unix.Syncfs(int(at.Fd())); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// unmount waits until the last process has let go of the file system.
func (d *disk) unmount() {
	d.t.Helper()
	var said string
	await(d.t, "the file system can be unmounted", func() bool {
		out, err := exec.Command("umount", d.at).CombinedOutput()
		said = string(out)
		return err == nil
	})
	if said != "" {
		d.t.Logf("umount: %s", said)
	}
}

// cut is the power cut: from now on nothing reaches the device, and what is in
// the journal and not on the device is lost. It returns when that began and when
// it was done, by the clock of monotonic.
func (d *disk) cut() (began, done int64) {
	d.t.Helper()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32)
		noLogFlush = 2
	)
	dir, err := os.Open(d.at)
	if err != nil {
		d.t.Fatal(err)
	}
	defer dir.Close() //nolint:errcheck // it was not written to
	how := uint32(noLogFlush)
	began = monotonic()
	if _, _, failed := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); failed != 0 {
		d.t.Fatalf("the power cannot be cut: %v", failed)
	}
	return began, monotonic()
}

func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// mounted lists what is mounted in a directory.
func mounted(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(read(t, "/proc/self/mounts")) {
		if words := strings.Fields(line); len(words) > 1 && strings.HasPrefix(words[1], dir) {
			all = append(all, words[1])
		}
	}
	return all
}

// removeDisk takes a disk away, whoever still uses it. Its loop device is free
// when the last of them has let go.
func removeDisk(t *testing.T, dir string) {
	for _, at := range mounted(t, dir+"/") {
		if out, err := exec.Command("umount", "-l", at).CombinedOutput(); err != nil {
			t.Errorf("umount -l %s: %v: %s", at, err, out)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// clearDisks removes what tests left that were killed.
func clearDisks(t *testing.T) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), diskPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), diskPrefix), "-")
		if pid, err := strconv.Atoi(number); err == nil && !alive(pid) {
			t.Logf("%s was left by a test that was killed; it is removed", dir)
			removeDisk(t, dir)
		}
	}
}

// TestAKilledTestLeavesNoDisk looks whether a file system that a killed test left
// mounted is found and taken away.
func TestAKilledTestLeavesNoDisk(t *testing.T) {
	d := newDisk(t, 16)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-left", diskPrefix, dead.Process.Pid))
	if err := os.MkdirAll(filepath.Join(left, "at"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.unmount()
	tool(t, "mount", "-t", "ext4", "-o", "loop", d.image, filepath.Join(left, "at"))
	clearDisks(t)
	if _, err := os.Stat(left); !os.IsNotExist(err) || len(mounted(t, left)) > 0 {
		t.Errorf("%s is still there: %v; mounted: %v", left, err, mounted(t, left))
	}
	for end := time.Now().Add(patience); strings.Contains(loops(t), d.image); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a loop device is still taken: %s", loops(t))
		}
	}
}

// loops tells which files are loop devices.
func loops(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil { // else it has just been freed
			all.Write(text)
		}
	}
	return all.String()
}
