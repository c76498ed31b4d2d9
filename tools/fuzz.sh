#!/usr/bin/env bash
# Fuzzes every target of the packages that read what others wrote, one after the
# other, and ends with which found nothing. What a target finds is kept beside its
# test, in testdata/fuzz, and `make test` tries it from then on.
#
#   tools/fuzz.sh                      every target, FUZZTIME each (10m)
#   tools/fuzz.sh ./internal/pattern   those of these packages
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
tools/prerequisites.sh go || exit 1
[ $# -gt 0 ] || mapfile -t packages < <(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u)
[ $# -eq 0 ] || packages=("$@")

failed=0 summary=()
for package in "${packages[@]}"; do
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9]+)\(.*/\1/p' "$package"/*_test.go); do
    printf '== %s %s\n' "$package" "$target"
    verdict=clean
    nice -n 15 "${GO:-go}" test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10m}" -fuzzminimizetime 5s \
      -parallel "${FUZZWORKERS:-2}" "$package" | tail -n 12 || { verdict=FAILED; failed=1; }
    summary+=("$(printf '%-8s %-22s %s' "$verdict" "$target" "$package")")
  done
done
printf '\n'
printf '%s\n' "${summary[@]}"
exit $failed
