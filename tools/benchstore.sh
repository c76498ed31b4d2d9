#!/usr/bin/env bash
# Measures the store for plugins beside Pebble alone, in one run on the disk of the
# temporary directory: medians of what is durable a second, and the ratios. A put is
# one of 100 bytes; a transaction has a guard, a put and a counter.
#
#   tools/benchstore.sh [ROUNDS]        default: 7
set -eu
cd "$(dirname "$0")/.."

tools/prerequisites.sh go
rounds=${1:-7}
go test ./internal/rpc -run '^$' -bench '^BenchmarkStorage$' -benchtime "${BENCHTIME:-1s}" -count "$rounds" |
  awk -v rounds="$rounds" '
    /^BenchmarkStorage\// {
      split($1, path, "/")
      sub(/-[0-9]+$/, "", path[3])
      rate[path[2], path[3], ++n[path[2], path[3]]] = $(NF - 1)
      next
    }
    /^(FAIL|panic)/ { print; failed = 1 }
    function median(what, callers,    i, j, k, t, v) {
      k = n[what, callers]
      for (i = 1; i <= k; i++) v[i] = rate[what, callers, i]
      for (i = 1; i <= k; i++) for (j = i + 1; j <= k; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
      return k % 2 ? v[(k + 1) / 2] : (v[k / 2] + v[k / 2 + 1]) / 2
    }
    function show(what, beside, callers,    ours, theirs) {
      ours = median(what, callers); theirs = median(beside, callers)
      if (ours == 0 || theirs == 0) { print "nothing was measured of " what; failed = 1; return }
      sub(/_/, " ", beside)
      printf "%-9s  %2d callers  %10.0f/s   %4.2f of %s (%.0f/s)\n", what, callers, ours, ours / theirs, beside, theirs
    }
    END {
      printf "medians of %d rounds\n", rounds
      for (c = 1; c <= 64; c += 63) { show("put", "pebble_put", c); show("transact", "pebble_put", c); show("get", "pebble_get", c) }
      exit failed
    }'
