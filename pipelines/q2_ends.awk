# A row an end of make q2, from tables of mc-eval whose files are called score-TASK-STEP-SEED.tsv:
#   awk -v majority='TASK=SHARE ...' -f q2_ends.awk score-...
BEGIN {
    FS = OFS = "\t"
    for (i = split(majority, given, " "); i > 0; i--) { split(given[i], of, "="); most[of[1]] = of[2] }
    print "task", "step", "seed", "n", "loss", "accuracy", "accuracy_majority"
}
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    name = FILENAME
    sub(/.*\/score-/, "", name)
    sub(/\.tsv$/, "", name)
    n = split(name, part, "-")
    task = part[1]
    for (i = 2; i <= n - 2; i++) task = task "-" part[i]
    next
}
{ print task, part[n - 1], part[n], $at["n"], $at["loss"], $at["accuracy"], most[task] }
