// Package supervise starts and restarts plugin processes.
//
// Every process is a leader of its own session, gets a small environment that is
// written down (never the bot's own), its keys over a pipe and nothing else.
// It is started again after it ends, with a growing delay and a breaker, and it
// ends when the bot ends.
//
// # What dies with what
//
// On Linux:
//   - A process dies at once when the bot dies, even by SIGKILL (parent death signal).
//     The kernel clears that signal for programs with set-user-ID, set-group-ID or file
//     capabilities; those outlive a bot that was killed.
//   - When a process ends or is stopped, its process group, every process of its
//     session, and every process that inherited its mark in the environment
//     (OCO_LAUNCH) are killed, daemons that left the session included.
//   - When the bot was killed by SIGKILL, the processes that its plugins had started
//     are killed by the guard, a process that waits for nothing else (StartGuard).
//     Without one they live on until the next start of a bot with the same instance
//     (KillLeftovers). Both know them by their mark.
//   - A process that left the session and also cleaned its environment, or that
//     changed its user, is not found. Only a PID namespace or a cgroup covers it.
//
// A bot that is process 1 of a container inherits orphans that end by themselves and
// does not reap them: start it under an init there (`docker run --init`).
//
// On other Unix systems only the process group is killed, and nothing dies with a bot
// that was killed; elsewhere only the process itself is ended.
package supervise
