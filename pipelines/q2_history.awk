# What a series of make q2 tells of itself, a sentence each: steps whose models are equal, and a step that lies nearer to the first
# one than the step before it, as of another run or out of its place.
#   mc-info --digest start-... | awk -v steps='0 100 ...' -f q2_history.awk - series.tsv
BEGIN { FS = "\t"; n = split(steps, step, " ") }
NR == FNR {
    if ($1 in first) printf "steps %s and %s: equal models, digest %s\n", first[$1], step[FNR], $1
    else first[$1] = step[FNR]
    next
}
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["a"] == 0 && $at["group"] == "all" {
    l2 = $at["l2"]
    k = $at["b"] + 1
    if (k > 2 && l2 + 0 < before + 0)
        printf "step %s: nearer to step %s than step %s is, at distances %s and %s\n", step[k], step[1], step[k - 1], l2, before
    before = l2
}
