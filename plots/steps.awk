# Tables of make q2 -> lines for steps.gp. A block a task, its name in quotes in front: x step height low high accuracy low high chance
# distance; two empty lines between blocks; last the block "both": x step width low high. x is the logarithm of the step; step 0 stands a place before the others.
#   awk -f steps.awk q2.tsv [differences.tsv]
BEGIN { FS = "\t"; OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    if (!("step" in at) && !("experiment" in at)) {
        print "steps.awk: " FILENAME ": no table of make q2" > "/dev/stderr"
        failed = 1
        exit 1
    }
    next
}
function seen(step) {
    if (step > 0 && (!least || step + 0 < least)) least = step + 0
    return step + 0
}
"experiment" in at {
    if ($at["experiment"] != "width" || $at["minus"] != "") next
    widths++
    step_of_width[widths] = seen($at["condition"])
    width[widths] = cell($at["mean"]) OFS cell($at["ci_low"]) OFS cell($at["ci_high"])
    next
}
{
    if (!($at["task"] in rows)) order[++tasks] = $at["task"]
    k = ++rows[$at["task"]]
    step_at[$at["task"], k] = seen($at["step"])
    line[$at["task"], k] = cell($at["xfit"] != "nan" && $at["xfit"] < 0 ? 0 : $at["xfit"]) OFS cell($at["ci_low"]) OFS cell($at["ci_high"]) OFS \
        cell($at["accuracy"]) OFS cell($at["accuracy_low"]) OFS cell($at["accuracy_high"]) OFS cell($at["accuracy_majority"]) OFS \
        cell("l2" in at ? $at["l2"] : "nan")
}
# Fixed point: gnuplot's real() refuses 1e-05.
function cell(v) { return v == "nan" ? "NaN" : sprintf("%.12f", v) }
function place(step) { return sprintf("%.6f", step > 0 ? log(step) / log(10) : (least ? log(least) / log(10) : 1) - .6) }
END {
    if (failed) exit 1
    for (t = 1; t <= tasks; t++) {
        print (t > 1 ? "\n\n" : "") "\"" order[t] "\""
        for (k = 1; k <= rows[order[t]]; k++) print place(step_at[order[t], k]), step_at[order[t], k], line[order[t], k]
    }
    if (!widths) exit
    print "\n\n\"both tasks\""
    for (k = 1; k <= widths; k++) print place(step_of_width[k]), step_of_width[k], width[k]
}
