# A sentence a task and step of make q2, a step's width, and a difference from the first step that is significant:
#   awk -f q2_say.awk q2.tsv differences.tsv
function short(x) { return x == "nan" ? x : sprintf("%.2g", x) }
function positive(x) { return x != "nan" && x < 0 ? 0 : x }
function negative(x) { return x == "nan" ? x : -x }
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"minus" in at {
    if ($at["minus"] == "" && $at["experiment"] == "width")
        printf "step %s: %s of the line between the tasks %s [%s, %s]\n", $at["condition"], short($at["mean"] < 0 ? -$at["mean"] : $at["mean"]), $at["mean"] < 0 ? \
            "is a gap that keeps neither" : "keeps both", short($at["mean"] < 0 ? negative($at["ci_high"]) : $at["ci_low"]), \
            short($at["mean"] < 0 ? negative($at["ci_low"]) : $at["ci_high"])
    if ($at["minus"] != "" && $at["p"] != "nan" && $at["p_holm"] + $at["confidence"] < 1)
        printf "%s: %s less %s: %+.2g [%s, %s], p %s after Holm's correction\n", $at["experiment"], $at["condition"], $at["minus"], $at["mean"], \
            short($at["ci_low"]), short($at["ci_high"]), short($at["p_holm"])
    next
}
{
    printf "%s, step %s: accuracy %.3f; %d of %d pairs connected, %d with a barrier; height %s [%s, %s]: %s", $at["task"], $at["step"], $at["accuracy"], \
        $at["connected"], $at["pairs"], $at["barrier"], short(positive($at["xfit"])), short($at["ci_low"]), short($at["ci_high"]), $at["verdict"]
    if ($at["marked"] > 0) printf "; marked: %d with an end not five points above the most frequent label", $at["marked"]
    print ""
}
