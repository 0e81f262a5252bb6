# A sentence a condition of make q1, from its table, and one a difference that is significant: awk -f q1_say.awk q1.tsv differences.tsv
# A height is the one that its interval is of: over several pairs xfit, cut off at 0 as that is, of one barrier_lin.
function positive(x) { return x != "nan" && x < 0 ? 0 : x }
function short(x) { return x == "nan" ? x : sprintf("%.2g", x) }
function interval(low, high) { return low == "nan" ? "(too few ends for an interval)" : "[" short(low) ", " short(high) "]" }
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"minus" in at { # a difference, within its experiment
    if ($at["minus"] == "") next
    if ($at["p"] == "nan") { unknown++; next }
    if ($at["p_holm"] + $at["confidence"] >= 1) { small++; next }
    shown++
    printf "%s: %s less %s: height %+.2g [%s, %s], p %s after Holm's correction\n", $at["experiment"], $at["condition"], $at["minus"], $at["mean"], \
        short($at["ci_low"]), short($at["ci_high"]), short($at["p_holm"])
    next
}
{
    n = $at["pairs"]
    printf "%s: %d of %d pair%s connected", $at["condition"], $at["connected"], n, n == 1 ? "" : "s"
    if ($at["barrier"] > 0) printf ", %d with a barrier", $at["barrier"]
    if ($at["undecided"] > 0) printf ", %d undecided", $at["undecided"]
    printf "; %sheight %s %s: %s", n == 1 ? "" : "mean ", short(n == 1 || $at["xfit"] == "nan" ? $at["barrier_lin"] : positive($at["xfit"])), \
        interval($at["ci_low"], $at["ci_high"]), $at["verdict"]
    if ("xfit_cal" in at && $at["xfit_cal"] != "nan" && $at["verdict"] != "connected")
        printf "; calibrated %s %s", short(positive($at["xfit_cal"])), interval($at["cal_low"], $at["cal_high"])
    if ($at["test_height"] != "nan") printf "; %s on the test set", short($at["test_height"])
    if ($at["l2"] != "nan") printf "; L2 %s", short($at["l2"])
    else printf "; length %s", short($at["length"])
    weak = $at["marked"]
    if (weak > 0) printf "; marked: %d pair%s with an end not five points above the most frequent label", weak, weak == 1 ? "" : "s"
    print ""
}
END {
    if (small + unknown == 0) exit
    printf "no difference shown between the heights of %d %spair%s of conditions", small + unknown, shown ? "other " : "", \
        small + unknown == 1 ? "" : "s"
    print unknown ? " (" unknown " of them with too few pairs of ends)" : ""
}
