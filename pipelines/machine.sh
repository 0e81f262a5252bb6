#!/usr/bin/env bash
# Programs and machine, lines KEY: VALUE for a report.
#   machine.sh FOLDER_OF_PROGRAMS
set -euo pipefail
"$1/mc-eval" --version | sed '1s/^[^ ]* (\(.*\)) /\1: /; 2s/^/libraries: /'
echo "processor: $(LC_ALL=C lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) processors"
echo "system: $(uname -sr)"
