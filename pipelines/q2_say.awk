# A sentence a task and step of make q2, a step's width, and a difference from the first step that is significant:
#   awk -f q2_say.awk q2.tsv differences.tsv
function short(x) { return x == "nan" ? x : sprintf("%.2g", x) }
function positive(x) { return x != "nan" && x < 0 ? 0 : x }
function interval(low, high) { return low == "nan" ? "(too few ends for an interval)" : "[" short(low) ", " short(high) "]" }
# What of the lines between ends of two tasks keeps both, or, below 0, the gap between what keeps the one and what keeps the other.
function width(step, mean, low, high) {
    if (mean < 0 && low != "nan") print "step " step ": " short(-mean) " of the line between the tasks is a gap that keeps neither " interval(-high, -low)
    else print "step " step ": " short(mean < 0 ? -mean : mean) " of the line between the tasks " (mean < 0 ? "is a gap that keeps neither " : "keeps both ") interval(low, high)
}
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"minus" in at {
    if ($at["minus"] == "" && $at["experiment"] == "width")
        width($at["condition"], $at["mean"], $at["ci_low"], $at["ci_high"])
    if ($at["minus"] != "" && $at["p"] != "nan" && $at["p_holm"] + $at["confidence"] < 1)
        printf "%s: %s less %s: %+.2g [%s, %s], p %s after Holm's correction\n", $at["experiment"], $at["condition"], $at["minus"], $at["mean"], \
            short($at["ci_low"]), short($at["ci_high"]), short($at["p_holm"])
    next
}
{
    printf "%s, step %s: accuracy %.3f; %d of %d pairs connected, %d with a barrier; height %s %s: %s", $at["task"], $at["step"], $at["accuracy"], \
        $at["connected"], $at["pairs"], $at["barrier"], short(positive($at["xfit"])), interval($at["ci_low"], $at["ci_high"]), $at["verdict"]
    if ($at["marked"] > 0) printf "; marked: %d with an end not five points above the most frequent label", $at["marked"]
    print ""
}
