#!/usr/bin/env bash
# Installs what the tests need (Debian 12), builds the preset (test by default) and runs its tests.
#   tools/test.sh [test|asan]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-test}
case "$preset" in test | asan) ;; *) echo "usage: tools/test.sh [test|asan]" >&2; exit 2 ;; esac
. tools/packages.sh
install_packages "${build_packages[@]}" "${test_packages[@]}"

cmake --preset "$preset" -DHONE_WERROR=ON
cmake --build --preset "$preset" -j "$(nproc)"
# The tests make thousands of small files and flush them to the disk: where there is room, that is memory.
[ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 1000000 ] 2>/dev/null && [ -w /dev/shm ] && export TMPDIR=/dev/shm
ctest --preset "$preset" -j "$(nproc)"
tools/check_layers
tools/size_budget
echo "done: all tests of preset '$preset' passed. Next: see README.md for fine-tuning a model."
