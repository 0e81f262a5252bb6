#!/usr/bin/env bash
# A line if models were trained with different families of kernels (processors, libraries, MC_KERNELS, MC_GEMM), which differ in the last digits.
#   families.sh FOLDER...      of the models in these folders; of a family the first four are named
set -euo pipefail
for folder; do
    for f in "$folder"/*.st.gz; do
        [ -e "$f" ] || continue
        # what made it stands in the head of its stream, which is at the beginning
        family=$({ gzip -dcf -- "$f" 2>/dev/null || true; } | head -c 1048576 | grep -aoE 'mc-(finetune|curve|pretrain) [^"\\]* kernels=[^ "\\]*' | tail -n 1) || continue
        printf '%s\t%s\n' "${family##* kernels=}" "${f%.st.gz}"
    done
done | awk -F '\t' '
    !($1 in count) { order[++families] = $1 }
    ++count[$1] <= 4 { models[$1] = models[$1] " " $2 }
    END {
        if (families < 2) exit
        printf "models were trained with different families of kernels, which differ in the last digits:"
        for (k = 1; k <= families; k++) {
            f = order[k]
            printf "%s %s:%s%s", (k > 1 ? ";" : ""), f, models[f], (count[f] > 4 ? " and " count[f] - 4 " more" : "")
        }
        print ""
    }'
