# What a series of make q2 tells of itself, a sentence each: steps whose models are equal, and a step that lies nearer to the first
# one than the step before it, as of another run or out of its place. Without any, that there are none.
#   mc-info --digest start-... | awk -v steps='0 100 ...' -f q2_history.awk - series.tsv
function tell(text) { print text; told++ }
BEGIN { FS = "\t"; n = split(steps, step, " ") }
NR == FNR {
    if ($1 in first) tell("steps " first[$1] " and " step[FNR] ": equal models, digest " $1)
    else first[$1] = step[FNR]
    next
}
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["a"] == 0 && $at["group"] == "all" {
    l2 = $at["l2"]
    k = $at["b"] + 1
    if (k > 2 && l2 + 0 < before + 0)
        tell("step " step[k] ": nearer to step " step[1] " than step " step[k - 1] " is, at distances " l2 " and " before)
    before = l2
}
END { if (!told) print "the series: " n " different models, none nearer to step " step[1] " than the one before it" }
